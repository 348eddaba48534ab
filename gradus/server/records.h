// The second door: records with the names of a table's columns, and predictions as one reads them.
#pragma once

#include <string>
#include <string_view>

#include "gradus/server/model_repository.h"

namespace gradus::server {

// `json` is one record, {"age": 33, "sex": "female", ...}, or a list of them; null is a missing value, and a dense block's
// features may come as one list under its name ("pixel": [0, 3, ...]). The answer to one is {"model", "version",
// "prediction", "probabilities": {class: p}}, to a list {"model", "version", "predictions": [{"prediction", ..}, ..]}.
// Throws Error(kBadData) for columns that the model does not know (the nearest that it does is named) or misses.
[[nodiscard]] std::string predict_records(const ServedModel& model, std::string_view json);

}  // namespace gradus::server
