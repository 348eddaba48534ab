// What the contenders of a study file do instead of training: descent, gradient_check, example. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "gradus/study/study.h"

namespace gradus::study::internal {

class TomlTable;

// Of one [[variant]]; a training where it says nothing. Throws Error(kBadConfiguration).
[[nodiscard]] Work read_work(const TomlTable& variant, const std::string& source);

// What contenders give beyond metrics(), each name once.
[[nodiscard]] std::vector<Metric> figures_of_all(const std::vector<Contender>& contenders);

// Whether what the contender does gives the measure at all, a training every metric.
[[nodiscard]] bool gives(const Work& work, const Measure& measure);

}  // namespace gradus::study::internal
