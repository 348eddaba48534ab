#include "gradus/study/work_file.h"

#include <array>
#include <span>

#include "gradus/study/toml_table-inl.h"

namespace gradus::study::internal {
namespace {

constexpr std::int64_t kMostSteps = 1'000'000;
constexpr std::int64_t kMostRows = 100'000;
constexpr std::int64_t kMostEntries = 1'000'000'000;

// The table behind a key, its keys checked.
TomlTable table_of(const TomlTable& variant, const toml::node& node, std::string_view key,
                   const std::string& source) {
  if (!node.is_table()) variant.refuse(node, fmt::format("{0}: expected a table, {0} = {{ ... }}", key));
  const TomlTable table(*node.as_table(), key, source);
  table.check_keys();
  return table;
}

Point2 read_point(const TomlTable& table, const toml::node& node) {
  const auto coordinates = table.list("start", "two numbers");
  if (coordinates.size() != 2)
    table.refuse(node, fmt::format("start: got {} numbers; expected two, [x, y]", coordinates.size()));
  return {table.number(*coordinates[0], "start"), table.number(*coordinates[1], "start")};
}

// Whatever else is wrong is wrong with this node.
template <class Action>
void refuse_errors(const TomlTable& table, const toml::node& node, const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    table.refuse(node, error.what());
  }
}

DescentSpec read_descent(const TomlTable& table) {
  DescentSpec spec;
  spec.function = table.text("function");
  if (spec.function.empty())
    table.refuse("a descent without a function; expected function = \"radboud\" or so");
  if (const toml::node* start = table.find("start")) spec.start = read_point(table, *start);
  if (table.find("optimizer") != nullptr) spec.optimizer = table.text("optimizer");
  const auto read = [&](std::string_view key, double& value) {
    if (const toml::node* node = table.find(key)) value = table.number(*node, key);
  };
  read("learning_rate", spec.learning_rate);
  read("decay", spec.decay);
  read("momentum", spec.momentum);
  if (const auto steps = table.whole("steps", 1, kMostSteps)) spec.steps = static_cast<std::size_t>(*steps);
  refuse_errors(table, table.nodes(), [&] { spec.validate(); });
  return spec;
}

Work read_gradient_check(const TomlTable& variant, const toml::node& node, const std::string& source) {
  if (node.is_boolean()) return variant.truth("gradient_check", false) ? Work(GradientCheck{}) : Training{};
  const TomlTable table = table_of(variant, node, "gradient_check", source);
  GradientCheck check;
  if (const auto rows = table.whole("rows", 1, kMostRows)) check.rows = static_cast<std::size_t>(*rows);
  if (const auto entries = table.whole("entries", 0, kMostEntries))
    check.entries = static_cast<std::size_t>(*entries);
  return check;
}

Work read_example(const TomlTable& variant, const toml::node& node) {
  const std::string name = variant.text("example");
  if (const Example* example = find_example(name)) return WorkedExample{example};
  std::vector<std::string_view> names;
  for (const Example& example : examples()) names.push_back(example.name);
  variant.refuse(node, unknown_name_message("example", name, names));
}

// What trains nothing and checks no network has no configuration.
void refuse_fields(const TomlTable& variant, const Work& work) {
  for (const auto& [key, node] : variant.entries()) {
    if (key == "name" || key == "text" || key == setting_of(work).first) continue;
    variant.refuse(*node, fmt::format("{}: {} has no configuration; expected name and text beside it alone",
                                      key, kind_of(work)));
  }
}

}  // namespace

Work read_work(const TomlTable& variant, const std::string& source) {
  Work work;
  const toml::node* found = nullptr;
  for (const std::string_view key : {"descent", "gradient_check", "example"}) {
    const toml::node* node = variant.find(key);
    if (node == nullptr) continue;
    if (found != nullptr)
      variant.refuse(*node, fmt::format("got {} beside {}; expected one of them", key, kind_of(work)));
    found = node;
    if (key == "descent") work = read_descent(table_of(variant, *node, key, source));
    if (key == "gradient_check") work = read_gradient_check(variant, *node, source);
    if (key == "example") work = read_example(variant, *node);
  }
  if (!is_configured(work)) refuse_fields(variant, work);
  return work;
}

std::vector<Metric> figures_of_all(const std::vector<Contender>& contenders) {
  std::vector<Metric> all;
  for (const Contender& contender : contenders) {
    for (Metric& figure : figures_of(contender.work)) {
      const bool known = find_metric(figure.name) != nullptr ||
                         std::ranges::find(all, figure.name, &Metric::name) != all.end();
      if (!known) all.push_back(std::move(figure));
    }
  }
  return all;
}

bool gives(const Work& work, const Measure& measure) {
  const std::string& name = measure.metric.name;
  if (trains(work)) return find_metric(name) != nullptr;
  const std::vector<Metric> figures = figures_of(work);
  const auto found = std::ranges::find(figures, name, &Metric::name);
  if (found == figures.end()) return false;
  // A training's series may be a single number of an example.
  return measure.reduction == Reduction::kFinal || (found->series && find_metric(name) == nullptr);
}

}  // namespace gradus::study::internal
