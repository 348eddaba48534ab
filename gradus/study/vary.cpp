#include "gradus/study/vary.h"

#include <array>
#include <set>

#include "gradus/core/random.h"
#include "gradus/kernels/math.h"
#include "gradus/study/toml_table-inl.h"

namespace gradus::study::internal {
namespace {

constexpr std::uint32_t kDrawStream = 0x766172;  // of the study's seed: no run draws from it

struct Range {
  enum class Kind { kUniform, kLogUniform, kInteger } kind = Kind::kUniform;
  double low = 0;
  double high = 0;
};

// One field of [vary] with its values, or the range that they are drawn from.
struct Axis {
  const Field* field = nullptr;
  const toml::node* node = nullptr;
  std::vector<const toml::node*> values = {};
  std::optional<Range> range = {};
};

class Reader {
 public:
  Reader(const TomlTable& top, const Study& study) : top_(top), study_(study) {}

  std::vector<Axis> axes() const {
    std::vector<Axis> axes;
    const toml::node* node = top_.find("vary");
    if (node == nullptr) return axes;
    if (!node->is_table()) top_.refuse(*node, "vary: expected a table of fields, [vary]");
    const TomlTable vary(*node->as_table(), "vary", study_.source);
    for (const auto& [key, values] : vary.entries()) axes.push_back(axis(vary, key, *values));
    if (axes.empty())
      top_.refuse(*node, "vary is empty; expected at least one field, such as learning_rate = [0.1, 0.01]");
    return axes;
  }

 private:
  Axis axis(const TomlTable& vary, std::string_view key, const toml::node& node) const {
    Axis axis{.field = find_field(key), .node = &node};
    if (axis.field == nullptr) {
      std::vector<std::string_view> names;
      for (const Field& known : fields()) names.push_back(known.name);
      vary.refuse(node, unknown_name_message("configuration field", key, names));
    }
    if (key == "seed")
      vary.refuse(node,
                  "seed cannot vary, since contenders are compared on the same seeds; expected replicates or "
                  "seeds at the top");
    if (node.is_table()) {
      axis.range = range(vary, *axis.field, *node.as_table());
    } else {
      axis.values = vary.list(key, "values, or a range such as { uniform = [0, 1] }");
    }
    return axis;
  }

  Range range(const TomlTable& vary, const Field& field, const toml::table& table) const {
    static constexpr std::array<std::string_view, 3> kKinds = {"uniform", "log_uniform", "integer"};
    if (table.size() != 1)
      vary.refuse(table,
                  fmt::format("{}: got a range of {} entries; expected one, such as {{ uniform = [0, 1] }}",
                              field.name, table.size()));
    const auto entry = table.begin();
    const std::string_view key = entry->first.str();
    const toml::node& ends = entry->second;
    const auto kind = std::ranges::find(kKinds, key);
    if (kind == kKinds.end()) vary.refuse(ends, unknown_name_message("range", key, kKinds));
    const toml::array* list = ends.as_array();
    if (list == nullptr || list->size() != 2)
      vary.refuse(ends,
                  fmt::format("{}: expected the two ends of the range, {} = [low, high]", field.name, *kind));
    const Range range{static_cast<Range::Kind>(kind - kKinds.begin()), vary.number(list->front(), field.name),
                      vary.number(list->back(), field.name)};
    check(vary, field, ends, range);
    return range;
  }

  void check(const TomlTable& vary, const Field& field, const toml::node& node, const Range& range) const {
    const bool whole = range.kind == Range::Kind::kInteger;
    const bool real = std::holds_alternative<double RunConfig::*>(field.member) ||
                      std::holds_alternative<std::optional<double> RunConfig::*>(field.member);
    const bool list = std::holds_alternative<std::vector<std::int64_t> RunConfig::*>(field.member);
    const bool number = real || list || std::holds_alternative<std::int64_t RunConfig::*>(field.member) ||
                        std::holds_alternative<std::optional<std::int64_t> RunConfig::*>(field.member);
    if (!number || (!whole && !real))
      vary.refuse(node, fmt::format("{}: got a range of {}; expected {}", field.name,
                                    whole ? "whole numbers" : "numbers",
                                    number ? "{ integer = [low, high] }" : "a list of values"));
    if (!(range.low < range.high))
      vary.refuse(node, fmt::format("{}: got a range from {} to {}; expected its lower end first", field.name,
                                    range.low, range.high));
    if (range.kind == Range::Kind::kLogUniform && !(range.low > 0))
      vary.refuse(
          node, fmt::format("{}: got log_uniform from {}; expected a lower end > 0", field.name, range.low));
    constexpr double kWhole = 9007199254740992.0;  // 2^53
    if (whole && (range.low != std::floor(range.low) || range.high != std::floor(range.high) ||
                  std::max(std::abs(range.low), std::abs(range.high)) > kWhole))
      vary.refuse(node, fmt::format("{}: got integer from {} to {}; expected whole numbers", field.name,
                                    range.low, range.high));
  }

