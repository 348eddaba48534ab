#include "gradus/study/printed_table_file.h"

#include <charconv>
#include <set>

#include "gradus/core/files.h"
#include "gradus/data/csv_records.h"
#include "gradus/study/claim_tokens.h"
#include "gradus/study/toml_table-inl.h"

namespace gradus::study::internal {
namespace {

constexpr std::size_t kLargestTable = 16 << 20;  // bytes

std::vector<std::string_view> views(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

std::vector<std::string> contender_names(const Study& study) {
  std::vector<std::string> names;
  for (const Contender& contender : study.contenders) names.push_back(contender.name);
  return names;
}

// One CSV file: a column `contender` or `run`, perhaps one of `epoch` or `step`, and one for each measure.
class TableReader {
 public:
  TableReader(const Study& study, const MeasureCheck& check, PrintedTable& table)
      : study_(study), check_(check), table_(table) {}

  void read(std::string_view text) {
    CsvRecords records(text, ',');
    std::vector<std::string_view> cells;
    bool header = true;
    while (records.next(cells)) {
      line_ = records.line();
      if (header) {
        read_header(cells);
      } else {
        read_row(cells);
      }
      header = false;
    }
    if (!records.problem().empty())
      throw Error(ErrorCode::kBadConfiguration,
                  fmt::format("reading {}: {}", table_.file, records.problem()));
    if (table_.cells.empty()) refuse("a table without a printed figure; expected at least one");
  }

 private:
  template <class Action>
  auto at_line(const Action& action) const {
    try {
      return action();
    } catch (const Error& error) {
      refuse(error.what());
    }
  }

  void read_header(const std::vector<std::string_view>& cells) {
    for (const std::string_view name : cells) {
      const std::size_t index = columns_.size();
      columns_.emplace_back();
      if (name == "contender" || name == "run") {
        set_once(contender_, index, "contender");
      } else if (name == "epoch" || name == "step") {
        set_once(place_, index, "epoch or step");
        reduction_ = name == "epoch" ? Reduction::kAtEpoch : Reduction::kAtStep;
      } else {
        columns_.back() = measure_of(name);
      }
    }
    if (!contender_) refuse("no column contender; expected one that names each row's contender");
    if (place_) set_places();
  }

  void set_once(std::optional<std::size_t>& column, std::size_t index, std::string_view what) {
    if (column) refuse(fmt::format("got a second column {}; expected one", what));
    column = index;
  }

  Measure measure_of(std::string_view name) const {
    Measure measure = at_line([&] { return parse_measure(name, study_.figures); });
    for (const std::optional<Measure>& other : columns_) {
      if (other == measure) refuse(fmt::format("got column {} twice; expected it once", name));
    }
    return measure;
  }

  // Each column's measure is that of the row's epoch or step.
  void set_places() {
    for (std::optional<Measure>& column : columns_) {
      if (!column) continue;
      if (!column->metric.series || column->reduction != Reduction::kFinal)
        refuse(fmt::format("got column {} beside {}; expected a series such as train_loss", to_text(*column),
                           reduction_ == Reduction::kAtEpoch ? "epoch" : "step"));
      column->reduction = reduction_;
    }
  }

  void read_row(const std::vector<std::string_view>& cells) {
    if (cells.size() != columns_.size())
      refuse(fmt::format("got {} cells; expected {}, as the header has", cells.size(), columns_.size()));
    const Contender& contender = contender_of(std::string(cells[*contender_]));
    const double place = place_ ? place_of(cells[*place_], contender) : 0;
    if (!rows_.emplace(contender.name, place).second)
      refuse(fmt::format("got contender '{}' a second time{}; expected every row once", contender.name,
                         place_ ? fmt::format(" at {}", cells[*place_]) : ""));
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (columns_[i] && !cells[i].empty()) add_cell(contender, *columns_[i], place, cells[i]);
    }
  }

  const Contender& contender_of(const std::string& name) const {
    const auto found = std::ranges::find(study_.contenders, name, &Contender::name);
    if (found == study_.contenders.end())
      refuse(unknown_name_message("contender", name, views(contender_names(study_))));
    return *found;
  }

  double place_of(std::string_view text, const Contender& contender) const {
    const std::optional<double> place = number(text);
    const bool epochs = reduction_ == Reduction::kAtEpoch;
    if (!place || *place != std::floor(*place) || *place < 0)
      refuse(fmt::format("got '{}' as {}; expected a whole number", text, epochs ? "epoch" : "step"));
    if (epochs && *place >= static_cast<double>(contender.config.epochs))
      refuse(fmt::format("got epoch {} of contender '{}', which trains for {}; expected 0 to {}", text,
                         contender.name, contender.config.epochs, contender.config.epochs - 1));
    return *place;
  }

  void add_cell(const Contender& contender, Measure measure, double place, std::string_view text) {
    const std::optional<double> value = number(text);
    if (!value)
      refuse(fmt::format("got '{}' as {}; expected a number, or nothing where it is not legible", text,
                         measure.metric.name));
    at_line([&] { check_(contender, measure); });
    if (place_) measure.argument = place;
    table_.cells.push_back({.contender = contender.name,
                            .measure = std::move(measure),
                            .printed = std::string(text),
                            .value = *value,
                            .tolerance = table_.tolerance.value_or(half_unit(text))});
  }

  static std::optional<double> number(std::string_view text) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    const bool whole = error == std::errc() && stop == end && std::isfinite(value);
    return whole ? std::optional(value) : std::nullopt;
  }

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("reading {}: line {}: {}", table_.file, line_, what));
  }

  const Study& study_;
  const MeasureCheck& check_;
  PrintedTable& table_;
  std::size_t line_ = 1;
  std::vector<std::optional<Measure>> columns_;  // nullopt: the contender, the epoch or step
  std::optional<std::size_t> contender_;
  std::optional<std::size_t> place_;
  Reduction reduction_ = Reduction::kFinal;
  std::set<std::pair<std::string, double>> rows_;
};

