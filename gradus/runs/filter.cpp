#include "gradus/runs/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/runs/run_series.h"
#include "gradus/train/run_config.h"

namespace gradus::internal {

namespace {

using SeriesNumbers = std::vector<std::pair<std::string, std::int64_t>>;
using Value = std::variant<std::int64_t, double, std::string>;

struct ColumnName {
  std::string_view name;
  bool number;
  std::string_view sql;
};

constexpr std::array<ColumnName, 22> kColumns = {{
    {"id", true, "r.id"},
    {"name", false, "r.name"},
    {"study", false, "r.study"},
    {"contender", false, "r.contender"},
    {"replicate", true, "r.replicate"},
    {"seed", true, "r.seed"},
    {"status", false, "CASE r.status WHEN 'running' THEN shown_status(r.process) ELSE r.status END"},
    {"stop_reason", false, "r.stop_reason"},
    {"data", false, "r.data"},
    {"network", false, "r.network"},
    {"parameters", true, "r.parameters"},
    {"steps", true, "r.steps"},
    {"epochs", true, "r.epochs"},
    {"seconds", true, "r.seconds"},
    {"started", true, "r.started"},
    {"finished", true, "r.finished"},
    {"weights_sha256", false, "r.weights_sha256"},
    {"configuration_hash", false, "r.configuration_hash"},
    {"data_hash", false, "r.data_hash"},
    {"note", false, "r.note"},
    {"error", false, "r.error"},
    {"tag", false, ""},
}};

constexpr std::array<std::string_view, 5> kFigures = {"last", "best", "final", "minimum", "maximum"};
constexpr std::string_view kConfiguration = "configuration.";

std::optional<double> as_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_blank(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n';
}

struct Comparison {
  std::string left;
  std::string op;
  std::string right;
};

[[noreturn]] void misread(std::string_view filter, const std::string& what) {
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("reading the filter '{}': {}; expected comparisons joined by and, such as "
                          "optimizer=adam and validation_accuracy>0.9",
                          filter, what));
}

// Reads "a=1 and b>'x y'" from left to right.
class FilterReader {
 public:
  explicit FilterReader(std::string_view text) : text_(text) {}

  std::vector<Comparison> read() {
    std::vector<Comparison> found;
    do {
      found.push_back(comparison());
    } while (more());
    return found;
  }

 private:
  Comparison comparison() {
    Comparison read;
    skip_blanks();
    read.left = take_while([](char letter) {
      return !is_blank(letter) && std::string_view("=!<>~").find(letter) == std::string_view::npos;
    });
    if (read.left.empty()) misread(text_, fmt::format("a name is missing at '{}'", rest()));
    skip_blanks();
    read.op = take_while(
        [](char letter) { return std::string_view("=!<>~").find(letter) != std::string_view::npos; });
    constexpr std::array<std::string_view, 8> kOperators = {"=", "==", "!=", "<", "<=", ">", ">=", "~"};
    if (std::ranges::find(kOperators, read.op) == kOperators.end())
      misread(text_, fmt::format("behind {} stands '{}', no = != < <= > >= or ~", read.left, read.op));
    if (read.op == "==") read.op = "=";
    skip_blanks();
    read.right = value(read.left);
    return read;
  }

  std::string value(const std::string& left) {
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
      const char quote = text_[at_++];
      std::string quoted = take_while([quote](char letter) { return letter != quote; });
      if (at_ == text_.size()) misread(text_, fmt::format("the value of {} has no closing quote", left));
      ++at_;
      return quoted;
    }
    std::string word = take_while([](char letter) { return !is_blank(letter); });
    if (word.empty()) misread(text_, fmt::format("the value of {} is missing", left));
    return word;
  }

  bool more() {
    skip_blanks();
    if (at_ == text_.size()) return false;
    const std::string word = take_while([](char letter) { return !is_blank(letter); });
    if (word != "and" && word != "AND") misread(text_, fmt::format("'{}' stands where and should", word));
    return true;
  }

