// How much a study may cost.
#pragma once

#include <string_view>

#include "gradus/study/study.h"

namespace gradus::study {

// "90s", "10m", "1.5h", "1h30m" or "200 runs". Throws Error(kBadConfiguration).
[[nodiscard]] Budget parse_budget(std::string_view text);

}  // namespace gradus::study
