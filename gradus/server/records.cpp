#include "gradus/server/records.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/data/json_reader.h"
#include "gradus/server/input_rows.h"
#include "gradus/train/metrics.h"

namespace gradus::server {
namespace {

constexpr std::size_t kLongestName = 100;  // of which the nearest known one is looked for
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// As the reader of CSV files knows truth values.
std::optional<double> truth_value(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text == "true" || text == "yes") return 1;
  if (text == "false" || text == "no") return 0;
  return std::nullopt;
}

// Records on their way to a table of the columns that a model was fitted on.
class RecordTable {
 public:
  RecordTable(const ServedModel& model, JsonReader& reader)
      : model_(model),
        transform_(model.predictor.model().transform),
        reader_(reader),
        last_seen_(transform_.block_features + transform_.inputs.size()),
        numbers_(transform_.inputs.size()),
        texts_(transform_.inputs.size()) {}

  void read_record();
  [[nodiscard]] Table table();

 private:
  void read_member(const std::string& name);
  void read_block();
  void read_number(const InputColumn& input, std::vector<double>& to);
  void read_text(std::vector<std::string>& to);
  void see(std::size_t place, const std::string& name);
  [[noreturn]] void refuse(const std::string& what) const;
  [[noreturn]] void refuse_unknown(const std::string& name) const;
  void check_complete() const;

