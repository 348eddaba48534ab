#include "gradus/study/study_file.h"

#include <algorithm>
#include <set>
#include <span>

#include "gradus/core/files.h"
#include "gradus/study/budget.h"
#include "gradus/study/contenders.h"
#include "gradus/study/printed_table_file.h"
#include "gradus/study/toml_table-inl.h"
#include "gradus/study/work_file.h"
#include "gradus/train/plan.h"

namespace gradus::study {
namespace {

using internal::TomlTable;

constexpr std::size_t kLargestStudy = 16 << 20;  // bytes
constexpr std::int64_t kWhole = std::int64_t{1} << 53;

// The words of an enumeration from 0 to its last value.
template <class Enumeration>
std::vector<std::string_view> words(Enumeration last) {
  std::vector<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) names.push_back(name_of(static_cast<Enumeration>(i)));
  return names;
}

template <class Enumeration>
Enumeration choice(const TomlTable& table, std::string_view key, Enumeration last) {
  return table.find(key) == nullptr ? Enumeration{}
                                    : static_cast<Enumeration>(table.choice(key, words(last)));
}

std::vector<std::optional<std::int64_t>> read_seeds(const TomlTable& top, std::int64_t first) {
  const toml::node* seeds = top.find("seeds");
  const toml::node* replicates = top.find("replicates");
  if (seeds != nullptr && replicates != nullptr)
    top.refuse(*seeds, "got both seeds and replicates; expected one of them");
  std::vector<std::optional<std::int64_t>> result;
  std::set<std::int64_t> seen;
  for (const toml::node* element : top.list("seeds", "whole numbers")) {
    const std::int64_t seed = top.whole(*element, "seeds", 0, kWhole);
    if (!seen.insert(seed).second)
      top.refuse(*element, fmt::format("seeds: got {} twice; expected every seed once", seed));
    result.emplace_back(seed);
  }
  const auto most = static_cast<std::int64_t>(internal::kMostRuns);
  const std::int64_t count = top.whole("replicates", 1, most).value_or(0);
  for (std::int64_t i = 0; i < count; ++i) result.emplace_back(first + i);
  if (result.empty() && top.find("seed") != nullptr) result.emplace_back(first);
  if (result.empty()) result.emplace_back(std::nullopt);
  return result;
}

void read_replicates(const TomlTable& top, Study& study) {
  study.seed = top.whole("seed", 0, kWhole).value_or(study.base.seed);
  study.folds = static_cast<std::size_t>(top.whole("folds", 2, 1000).value_or(0));
  const std::vector<std::optional<std::int64_t>> seeds = read_seeds(top, study.seed);
  const std::size_t count = seeds.size() * std::max<std::size_t>(1, study.folds);
  if (count > internal::kMostRuns)
    top.refuse(fmt::format("got {} replicates; expected at most {} runs", count, internal::kMostRuns));
  for (const std::optional<std::int64_t>& seed : seeds) {
    if (study.folds == 0) study.replicates.push_back({seed, std::nullopt});
    for (std::size_t fold = 0; fold < study.folds; ++fold) study.replicates.push_back({seed, fold});
  }
}

// Why a contender cannot know a metric; empty where it can.
std::string obstacle(const Study& study, const Contender& contender, const Measure& measure) {
  if (!internal::gives(contender.work, measure)) return "it (" + kind_of(contender.work) + ")";
  if (!trains(contender.work)) return "";
  const RunConfig& config = contender.config;
  const auto absent = [](const std::string& part) {
    const auto size = part_size_from_text(part);
    return size && size->kind == PartSize::Kind::kNone;
  };
  const std::string_view name = measure.metric.name;
  if (name.ends_with("_r2") && config.task == "classification") return "an R2 (task is classification)";
  if (name.ends_with("_accuracy") && config.task == "regression") return "an accuracy (task is regression)";
  switch (measure.metric.needs) {
    case Needs::kValidation:
      return absent(config.validation) ? "a validation part (validation is 0)" : "";
    case Needs::kTest:
      return study.folds == 0 && absent(config.test) ? "a test part (test is 0)" : "";
    case Needs::kStepLosses:
      return config.log_every == 0 ? "the losses of steps (log_every is 0)" : "";
    case Needs::kLayers:
      return config.layers_every == 0 ? "statistics of layers (layers_every is 0)" : "";
    case Needs::kNothing:
      break;
  }
  return "";
}

void require_measured(const Study& study, const Contender& contender, const Measure& measure) {
  const std::string missing = obstacle(study, contender, measure);
  if (missing.empty()) return;
  throw Error(ErrorCode::kBadConfiguration,
              fmt::format("{} is not measured: contender '{}' lacks {}; expected it, or another metric",
                          to_text(measure), contender.name, missing));
}

void require_measured(const Study& study, const Statement& statement) {
  const auto check = [&](const Expression& part) {
    const auto contender = std::ranges::find(study.contenders, part.contender, &Contender::name);
    if (part.kind == Expression::Kind::kMeasure) require_measured(study, *contender, part.measure);
  };
  for (const Comparison& comparison : statement) {
    for_each_expression(comparison.left, check);
    for_each_expression(comparison.right, check);
  }
}

// Of these contenders; empty: of all that do such a thing, at least one.
Measure read_measure(const TomlTable& table, const toml::node& node, const Study& study,
                     std::span<const std::string> contenders = {}) {
  const auto text = node.value_exact<std::string>();
  if (!text) table.refuse(node, "expected a measure in quotes, such as \"best(validation_loss)\"");
  return table.at(node, [&] {
    Measure measure = parse_measure(*text, study.figures);
    const bool by_any = std::ranges::any_of(study.contenders, [&](const Contender& contender) {
      return internal::gives(contender.work, measure);
    });
    for (const Contender& contender : study.contenders) {
      const bool asked = contenders.empty()
                             ? !by_any || internal::gives(contender.work, measure)
                             : std::ranges::find(contenders, contender.name) != contenders.end();
      if (asked) require_measured(study, contender, measure);
    }
    return measure;
  });
}

std::vector<std::string> contender_names(const Study& study) {
  std::vector<std::string> names;
  for (const Contender& contender : study.contenders) names.push_back(contender.name);
  return names;
}

// A picture of descents is of descents, one of models of trainings; without names of all of them that there are.
void require_drawable(const TomlTable& table, const Study& study, const Plot& plot) {
  const bool descents = plot.kind == PlotKind::kDescent;
  if (!descents && plot.kind != PlotKind::kConfusion && plot.kind != PlotKind::kWeights) return;
  const auto fits = [&](const Contender& contender) {
    return descents ? std::holds_alternative<DescentSpec>(contender.work) : trains(contender.work);
  };
  for (const Contender& contender : study.contenders) {
    if (std::ranges::find(plot.contenders, contender.name) != plot.contenders.end() && !fits(contender))
      table.refuse(*table.find("contenders"),
                   fmt::format("a picture of kind {}: contender '{}' is {}; expected {}", name_of(plot.kind),
                               contender.name, kind_of(contender.work), descents ? "descents" : "trainings"));
  }
  if (std::ranges::none_of(study.contenders, fits))
    table.refuse(fmt::format("a picture of kind {}: no contender is {}; expected one", name_of(plot.kind),
                             descents ? "a descent" : "a training"));
}

Plot read_plot(const TomlTable& table, const Study& study) {
  table.check_keys();
  Plot plot{.kind = choice(table, "kind", PlotKind::kDescent),
            .title = table.text("title"),
            .contenders = table.texts("contenders"),
            .x = choice(table, "x", PlotAxis::kSeconds),
            .log_x = table.truth("log_x", false),
            .log_y = table.truth("log_y", false)};
  const std::vector<std::string> names = contender_names(study);
  for (const std::string& name : plot.contenders) {
    if (std::ranges::find(names, name) != names.end()) continue;
    table.refuse(
        *table.find("contenders"),
        unknown_name_message("contender", name, std::vector<std::string_view>(names.begin(), names.end())));
  }
  const bool picture =
      plot.kind == PlotKind::kConfusion || plot.kind == PlotKind::kWeights || plot.kind == PlotKind::kDescent;
  require_drawable(table, study, plot);
  const toml::node* metric = table.find("metric");
  if (metric != nullptr && !picture) plot.measure = read_measure(table, *metric, study, plot.contenders);
  if ((metric != nullptr) == picture)
    table.refuse(metric != nullptr ? *metric : table.nodes(),
                 fmt::format("a picture of kind {} {}", name_of(plot.kind),
                             picture ? "has no metric; expected none"
                                     : "without a metric; expected metric = \"...\""));
  if (plot.kind == PlotKind::kCurves && !plot.measure->metric.series)
    table.refuse(
        *metric,
        fmt::format("curves of {}, which is one number per run; expected a series such as train_loss",
                    plot.measure->metric.name));
  if (const toml::node* smoothing = table.find("smoothing"); smoothing != nullptr) {
    plot.smoothing = table.number(*smoothing, "smoothing");
    if (plot.smoothing < 0 || plot.smoothing >= 1)
      table.refuse(*smoothing, fmt::format("smoothing: got {}; expected a number in [0, 1)", plot.smoothing));
  }
  return plot;
}

Claim read_claim(const TomlTable& table, const Study& study, bool deterministic) {
  table.check_keys();
  Claim claim{.says = table.text("says"),
              .statement = {},
              .text = table.text("text"),
              .report = table.text_or_number("report"),
              .rerun = table.text_or_number("rerun"),
              .must = table.truth("must", false),
              .deterministic = table.truth("deterministic", deterministic),
              .line = table.line()};
  const toml::node* says = table.find("says");
  if (says == nullptr) table.refuse("a claim that says nothing; expected says = '...'");
  table.at(*says, [&] {
    claim.statement = bind_claim(parse_claim(claim.says, study.figures), claim.says, contender_names(study));
    internal::bind_tables(claim.statement, claim.says, study);
    require_measured(study, claim.statement);
  });
  return claim;
}

void read_halving(const TomlTable& top, Study& study) {
  for (const std::string_view key : {"objective", "factor", "smallest"}) {
    if (const toml::node* node = top.find(key); node != nullptr && study.mode != Mode::kHalving)
      top.refuse(*node,
                 fmt::format("{} belongs to mode halving, and the mode is {}; expected mode = \"halving\"",
                             key, name_of(study.mode)));
  }
  if (study.mode != Mode::kHalving) return;
  const toml::node* objective = top.find("objective");
  if (objective == nullptr)
    top.refuse("mode halving without an objective; expected objective = \"best(validation_loss)\" or so");
  Halving halving{.objective = read_measure(top, *objective, study)};
  if (better(halving.objective) == Better::kNeither)
    top.refuse(*objective,
               fmt::format("objective: neither more nor less {} is better; expected a loss or a score",
                           halving.objective.metric.name));
  halving.factor = top.whole("factor", 2, 1000).value_or(halving.factor);
  halving.smallest_epochs = top.whole("smallest", 1, kWhole).value_or(halving.smallest_epochs);
  for (const Contender& contender : study.contenders) {
    if (!trains(contender.work))
      top.refuse(fmt::format("mode halving: contender '{}' is {}; expected trainings alone", contender.name,
                             kind_of(contender.work)));
  }
  if (study.contenders.size() < 2) top.refuse("mode halving with one contender; expected two or more");
  study.halving = halving;
}

Study read_study_table(const toml::table& nodes, const std::string& source,
                       const std::filesystem::path& folder) {
  Study study;
  study.source = source;
  const TomlTable top(nodes, "", study.source);
  top.check_keys();
  study.title = top.text("title");
  study.question = top.text("question");
  study.mode = choice(top, "mode", Mode::kHalving);
  if (const toml::node* budget = top.find("budget"); budget != nullptr)
    study.budget = top.at(*budget, [&] { return parse_budget(top.text("budget")); });
  internal::read_base(top, folder, study);
  read_replicates(top, study);
  internal::read_contenders(top, folder, study);
  study.figures = internal::figures_of_all(study.contenders);
  read_halving(top, study);
  for (const toml::node* node : top.list("measure", "measures in quotes"))
    study.measures.push_back(read_measure(top, *node, study));
  internal::read_printed_tables(
      top, folder,
      [&](const Contender& contender, const Measure& measure) {
        require_measured(study, contender, measure);
      },
      study);
  for (const TomlTable& table : top.tables("plot")) study.plots.push_back(read_plot(table, study));
  const bool deterministic = top.truth("deterministic", false);
  for (const TomlTable& table : top.tables("claim"))
    study.claims.push_back(read_claim(table, study, deterministic));
  return study;
}

}  // namespace

Study parse_study(std::string_view text, const std::string& source, const std::filesystem::path& folder) {
  try {
    return read_study_table(toml::parse(text, source), source, folder);
  } catch (const toml::parse_error& error) {
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format("reading {}: line {}, column {}: {}; expected TOML such as replicates = 5", source,
                    error.source().begin.line, error.source().begin.column, error.description()));
  }
}

Study read_study(const std::filesystem::path& path) {
  return parse_study(read_file(path, kLargestStudy), path.string(), path.parent_path());
}

}  // namespace gradus::study
