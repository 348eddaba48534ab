// The layers of stored runs: their figures by depth, and the distributions in them out of layers.jsonl. Internal to the
// room.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "gradus/report/html_report.h"
#include "gradus/runs/run_record.h"

namespace gradus::report::internal {

struct LayersOfRun {
  std::string name;
  std::filesystem::path folder;
  std::vector<Series> series;
};

// Empty where no run recorded its layers.
[[nodiscard]] HtmlSection layers_section(std::span<const LayersOfRun> runs);

}  // namespace gradus::report::internal