  const ServedModel& model_;
  const Transform& transform_;
  JsonReader& reader_;
  std::size_t record_ = 0;              // counted from 1
  std::vector<std::size_t> last_seen_;  // the last record that had the column
  std::vector<double> block_;           // (records, block features)
  std::vector<std::vector<double>> numbers_;
  std::vector<std::vector<std::string>> texts_;
};

void RecordTable::refuse(const std::string& what) const {
  throw Error(ErrorCode::kBadData, fmt::format("record {}: {}", record_, what));
}

void RecordTable::refuse_unknown(const std::string& name) const {
  std::vector<std::string_view> names;
  for (const auto& [known, place] : model_.columns) names.push_back(known);
  std::ranges::sort(names);
  const std::string nearest = name.size() > kLongestName ? "" : nearest_name(name, names);
  refuse(fmt::format(
      "the model knows no column '{}'{}", name.substr(0, kLongestName),
      nearest.empty() ? "; see the model's metadata" : fmt::format("; did you mean '{}'?", nearest)));
}

void RecordTable::see(std::size_t place, const std::string& name) {
  if (last_seen_[place] == record_) refuse(fmt::format("column '{}' came twice", name));
  last_seen_[place] = record_;
}

void RecordTable::read_block() {
  std::size_t feature = 0;
  const std::size_t first = (record_ - 1) * transform_.block_features;
  reader_.array([&] {
    if (feature == transform_.block_features) refuse(fmt::format("more than {} features", feature));
    see(feature, transform_.block_prefix);
    block_[first + feature++] = reader_.number();
  });
}

void RecordTable::read_number(const InputColumn& input, std::vector<double>& to) {
  const JsonReader::Kind kind = reader_.peek();
  if (kind == JsonReader::Kind::kNull) {
    reader_.null();
    to.push_back(kMissing);
  } else if (kind == JsonReader::Kind::kBoolean && input.kind == ColumnKind::kBoolean) {
    to.push_back(reader_.boolean() ? 1 : 0);
  } else if (kind == JsonReader::Kind::kString && input.kind == ColumnKind::kBoolean) {
    const std::optional<double> value = truth_value(reader_.string());
    if (!value) refuse(fmt::format("column '{}' is neither true nor false", input.name));
    to.push_back(*value);
  } else if (kind == JsonReader::Kind::kNumber) {
    to.push_back(reader_.number());
  } else {
    refuse(fmt::format("column '{}' is no {}", input.name,
                       input.kind == ColumnKind::kBoolean ? "truth value" : "number"));
  }
}

void RecordTable::read_text(std::vector<std::string>& to) {
  switch (reader_.peek()) {
    case JsonReader::Kind::kNull:
      reader_.null();
      to.emplace_back();
      return;
    case JsonReader::Kind::kNumber: {
      const double number = reader_.number();
      to.push_back(fmt::format("{}", number == 0 ? 0.0 : number));  // as a CSV's cell of the same number
      return;
    }
    case JsonReader::Kind::kBoolean:
      to.emplace_back(reader_.boolean() ? "true" : "false");
      return;
    default:
      to.push_back(reader_.string());
  }
}

void RecordTable::read_member(const std::string& name) {
  const bool block_list = transform_.block_features > 0 && name == transform_.block_prefix &&
                          reader_.peek() == JsonReader::Kind::kArray;
  if (block_list) return read_block();
  const auto found = model_.columns.find(name);
  if (found == model_.columns.end()) {
    if (name == model_.predictor.model().target.name) return reader_.skip();  // what is asked for
    refuse_unknown(name);
  }
  const std::size_t place = found->second;
  see(place, name);
  if (place < transform_.block_features) {
    block_[(record_ - 1) * transform_.block_features + place] = reader_.number();
    return;
  }
  const std::size_t input = place - transform_.block_features;
  if (transform_.inputs[input].kind == ColumnKind::kCategory) {
    read_text(texts_[input]);
  } else {
    read_number(transform_.inputs[input], numbers_[input]);
  }
}

void RecordTable::check_complete() const {
  const auto missing =
      std::ranges::find_if(last_seen_, [this](std::size_t record) { return record != record_; });
  if (missing == last_seen_.end()) return;
  const auto place = static_cast<std::size_t>(missing - last_seen_.begin());
  const std::string name = place < transform_.block_features
                               ? transform_.block_prefix + std::to_string(place)
                               : transform_.inputs[place - transform_.block_features].name;
  refuse(fmt::format("column '{}' is not there; null would say that its value is missing", name));
}

void RecordTable::read_record() {
  ++record_;
  if (reader_.peek() != JsonReader::Kind::kObject) refuse("expected an object with the names of columns");
  block_.resize(record_ * transform_.block_features);
  reader_.object([this](const std::string& name) { read_member(name); });
  check_complete();
}

Table RecordTable::table() {
  Table table;
  table.source = "the records";
  table.rows = record_;
  if (transform_.block_features > 0) {
    auto block = std::make_shared<FeatureBlock>();
    block->prefix = transform_.block_prefix;
    block->cols = transform_.block_features;
    block->values = SharedArray<double>(std::move(block_));
    table.block = std::move(block);
  }
  for (std::size_t i = 0; i < transform_.inputs.size(); ++i) {
    const InputColumn& input = transform_.inputs[i];
    table.columns.push_back(input.kind == ColumnKind::kCategory
                                ? text_column(input.name, texts_[i])
                                : number_column(input.name, std::move(numbers_[i])));
  }
  return table;
}

// "prediction":"setosa","probabilities":{"setosa":0.9,...}
void write_prediction(const ServedModel& model, std::span<const double> values, std::string& text) {
  const auto end = std::back_inserter(text);
  if (model.predictor.model().target.task == Task::kRegression) {
    fmt::format_to(end, "\"prediction\":{}", values[0]);
    return;
  }
  fmt::format_to(end, "\"prediction\":{},\"probabilities\":{{", model.class_texts[argmax(values)]);
  for (std::size_t c = 0; c < values.size(); ++c)
    fmt::format_to(end, "{}{}:{}", c == 0 ? "" : ",", model.class_texts[c], values[c]);
  text += '}';
}

}  // namespace

std::string predict_records(const ServedModel& model, std::string_view json) {
  JsonReader reader(json, "the records");
  RecordTable records(model, reader);
  const bool list = reader.peek() == JsonReader::Kind::kArray;
  if (list) {
    reader.array([&] { records.read_record(); });
  } else {
    records.read_record();
  }
  reader.end();
  const Table table = records.table();
  if (table.rows == 0) reader.fail("expected at least one record");
  const std::vector<double> predictions = predict(model, encoded(model, table));
  const std::span<const double> values(predictions);
  const std::size_t columns = model.predictor.columns();
  std::string text = fmt::format("{{\"model\":\"{}\",\"version\":\"{}\",", model.name, model.version);
  if (list) text += "\"predictions\":[";
  for (std::size_t row = 0; row < table.rows; ++row) {
    if (list) text += row == 0 ? "{" : ",{";
    write_prediction(model, values.subspan(row * columns, columns), text);
    if (list) text += '}';
  }
  return text + (list ? "]}" : "}");
}

}  // namespace gradus::server