  template <class Condition>
  std::string take_while(Condition condition) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && condition(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  void skip_blanks() { (void)take_while(is_blank); }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

  std::string_view text_;
  std::size_t at_ = 0;
};

const ColumnName* find_column(std::string_view name) {
  const auto* found = std::ranges::find(kColumns, name, &ColumnName::name);
  return found == kColumns.end() ? nullptr : found;
}

// Turns names into SQL, remembering the tables that they need.
class Selector {
 public:
  explicit Selector(const SeriesNumbers& series) : series_(series) {}

  void add(const Comparison& comparison);
  void add_tag(const std::string& tag) { add_condition(kTagged, tag); }
  void order_by(const std::string& name, bool reverse);
  Selection finish();

 private:
  static constexpr const char* kTagged = "EXISTS(SELECT 1 FROM tags t WHERE t.run = r.id AND t.tag = ?)";

  void add_condition(const std::string& sql, Value value) {
    conditions_ += (conditions_.empty() ? " WHERE " : " AND ") + sql;
    values_.push_back(std::move(value));
  }
  void add_column(const ColumnName& column, const Comparison& comparison);
  void add_field(const Field& field, const Comparison& comparison);
  void add_number(const std::string& sql, const Comparison& comparison);
  // Figure of a series, joined at its first use.
  std::string figure(std::string_view typed);
  std::string setting(const Field& field);

  const SeriesNumbers& series_;
  std::map<std::int64_t, std::string> joined_;
  std::string joins_;
  std::vector<Value> join_values_;
  bool configurations_ = false;
  std::string conditions_;
  std::string order_;
  std::vector<Value> values_;
};

const Field* field_of(std::string_view name) {
  if (name.starts_with(kConfiguration)) name.remove_prefix(kConfiguration.size());
  return find_field(name);
}

void Selector::add(const Comparison& comparison) {
  if (const ColumnName* column = find_column(comparison.left)) return add_column(*column, comparison);
  if (const Field* field = field_of(comparison.left)) return add_field(*field, comparison);
  add_number(figure(comparison.left), comparison);
}

void Selector::add_column(const ColumnName& column, const Comparison& comparison) {
  if (column.name == "tag") {
    if (comparison.op != "=" && comparison.op != "!=")
      misread(comparison.left + comparison.op + comparison.right, "tags are compared by = and !=");
    return add_condition((comparison.op == "=" ? "" : "NOT ") + std::string(kTagged), comparison.right);
  }
  const std::string sql(column.sql);
  if (comparison.op == "~") return add_condition("instr(" + sql + ", ?) > 0", comparison.right);
  if (column.number) return add_number(sql, comparison);
  if (comparison.op != "=" && comparison.op != "!=") {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("filtering by {} {} {}: it is a text; expected =, != or ~", comparison.left,
                            comparison.op, comparison.right));
  }
  add_condition(sql + " " + comparison.op + " ?", comparison.right);
}

void Selector::add_number(const std::string& sql, const Comparison& comparison) {
  const std::optional<double> number = as_number(comparison.right);
  if (!number || comparison.op == "~") {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("filtering by {} {} {}: expected = != < <= > or >= and a number", comparison.left,
                            comparison.op, comparison.right));
  }
  add_condition(sql + " " + comparison.op + " ?", *number);
}

// Compared as the configuration writes it: "hidden=64,32" as [64,32].
void Selector::add_field(const Field& field, const Comparison& comparison) {
  const std::string sql = setting(field);
  if (comparison.op == "~") return add_condition("instr(" + sql + ", ?) > 0", comparison.right);
  if (comparison.op != "=" && comparison.op != "!=") return add_number(sql, comparison);
  RunConfig config;
  set_field(config, field, comparison.right);
  const nlohmann::json value = nlohmann::json::parse(to_json(config))[std::string(field.name)];
  const std::string condition = sql + " " + comparison.op + " ?";
  if (value.is_boolean()) return add_condition(condition, std::int64_t{value.get<bool>()});
  if (value.is_number()) return add_condition(condition, value.get<double>());
  add_condition(condition, value.is_string() ? value.get<std::string>() : value.dump());
}

