// Lines of decisions and warnings.
#include "gradus/data/decisions.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/data/cells.h"
#include "gradus/data/target.h"

namespace gradus::internal {
namespace {

std::string scaling_text(const Transform& transform) {
  switch (transform.scaling) {
    case Scaling::kNone:
      return "unscaled";
    case Scaling::kFeature:
      return "standardised";
    case Scaling::kGlobal:
      return "standardised by one mean and deviation";
    case Scaling::kMinMax:
      return "scaled to [0, 1]";
    case Scaling::kDivide:
      return fmt::format("divided by {}", *std::ranges::max_element(transform.scale));
  }
  return {};
}

std::string missing_text(const Column& column, const InputColumn& input) {
  if (column.missing == 0) return {};
  const std::string count = fmt::format("{} missing -> ", column.missing);
  switch (input.kind) {
    case ColumnKind::kNumber:
      return count + fmt::format("median {}  ", input.fill);
    case ColumnKind::kBoolean:
      return count + fmt::format("most frequent, {}  ", column.categories.size() == 2
                                                            ? column.categories[input.fill != 0 ? 1 : 0]
                                                            : number_text(input.fill));
    case ColumnKind::kCategory:
      return count + "all zeros  ";
  }
  return {};
}

std::string encoding_text(const InputColumn& input, const Transform& transform) {
  if (input.kind == ColumnKind::kNumber) return scaling_text(transform);
  if (input.kind == ColumnKind::kBoolean) return "0 and 1";
  return fmt::format("one-hot: {}", short_list(input.categories));
}

std::string target_text(const Column& column, const Preparation& made, std::size_t rows) {
  const TargetCoding& target = made.target;
  std::string text = fmt::format("target: {}", name_of(target.task));
  if (target.task == Task::kClassification) {
    text += fmt::format(", {} classes: {}", target.classes.size(), short_list(target.classes));
  } else {
    text +=
        fmt::format(", standardised with mean {:.6g} and deviation {:.6g}", target.mean, target.deviation);
  }
  if (column.missing > 0) text += fmt::format("; {} of {} rows without it left out", column.missing, rows);
  return text;
}

std::string rows_text(const Preparation& made, bool stratified) {
  std::string text = fmt::format("rows: {} train", made.train.size());
  if (!made.validation.empty()) text += fmt::format(", {} validation", made.validation.size());
  if (!made.test.empty()) text += fmt::format(", {} test", made.test.size());
  return stratified ? text + ", stratified by class" : text;
}

std::vector<std::size_t> class_sizes(const Dataset& part, std::size_t classes) {
  std::vector<std::size_t> sizes(classes);
  for (const std::int32_t label : part.labels) ++sizes[static_cast<std::size_t>(label)];
  return sizes;
}

}  // namespace

std::vector<std::string> describe_decisions(const Table& table, const Preparation& made,
                                            std::span<const Choice> choices, bool stratified) {
  constexpr std::size_t kWidestName = 24;
  const Transform& transform = made.transform;
  const Column& target = *table.find(made.target.name);
  std::size_t width = target.name.size();
  for (const Choice& choice : choices) width = std::max(width, choice.column->name.size());
  width = std::min(width, kWidestName);

  std::vector<std::string> lines = {rows_text(made, stratified)};
  lines.push_back(fmt::format("{:<{}}  {:<11}  {}", target.name, width, kind_text(target.kind),
                              target_text(target, made, table.rows)));
  if (transform.block_features > 0) {
    lines.push_back(fmt::format("{0}0..{0}{1}  {2} numbers  {3}", transform.block_prefix,
                                transform.block_features - 1, transform.block_features,
                                scaling_text(transform)));
  }
  std::size_t next = 0;
  for (const Choice& choice : choices) {
    const Column& column = *choice.column;
    const auto head = fmt::format("{:<{}}  {:<11}  ", column.name, width, kind_text(column.kind));
    if (!choice.left_out.empty()) {
      lines.push_back(head + choice.left_out + ": left out");
      continue;
    }
    const InputColumn& input = transform.inputs[next++];
    lines.push_back(head + missing_text(column, input) + encoding_text(input, transform));
  }
  return lines;
}

std::vector<std::string> class_warnings(const Preparation& made) {
  const std::vector<std::string>& classes = made.target.classes;
  std::vector<std::string> warnings;
  const auto warn = [&](const Dataset& part, const char* name, const char* consequence) {
    if (part.empty() || part.labels.empty()) return;
    const std::vector<std::size_t> sizes = class_sizes(part, classes.size());
    std::vector<std::string> absent;
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (sizes[c] == 0) absent.push_back(fmt::format("'{}'", classes[c]));
    }
    if (absent.empty()) return;
    warnings.push_back(fmt::format("no {} row has class {}: {}", name, short_list(absent), consequence));
  };
  warn(made.train, "training", "it cannot be learnt");
  warn(made.validation, "validation", "it is not watched while training");
  warn(made.test, "test", "how well it is predicted stays unknown");
  return warnings;
}

}  // namespace gradus::internal
