// Networks on real data as problems of the gradient check: `gradus check` and the studies.
#pragma once

#include <cstddef>

#include "gradus/nn/gradient_check.h"
#include "gradus/train/experiment.h"

namespace gradus {

// The first `rows` of a part, or all where it has fewer, in double; the parameters are left empty.
[[nodiscard]] GradientCheckProblem check_problem(const NetworkSpec& network, const LossSpec& loss,
                                                 const PenaltySpec& penalty, const Dataset& data,
                                                 const Transform& transform, std::size_t rows);

// An experiment's network with its initial weights, on rows of its training part.
[[nodiscard]] GradientCheckProblem check_problem(Experiment& experiment, std::size_t rows);

}  // namespace gradus