std::string Selector::setting(const Field& field) {
  if (!configurations_) joins_ += " JOIN configurations c ON c.run = r.id";
  configurations_ = true;
  return fmt::format("json_extract(c.configuration, '$.{}')", field.name);
}

[[noreturn]] void unknown_figure(std::string_view name, const SeriesNumbers& known) {
  std::vector<std::string_view> series_names;
  for (const auto& [text, number] : known) series_names.push_back(text);
  std::vector<std::string_view> others;
  for (const ColumnName& column : kColumns) others.push_back(column.name);
  for (const Field& field : fields()) others.push_back(field.name);
  std::string nearest = nearest_name(series_name(name), series_names);
  if (nearest.empty()) nearest = nearest_name(name, others);
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("looking for '{}' in the runs: unknown; {}the series are {}", name,
                          nearest.empty()
                              ? "expected a column such as status, a field of the configuration or a series; "
                              : fmt::format("did you mean {}? ", nearest),
                          known.empty() ? "none yet" : join(series_names)));
}

std::string Selector::figure(std::string_view typed) {
  const std::size_t colon = typed.find(':');
  std::string_view which = colon == std::string_view::npos ? "last" : typed.substr(0, colon);
  const std::string_view name = colon == std::string_view::npos ? typed : typed.substr(colon + 1);
  if (which == "min") which = "minimum";
  if (which == "max") which = "maximum";
  if (std::ranges::find(kFigures, which) == kFigures.end()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("looking for '{}' in the runs: {}", typed,
                                                         unknown_name_message("figure", which, kFigures)));
  }
  const std::int64_t number = find_series(name, series_);
  const auto [place, is_new] = joined_.emplace(number, fmt::format("f{}", joined_.size()));
  if (is_new) {
    joins_ += fmt::format(" LEFT JOIN figures {0} ON {0}.series = ? AND {0}.run = r.id", place->second);
    join_values_.emplace_back(number);
  }
  return fmt::format("{}.{}", place->second, which);
}

void Selector::order_by(const std::string& name, bool reverse) {
  bool descending = true;
  std::string sql;
  if (const ColumnName* column = name.empty() ? find_column("id") : find_column(name);
      column != nullptr && !column->sql.empty()) {
    sql = column->sql;
    descending = column->number;
  } else if (const Field* field = field_of(name)) {
    sql = setting(*field);
    descending = false;
  } else {
    sql = figure(name);
    descending = higher_is_better(series_name(name.substr(name.find(':') + 1)));
  }
  order_ = fmt::format(" ORDER BY {} {} NULLS LAST", sql, descending != reverse ? "DESC" : "ASC");
  if (sql != "r.id") order_ += ", r.id DESC";
}

Selection Selector::finish() {
  Selection selection{joins_, conditions_, order_, join_values_};
  selection.values.insert(selection.values.end(), values_.begin(), values_.end());
  return selection;
}

}  // namespace

std::int64_t find_series(std::string_view typed, const SeriesNumbers& series) {
  const auto found = std::ranges::find(series, series_name(typed), &SeriesNumbers::value_type::first);
  if (found == series.end()) unknown_figure(typed, series);
  return found->second;
}

Selection select(const RunQuery& query, const SeriesNumbers& series) {
  Selector selector(series);
  if (!query.filter.empty()) {
    for (const Comparison& comparison : FilterReader(query.filter).read()) selector.add(comparison);
  }
  for (const std::string& tag : query.tags) selector.add_tag(tag);
  selector.order_by(query.sort, query.reverse);
  return selector.finish();
}

}  // namespace gradus::internal
