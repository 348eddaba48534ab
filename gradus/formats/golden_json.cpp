// Golden vectors as text: {"inputs":[[5.1,3.5],...],"stages":[{"name":"transform","values":[[-0.9,1.02],...]},...]}.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/data/json_reader.h"
#include "gradus/formats/golden.h"

namespace gradus {

namespace {

constexpr std::size_t kMostValues = std::size_t{1} << 26;
constexpr std::size_t kMostStages = 20'000;
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

constexpr std::string_view kPredictions = "predictions";  // doubles whatever the model is

// Shortest text that reads back as the same number; JSON has no infinities.
template <class T>
void add_number(std::string& text, T value) {
  text += std::isfinite(value) ? fmt::format("{}", value) : "null";
}

// `single`: the values are floats.
template <class T>
void add_rows(std::string& text, const std::vector<T>& values, std::size_t cols, bool single) {
  text += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % cols == 0) text += i == 0 ? "[" : "],[";
    if (i % cols != 0) text += ',';
    if (single) {
      add_number(text, static_cast<float>(values[i]));
    } else {
      add_number(text, values[i]);
    }
  }
  text += values.empty() ? "]" : "]]";
}

struct Rows {
  std::size_t cols = 0;
  std::vector<double> values;
};

[[noreturn]] void bad(const char* what) {
  throw Error(ErrorCode::kBadData, what);
}

Rows read_rows(JsonReader& reader) {
  Rows rows;
  bool first = true;
  reader.array([&] {
    std::size_t count = 0;
    reader.array([&] {
      ++count;
      if (rows.values.size() == kMostValues) bad("it holds too many values");
      const bool null = reader.peek() == JsonReader::Kind::kNull;
      if (null) reader.null();
      rows.values.push_back(null ? kNoNumber : reader.number());
    });
    if (std::exchange(first, false)) rows.cols = count;
    if (count == 0 || count != rows.cols) bad("its rows are not of one width");
  });
  return rows;
}

GoldenStage read_stage(JsonReader& reader, bool single) {
  GoldenStage stage;
  Rows rows;
  reader.object([&](const std::string& key) {
    if (key == "name") {
      stage.name = reader.string();
    } else if (key == "values") {
      rows = read_rows(reader);
    } else {
      reader.skip();
    }
  });
  if (single && stage.name != kPredictions) {
    for (double& value : rows.values) value = static_cast<double>(static_cast<float>(value));
  }
  stage.cols = rows.cols;
  stage.values = std::move(rows.values);
  return stage;
}

GoldenVectors read_golden(JsonReader& reader, bool single) {
  GoldenVectors golden;
  golden.single = single;
  bool inputs = false;
  bool stages = false;
  reader.object([&](const std::string& key) {
    if (key == "inputs" && !std::exchange(inputs, true)) {
      const Rows rows = read_rows(reader);
      golden.cols = rows.cols;
      golden.inputs.assign(rows.values.begin(), rows.values.end());
    } else if (key == "stages" && !std::exchange(stages, true)) {
      reader.array([&] {
        if (golden.stages.size() == kMostStages) bad("it holds too many stages");
        golden.stages.push_back(read_stage(reader, single));
      });
    } else {
      reader.skip();
    }
  });
  reader.end();
  if (!inputs || !stages) bad("its inputs or stages are missing");
  if (std::ranges::any_of(golden.inputs, [](float value) { return std::isnan(value); }))
    bad("an input is no number");
  for (const GoldenStage& stage : golden.stages) {
    if (stage.values.size() != golden.rows() * stage.cols)
      bad("a stage has another number of rows than the inputs");
  }
  return golden;
}

}  // namespace

std::string golden_to_json(const GoldenVectors& golden) {
  std::string text = R"({"inputs":)";
  add_rows(text, golden.inputs, golden.cols, true);
  text += R"(,"stages":[)";
  for (const GoldenStage& stage : golden.stages) {
    if (&stage != golden.stages.data()) text += ',';
    text += fmt::format(R"({{"name":"{}","values":)", stage.name);
    add_rows(text, stage.values, stage.cols, golden.single && stage.name != kPredictions);
    text += '}';
  }
  return text + "]}";
}

GoldenVectors golden_from_json(std::string_view text, bool single, const std::string& source) {
  try {
    JsonReader reader(text, "them");
    return read_golden(reader, single);
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading {}: its golden vectors are damaged: {}", source, error.what()));
  }
}

}  // namespace gradus
