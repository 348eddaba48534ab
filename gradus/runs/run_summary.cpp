#include "gradus/runs/run_summary.h"

#include <fmt/format.h>

#include <algorithm>

namespace gradus {

std::string label(const RunRecord& run) {
  if (!run.name.empty() || run.study.empty()) return run.name;
  return run.contender.empty() ? run.study : run.study + "/" + run.contender;
}

std::optional<double> final_figure(const SeriesFigures& figures) {
  return figures.final ? figures.final : figures.last;
}

std::vector<std::pair<std::string, std::string>> environment_fields(const Environment& e) {
  return {{"processor", e.processor},
          {"kernels", e.kernels},
          {"threads", std::to_string(e.threads)},
          {"version", e.version},
          {"source", e.source},
          {"numerics_version", std::to_string(e.numerics_version)},
          {"compiler", e.compiler},
          {"system", e.system},
          {"c_library", e.c_library}};
}

std::vector<std::string> usual_metrics(const std::vector<std::string>& names) {
  for (const char* part : {"validation", "test", "train"}) {
    std::vector<std::string> found;
    for (const char* figure : {"loss", "accuracy", "r2"}) {
      const std::string name = fmt::format("{}_{}", part, figure);
      if (std::ranges::find(names, name) != names.end()) found.push_back(name);
    }
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace gradus
