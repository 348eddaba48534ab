// Analytic gradients held against central differences in double. The command `gradus check` and the unit
// tests share the rows.
//
//   relative error of a tensor = max |analytic - numeric| / max(1e-8, largest |analytic| of that tensor)
//
// Its bound is 1e-7. An entry whose probes straddle a kink (ReLU at 0, |r| at 0, Huber at delta, |w| under
// l1) even at the smallest step is counted apart and not judged. The numeric side is of order four and evaluates
// the loss without the kernels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "gradus/nn/penalty.h"

namespace gradus {

inline constexpr double kGradientCheckBound = 1e-7;

// One derivative, as it is computed and as differences have it.
struct GradientCheckEntry {
  std::string tensor;         // "0.weight", "input", ...
  std::size_t row = 0;        //
  std::size_t col = 0;        //
  double analytic = 0;        //
  double numeric = 0;         //
  double relative_error = 0;  //
  double step = 0;            // of the central difference
};

// The verdict on one problem.
struct GradientCheckResult {
  std::string name;          // "dense + relu, softmax_cross_entropy"
  std::string sizes;         // "3-4-2, batch 5"
  double step = 0;           // of the worst entry's central difference
  std::size_t checked = 0;   // entries judged
  std::size_t kinks = 0;     // entries whose probes change side
  GradientCheckEntry worst;  // over all tensors
  std::vector<GradientCheckEntry> worst_by_tensor;
  double bound = kGradientCheckBound;
  [[nodiscard]] bool passed() const { return checked > 0 && worst.relative_error <= bound; }  // false for NaN
};

// A network with its loss on one batch, in training: batch normalization by the batch's own moments, dropout
// by the masks of dropout_seed at step 0.
struct GradientCheckProblem {
  NetworkSpec network;
  LossSpec loss;
  PenaltySpec penalty;
  std::vector<double> parameters;  // parameter_table's layout
  std::vector<double> x;           // (rows, inputs)
  std::size_t rows = 0;
  std::vector<std::int32_t> labels;
  std::vector<double> values;  // (rows, outputs)
  std::vector<double> sample_weights;
  std::uint64_t dropout_seed = 0;
};

// The gradients under test: fills `gradients` (parameter_table's layout) and `dx` (rows, inputs). Tests plant
// mistakes here.
using AnalyticGradient = std::function<void(const GradientCheckProblem& problem,
                                            std::vector<double>& gradients, std::vector<double>& dx)>;

// gradus's own backward pass.
[[nodiscard]] AnalyticGradient own_gradient();

// `max_entries_per_tensor` 0 checks all; otherwise that many spread evenly, for networks on real data.
[[nodiscard]] GradientCheckResult check_gradient(const std::string& name, const GradientCheckProblem& problem,
                                                 const AnalyticGradient& gradient = own_gradient(),
                                                 std::size_t max_entries_per_tensor = 0);

// Every derivative of the problem: parameters in the order of the table, each tensor row by row, then the input. Numeric
// and error are NaN at a kink.
[[nodiscard]] std::vector<GradientCheckEntry> gradient_entries(
    const GradientCheckProblem& problem, const AnalyticGradient& gradient = own_gradient());

// One row each: every activation with every loss, where penalties, bias modes and weights rotate through
// these pairs; rows for every option of the losses; normalization and dropout; deep networks; sizes around what the kernels treat apart.
struct GradientCheckCase {
  std::string name;
  std::function<GradientCheckProblem()> make;
};
[[nodiscard]] std::vector<GradientCheckCase> gradient_check_cases();

}  // namespace gradus
