#include "gradus/server/input_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

constexpr auto kIsFinite = [](auto value) { return std::isfinite(value); };

}  // namespace

void check_finite(const ServedModel& model, const InputRows& rows) {
  std::visit(
      [&](const auto& values) {
        const auto bad = std::ranges::find_if_not(values, kIsFinite);
        if (bad == values.end()) return;
        const auto place = static_cast<std::size_t>(bad - values.begin());
        const std::size_t features = model.predictor.features();
        throw Error(ErrorCode::kBadData,
                    fmt::format("predicting with {}: row {}, '{}' is {}; expected a finite number",
                                model.name, place / features + 1,
                                model.predictor.model().transform.feature_names()[place % features], *bad));
      },
      rows.values);
}

InputRows encoded(const ServedModel& model, const Table& table) {
  Features features = encode(model.predictor.model().transform, table);
  InputRows rows{features.rows, std::move(features.values)};
  if (features.block != nullptr) {
    std::vector<double> values(features.rows * features.cols);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = features.at(i / features.cols, i % features.cols);
    rows.values = std::move(values);
  }
  return rows;
}

std::vector<double> predict(const ServedModel& model, const InputRows& rows) {
  const std::size_t columns = model.predictor.columns();
  std::vector<double> predictions(rows.count * columns);
  const MatrixView<double> to(predictions.data(), rows.count, columns);
  std::visit(
      [&]<class Stored>(const std::vector<Stored>& values) {
        const MatrixView<const Stored> from(values.data(), rows.count, model.predictor.features());
        if constexpr (std::is_same_v<Stored, float>) {
          model.floats.predict(from, to);
        } else {
          model.doubles.predict(from, to);
        }
      },
      rows.values);
  const auto bad = std::ranges::find_if_not(predictions, kIsFinite);
  if (bad != predictions.end()) {
    throw Error(
        ErrorCode::kBadData,
        fmt::format(
            "predicting with {}: row {} gives no finite number; expected inputs like those of training",
            model.name, static_cast<std::size_t>(bad - predictions.begin()) / columns + 1));
  }
  return predictions;
}

Column text_column(std::string name, const std::vector<std::string>& texts) {
  Column column;
  column.name = std::move(name);
  column.kind = ColumnKind::kCategory;
  std::map<std::string, std::int32_t> places;
  for (const std::string& text : texts)
    if (!text.empty()) places.emplace(text, 0);
  for (auto& [text, place] : places) {
    place = static_cast<std::int32_t>(column.categories.size());
    column.categories.push_back(text);
  }
  std::vector<std::int32_t> codes;
  codes.reserve(texts.size());
  for (const std::string& text : texts) {
    codes.push_back(text.empty() ? -1 : places[text]);
    column.missing += text.empty() ? 1 : 0;
  }
  column.codes = std::move(codes);
  return column;
}

Column number_column(std::string name, std::vector<double> numbers) {
  const auto infinite = std::ranges::find_if(numbers, [](double value) { return std::isinf(value); });
  if (infinite != numbers.end()) {
    throw Error(ErrorCode::kBadData,
                fmt::format("using the request: column '{}', row {} is {}; expected a finite number", name,
                            infinite - numbers.begin() + 1, *infinite));
  }
  Column column;
  column.name = std::move(name);
  column.missing = static_cast<std::size_t>(
      std::ranges::count_if(numbers, [](double value) { return std::isnan(value); }));
  column.numbers = std::move(numbers);
  return column;
}

}  // namespace gradus::server
