#include "gradus/study/study_keys.h"

#include <fmt/format.h>

#include <array>
#include <string>

#include "gradus/study/measure.h"
#include "gradus/study/study_file.h"
#include "gradus/study/work.h"

namespace gradus::study {
namespace {

using internal::Key;

// clang-format off
constexpr std::array kKeys = {
  Key{"", "title", "text", "what the study is called"},
  Key{"", "question", "text", "what it asks"},
  Key{"", "mode", "`grid`, `zip`, `random`, `halving`", "how `[vary]` makes contenders; default `grid`"},
  Key{"", "samples", "whole number", "of random and halving: how many contenders are drawn; at least 1"},
  Key{"", "seed", "whole number", "of the draws and the bootstraps, and the first replicate's; default the base's `seed`"},
  Key{"", "replicates", "whole number", "seeds per contender: `seed`, `seed` + 1, ...; default 1, with every contender's own seed"},
  Key{"", "seeds", "list of whole numbers", "the seeds themselves, instead of `replicates`"},
  Key{"", "folds", "whole number", "stratified cross-validation in so many folds; each is the test part once"},
  Key{"", "budget", "text", "`10m`, `1h30m`, `90s` or `200 runs`: no run begins after it is spent"},
  Key{"", "deterministic", "true, false", "claims are about these very runs, not about seeds in general; default false"},
  Key{"", "objective", "measure", "of halving: what decides who goes on"},
  Key{"", "factor", "whole number", "of halving: one in so many goes on, with so many times the epochs; default 3"},
  Key{"", "smallest", "whole number", "of halving: epochs of the first rung; default 1"},
  Key{"", "measure", "list of measures", "columns of the table of results"},
  Key{"", "base", "table", "fields of the configuration that all contenders share; `config` names a file to begin with"},
  Key{"", "vary", "table", "fields and their lists of values, or `{ uniform = [a, b] }`, `{ log_uniform = [a, b] }`, `{ integer = [a, b] }`"},
  Key{"", "variant", "tables", "named contenders"},
  Key{"", "table", "tables", "printed figures that runs are held against, cell by cell"},
  Key{"", "plot", "tables", "pictures"},
  Key{"", "claim", "tables", "statements to be judged"},
  Key{"variant", "name", "text", "how claims call it"},
  Key{"variant", "extends", "text", "the variant that this one builds on, instead of the base"},
  Key{"variant", "config", "path", "a configuration file, relative to the study's; what it does not name is kept"},
  Key{"variant", "text", "text", "in human words"},
  Key{"variant", "descent", "table", "it descends on a function of two variables instead of training; keys below"},
  Key{"variant", "gradient_check", "true, false or table", "it checks the gradients of its configuration's network instead of training it; keys below"},
  Key{"variant", "example", "text", "it works out one of the examples below"},
  Key{"descent", "function", "text", "`radboud`, `rosenbrock`, `himmelblau`, `beale`, `booth`, `rastrigin`, or a formula: `x^2 + 3*y^2`"},
  Key{"descent", "start", "two numbers", "`[x, y]`; default the function's own"},
  Key{"descent", "optimizer", "text", "as in a configuration; default `sgd`"},
  Key{"descent", "learning_rate", "number", "default 0.1"},
  Key{"descent", "decay", "number in (0, 1]", "the rate of step t is `learning_rate` * `decay`^t; default 1"},
  Key{"descent", "momentum", "number", "of momentum and nesterov; default 0.9"},
  Key{"descent", "steps", "whole number", "default 20"},
  Key{"gradient_check", "rows", "whole number", "of the training part, the first ones; default 32"},
  Key{"gradient_check", "entries", "whole number", "checked in each tensor, spread evenly; 0: all; default 200"},
  Key{"table", "name", "text", "how claims call it"},
  Key{"table", "file", "path", "CSV, relative to the study's file"},
  Key{"table", "tolerance", "number", "how far a figure may be from the printed one; default half a unit of the cell's last printed digit"},
  Key{"plot", "kind", "`curves`, `bars`, `heat_map`, `parallel`, `confusion`, `weights`, `layers`, `descent`", "what is drawn; default `curves`"},
  Key{"plot", "title", "text", "above the picture"},
  Key{"plot", "metric", "measure", "what is drawn of each contender; not of `confusion`, `weights` and `descent`"},
  Key{"plot", "contenders", "list of names", "whom; default all"},
  Key{"plot", "x", "`epoch`, `step`, `seconds`", "of curves; default `epoch`"},
  Key{"plot", "log_x", "true, false", "logarithmic axis"},
  Key{"plot", "log_y", "true, false", "logarithmic axis"},
  Key{"plot", "smoothing", "number in [0, 1)", "of curves: weight of the past; default 0"},
  Key{"claim", "says", "claim", "the statement, in the language below"},
  Key{"claim", "text", "text", "in human words"},
  Key{"claim", "report", "text or number", "what the report that is reproduced has: its figure, or its conclusion"},
  Key{"claim", "rerun", "text or number", "what an independent re-run has"},
  Key{"claim", "must", "true, false", "the program ends with status 1 where the claim is not supported; default false"},
  Key{"claim", "deterministic", "true, false", "as above, for this claim alone"},
};
// clang-format on

std::string_view word(Better better) {
  switch (better) {
    case Better::kLower:
      return "less";
    case Better::kHigher:
      return "more";
    case Better::kNeither:
      break;
  }
  return "";
}

std::string_view word(Needs needs) {
  switch (needs) {
    case Needs::kValidation:
      return "a validation part";
    case Needs::kTest:
      return "a test part";
    case Needs::kStepLosses:
      return "`log_every`";
    case Needs::kLayers:
      return "`layers_every`; takes `layer K`";
    case Needs::kNothing:
      break;
  }
  return "";
}

}  // namespace

std::span<const Key> internal::keys() {
  return kKeys;
}

std::string internal::heading(std::string_view section) {
  const bool within = section == "descent" || section == "gradient_check";
  return within ? fmt::format("{} = {{ ... }}", section) : fmt::format("[[{}]]", section);
}

std::string reference_tables() {
  std::string text;
  for (const std::string_view section :
       {"", "variant", "descent", "gradient_check", "table", "plot", "claim"}) {
    text += section.empty() ? std::string("### Top level\n\n")
                            : fmt::format("\n### {}\n\n", internal::heading(section));
    text += "| key | type | meaning |\n|---|---|---|\n";
    for (const Key& key : kKeys) {
      if (key.section == section) text += fmt::format("| `{}` | {} | {} |\n", key.name, key.type, key.help);
    }
  }
  text += "\n### Metrics\n\n| metric | | better | needs | meaning |\n|---|---|---|---|---|\n";
  for (const Metric& metric : metrics()) {
    text +=
        fmt::format("| `{}` | {} | {} | {} | {} |\n", metric.name, metric.series ? "series" : "one number",
                    word(metric.better), word(metric.needs), metric.help);
  }
  const auto add_figures = [&](std::string_view kind, const Work& work) {
    for (const Metric& figure : figures_of(work)) {
      text += fmt::format("| {} | `{}` | {} | {} | {} |\n", kind, figure.name,
                          figure.series ? "series by step" : "one number", word(figure.better), figure.help);
    }
  };
  text +=
      "\n### Figures of other contenders\n\n| of | figure | | better | meaning |\n|---|---|---|---|---|\n";
  add_figures("a descent", DescentSpec{});
  add_figures("a gradient check", GradientCheck{});
  text += "\n### Examples\n\n| example | figures |\n|---|---|\n";
  for (const Example& example : examples())
    text += fmt::format("| `{}` | {} |\n", example.name, example.help);
  return text;
}

}  // namespace gradus::study