PrintedTable read_printed_table(const TomlTable& toml, const std::filesystem::path& folder,
                                const MeasureCheck& check, const Study& study) {
  toml.check_keys();
  PrintedTable table{.name = toml.text("name")};
  if (table.name.empty()) toml.refuse("a table without a name; expected name = \"...\"");
  if (find_table(study, table.name) != nullptr)
    toml.refuse(*toml.find("name"),
                fmt::format("got table '{}' twice; expected every name once", table.name));
  const toml::node* file = toml.find("file");
  if (file == nullptr) toml.refuse("a table without a file; expected file = \"printed.csv\" or so");
  if (const toml::node* node = toml.find("tolerance"); node != nullptr) {
    table.tolerance = toml.number(*node, "tolerance");
    if (*table.tolerance < 0)
      toml.refuse(*node, fmt::format("tolerance: got {}; expected 0 or more", *table.tolerance));
  }
  const std::filesystem::path path = folder / toml.text("file");
  table.file = path.string();
  const std::string text = toml.at(*file, [&] { return read_file(path, kLargestTable); });
  TableReader(study, check, table).read(text);
  return table;
}

void bind_cells(Expression& expression, std::string_view text, const Study& study) {
  for (Expression& operand : expression.operands) bind_cells(operand, text, study);
  if (expression.table.empty()) return;
  const PrintedTable* table = find_table(study, expression.table);
  if (table == nullptr) {
    std::vector<std::string> names;
    for (const PrintedTable& known : study.tables) names.push_back(known.name);
    refuse_claim(text, expression.position, unknown_name_message("table", expression.table, views(names)));
  }
  const std::size_t count = table->count(expression.contender);
  if (count == 0) {
    refuse_claim(text, expression.position,
                 fmt::format("got contender '{}', of which table '{}' has no cell; expected one of {}",
                             expression.contender, table->name, join(views(table->contenders()))));
  }
  expression.number = static_cast<double>(count);
}

}  // namespace

void read_printed_tables(const TomlTable& top, const std::filesystem::path& folder, const MeasureCheck& check,
                         Study& study) {
  for (const TomlTable& toml : top.tables("table"))
    study.tables.push_back(read_printed_table(toml, folder, check, study));
}

void bind_tables(Statement& statement, std::string_view text, const Study& study) {
  for (Comparison& comparison : statement) {
    bind_cells(comparison.left, text, study);
    bind_cells(comparison.right, text, study);
  }
}

}  // namespace gradus::study::internal
