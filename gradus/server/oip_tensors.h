// Between the tensors of the Open Inference Protocol and a model's rows and predictions.
//
// A model of pictures or arrays takes one tensor, "input" (n, features). One of tables with categories takes a tensor (n, 1)
// for each column, under the column's name; either way serves wherever the names allow it. A classification gives
// "probabilities" (n, classes) and "label" (n), a regression "prediction" (n, 1).
#pragma once

#include <string>
#include <vector>

#include "gradus/server/http_message.h"
#include "gradus/server/input_rows.h"
#include "gradus/server/oip_request.h"

namespace gradus::server {

// What metadata say of a tensor; -1 stands for any number of rows.
struct TensorDescription {
  std::string name;
  std::string datatype;
  std::vector<long long> shape;
};

[[nodiscard]] std::vector<TensorDescription> input_tensors(const ServedModel& model);
[[nodiscard]] std::vector<TensorDescription> output_tensors(const ServedModel& model);

// Throws Error(kBadData) for names, datatypes or shapes that the model does not take.
[[nodiscard]] InputRows rows_of(const ServedModel& model, const InferRequest& request);

// Throws Error(kBadData) for outputs that the model does not have.
void check_outputs(const ServedModel& model, const InferRequest& request);
// `predictions` of `rows` rows.
[[nodiscard]] HttpResponse infer_response(const ServedModel& model, const InferRequest& request,
                                          std::size_t rows, const std::vector<double>& predictions);

}  // namespace gradus::server
