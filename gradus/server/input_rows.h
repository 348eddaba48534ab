// Rows of numbers on their way into a served model, and what comes out.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "gradus/data/table.h"
#include "gradus/server/model_repository.h"

namespace gradus::server {

// (count, features) row-major, in the order of the transform's feature_names(). Float and double differ in the precision
// of their scaling, as for `gradus predict` (docs/numerics.md).
struct InputRows {
  std::size_t count = 0;
  std::variant<std::vector<float>, std::vector<double>> values;
};

// Throws Error(kBadData) that names the first number that is not finite.
void check_finite(const ServedModel& model, const InputRows& rows);
// Imputed and one-hot, as `gradus predict` reads a CSV. Throws as encode() does (data/transform.h).
[[nodiscard]] InputRows encoded(const ServedModel& model, const Table& table);

// (rows, predictor.columns()). Throws Error(kBadData) where a prediction is not finite.
[[nodiscard]] std::vector<double> predict(const ServedModel& model, const InputRows& rows);

// Texts as the cells of a column; an empty one is missing.
[[nodiscard]] Column text_column(std::string name, const std::vector<std::string>& texts);
// NaN is missing. Throws Error(kBadData) for infinity.
[[nodiscard]] Column number_column(std::string name, std::vector<double> numbers);

}  // namespace gradus::server
