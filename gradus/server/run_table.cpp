#include "gradus/server/run_table.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "gradus/runs/run_series.h"
#include "gradus/runs/run_summary.h"

namespace gradus::server {
namespace {

constexpr std::size_t kLongestNote = 200;  // of the table; the run itself has it whole

template <class Value>
std::string dump(const Value& value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_number(std::string& text, double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(text), "{}", value);
  } else {
    text += "null";
  }
}

// A member of the object for each column: its name and one value for each row.
class Columns {
 public:
  Columns(std::string& text, const std::vector<RunRow>& rows) : text_(text), rows_(rows) {}

  template <class Value>
  void whole_numbers(const char* name, const Value& value) {
    list(name, [&](const RunRow& row) { fmt::format_to(std::back_inserter(text_), "{}", value(row.run)); });
  }
  template <class Value>
  void numbers(const char* name, const Value& value) {
    list(name, [&](const RunRow& row) { add_number(text_, value(row)); });
  }
  // `json` makes the value's text; equal ones are written once.
  template <class Json>
  void shared(const char* name, const Json& json) {
    std::unordered_map<std::string, std::size_t> places;
    std::string texts;
    std::string at;
    for (const RunRow& row : rows_) {
      const auto [place, is_new] = places.emplace(json(row.run), places.size());
      if (is_new) texts += (texts.empty() ? "" : ",") + place->first;
      fmt::format_to(std::back_inserter(at), "{}{}", at.empty() ? "" : ",", place->second);
    }
    text_ += fmt::format(",\"{}\":{{\"texts\":[{}],\"at\":[{}]}}", name, texts, at);
  }
  void texts(const char* name, std::string RunRecord::*member) {
    shared(name, [&](const RunRecord& run) { return dump(run.*member); });
  }

 private:
  template <class Write>
  void list(const char* name, const Write& write) {
    text_ += fmt::format("{}\"{}\":[", text_.ends_with('{') ? "" : ",", name);
    for (const RunRow& row : rows_) {
      if (&row != rows_.data()) text_ += ',';
      write(row);
    }
    text_ += ']';
  }

  std::string& text_;
  const std::vector<RunRow>& rows_;
};

void add_run_columns(Columns& columns) {
  columns.whole_numbers("id", [](const RunRecord& run) { return run.id; });
  columns.whole_numbers("seed", [](const RunRecord& run) { return run.seed; });
  columns.whole_numbers("replicate", [](const RunRecord& run) { return run.replicate; });
  columns.whole_numbers("parameters", [](const RunRecord& run) { return run.parameters; });
  columns.whole_numbers("steps", [](const RunRecord& run) { return run.steps; });
  columns.whole_numbers("epochs", [](const RunRecord& run) { return run.epochs; });
  columns.numbers("seconds", [](const RunRow& row) { return row.run.seconds; });
  columns.numbers("started", [](const RunRow& row) { return std::round(row.run.started); });
  columns.texts("name", &RunRecord::name);
  columns.texts("study", &RunRecord::study);
  columns.texts("contender", &RunRecord::contender);
  columns.texts("data", &RunRecord::data);
  columns.texts("network", &RunRecord::network);
  columns.shared("status", [](const RunRecord& run) { return dump(name_of(run.status)); });
  columns.shared("tags", [](const RunRecord& run) { return dump(run.tags); });
  columns.shared("note", [](const RunRecord& run) { return dump(run.note.substr(0, kLongestNote)); });
}

void add_figures(std::string& text, const std::vector<RunRow>& rows,
                 const std::vector<std::string>& metrics) {
  Columns columns(text, rows);
  text += ",\"figures\":{";
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    text += fmt::format("{}{}:{{", m == 0 ? "" : ",", dump(metrics[m]));
    const auto figure = [&](const char* name, std::optional<double> SeriesFigures::*member) {
      columns.numbers(name, [&](const RunRow& row) {
        const std::optional<SeriesFigures>& figures = row.metrics[m];
        const std::optional<double> value = figures ? (*figures).*member : std::nullopt;
        return value.value_or(std::nan(""));
      });
    };
    figure("last", &SeriesFigures::last);
    figure("best", &SeriesFigures::best);
    figure("final", &SeriesFigures::final);
    text += '}';
  }
  text += '}';
}

}  // namespace

std::string run_table_json(const RunStore& store, RunQuery query) {
  const std::vector<std::string> series = store.series_names();
  if (query.metrics.empty()) query.metrics = usual_metrics(series);
  for (std::string& name : query.metrics) name = series_name(name);
  const std::vector<RunRow> rows = store.list(query);
  nlohmann::json metrics = nlohmann::json::array();
  for (const std::string& name : query.metrics)
    metrics.push_back({{"name", name}, {"higher_is_better", higher_is_better(name)}});
  std::string text =
      fmt::format("{{\"count\":{},\"series\":{},\"metrics\":{}", store.count(), dump(series), dump(metrics));
  Columns columns(text, rows);
  add_run_columns(columns);
  add_figures(text, rows, query.metrics);
  return text + "}";
}

}  // namespace gradus::server