  const TomlTable& top_;
  const Study& study_;
};

// Six digits are kept, so that what is printed is what ran.
std::string drawn_text(const Range& range, Pcg64& generator) {
  if (range.kind == Range::Kind::kInteger) {
    return fmt::format("{}", generator.integers(static_cast<std::int64_t>(range.low),
                                                static_cast<std::int64_t>(range.high) + 1));
  }
  const double share = generator.uniform();
  if (range.kind == Range::Kind::kUniform)
    return fmt::format("{:.6g}", range.low + share * (range.high - range.low));
  const double low = math::log(range.low);
  return fmt::format("{:.6g}", math::exp(low + share * (math::log(range.high) - low)));
}

using Take = std::function<void(Combination)>;

class Combiner {
 public:
  Combiner(const TomlTable& top, const Study& study, std::vector<Axis> axes, const RunConfig& base)
      : top_(top), study_(study), axes_(std::move(axes)), base_(base) {}

  void grid(std::size_t most, const Take& take) {
    std::size_t count = 1;
    for (const Axis& axis : axes_) {
      if (axis.range)
        top_.refuse(*axis.node,
                    fmt::format("{}: got a range in mode {}; expected a list of values, or mode = \"random\"",
                                axis.field->name, name_of(study_.mode)));
      if (axis.values.size() > most / count)
        top_.refuse(*axis.node,
                    fmt::format("the grid has more than {} runs; expected at most so many", most));
      count *= axis.values.size();
    }
    for (std::size_t number = 0; number < count; ++number) {
      std::vector<std::size_t> places(axes_.size());
      for (std::size_t axis = axes_.size(), rest = number; axis-- > 0;) {
        places[axis] = rest % axes_[axis].values.size();
        rest /= axes_[axis].values.size();
      }
      take(listed(places));
    }
  }

  void zip(const Take& take) {
    for (const Axis& axis : axes_) {
      if (axis.range)
        top_.refuse(*axis.node,
                    fmt::format("{}: got a range in mode zip; expected a list of values", axis.field->name));
      if (axis.values.size() != axes_[0].values.size())
        top_.refuse(
            *axis.node,
            fmt::format("{} has {} values and {} has {}; expected lists of equal length in mode zip",
                        axes_[0].field->name, axes_[0].values.size(), axis.field->name, axis.values.size()));
    }
    for (std::size_t place = 0; place < axes_[0].values.size(); ++place)
      take(listed(std::vector<std::size_t>(axes_.size(), place)));
  }

  void draws(std::size_t samples, const Take& take) {
    const std::array<std::uint32_t, 1> stream = {kDrawStream};
    Pcg64 generator(SeedSequence(static_cast<std::uint64_t>(study_.seed), stream));
    for (std::size_t number = 1; number <= samples; ++number) {
      Combination combination{.label = fmt::format("sample {}", number), .config = base_};
      for (const Axis& axis : axes_) {
        if (axis.range) {
          top_.at(*axis.node,
                  [&] { set_field(combination.config, *axis.field, drawn_text(*axis.range, generator)); });
        } else {
          set_value(
              combination.config, axis,
              static_cast<std::size_t>(generator.integers(0, static_cast<std::int64_t>(axis.values.size()))));
        }
      }
      combination.fields = combination.label;
      take(std::move(combination));
    }
  }

 private:
  void set_value(RunConfig& config, const Axis& axis, std::size_t place) {
    const toml::node& value = *axis.values[place];
    gradus::internal::set_field_from(value, axis.field->name, top_.place(value), config);
  }

  Combination listed(const std::vector<std::size_t>& places) {
    Combination combination{.config = base_};
    for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
      set_value(combination.config, axes_[axis], places[axis]);
      const std::string value = field_text(combination.config, *axes_[axis].field);
      combination.fields += fmt::format("{}{}={}", axis == 0 ? "" : " ", axes_[axis].field->name, value);
      if (axes_.size() == 1) combination.label = value;
    }
    if (combination.label.empty()) combination.label = combination.fields;
    return combination;
  }

  const TomlTable& top_;
  const Study& study_;
  std::vector<Axis> axes_;
  const RunConfig& base_;
};

}  // namespace

void combine(const TomlTable& top, const Study& study, const RunConfig& base, std::size_t most,
             const std::function<void(Combination)>& take) {
  std::vector<Axis> axes = Reader(top, study).axes();
  const toml::node* samples = top.find("samples");
  const bool drawn = study.mode == Mode::kRandom || (study.mode == Mode::kHalving && samples != nullptr);
  if (axes.empty() && (drawn || study.mode == Mode::kZip))
    top.refuse(fmt::format("mode {} has nothing to vary; expected fields under [vary]", name_of(study.mode)));
  if (axes.empty()) return take({.config = base});
  if (samples != nullptr && !drawn)
    top.refuse(*samples,
               fmt::format("samples: mode {} draws none; expected mode = \"random\"", name_of(study.mode)));
  if (drawn && samples == nullptr)
    top.refuse("mode random needs a number of draws; expected samples = 20 or so");

  Combiner combiner(top, study, std::move(axes), base);
  if (study.mode == Mode::kZip) return combiner.zip(take);
  if (!drawn) return combiner.grid(most, take);
  combiner.draws(static_cast<std::size_t>(top.whole(*samples, "samples", 1, static_cast<std::int64_t>(most))),
                 take);
}

std::vector<std::string> varied_fields(const TomlTable& top) {
  std::vector<std::string> names;
  const toml::node* vary = top.find("vary");
  if (vary == nullptr) return names;
  for (const auto& [key, node] : TomlTable(*vary->as_table(), "vary", "").entries()) names.emplace_back(key);
  return names;
}

}  // namespace gradus::study::internal
