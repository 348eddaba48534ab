// One training step on one sample with every number on its way: forward, loss, backward, update. The engine's own
// propagation, losses and optimizers in double, layer by layer; the numeric gradient beside its own.
#pragma once

#include <cstddef>
#include <vector>

#include "gradus/nn/gradient_check.h"
#include "gradus/optim/optimizer.h"

namespace gradus::study {

// A weight (I, O) row by row, or a bias (O).
struct WorkedTensor {
  std::vector<double> before;
  std::vector<double> gradient;
  std::vector<double> numeric;          // by central differences; NaN at a kink
  std::vector<double> velocity_before;  // of momentum; else empty
  std::vector<double> velocity;         // after this step
  std::vector<double> after;
};

// A dense layer with its activation: z = x W + b, y = f(z).
struct WorkedLayer {
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  Activation activation = Activation::kIdentity;
  std::vector<double> z;
  std::vector<double> y;
  std::vector<double> dy;  // dL/dy
  std::vector<double> dz;  // dL/dz
  WorkedTensor weight;
  WorkedTensor bias;
};

struct WorkedStep {
  std::vector<WorkedLayer> layers;
  std::vector<double>
      prediction;  // softmax or sigmoid of the outputs where the loss has it in it, else the outputs
  double loss = 0;
  double loss_after = 0;   // with the new parameters
  std::vector<double> dx;  // dL/dx of the network's input
  std::vector<double> dx_numeric;
  double largest_error = 0;  // relative, of all gradients without a kink, as gradus check has it
};

// Step `number`, from 1, of those on this sample; the ones before it move the parameters. The problem has one row, dense
// layers with biases and activations, and no penalty (GRADUS_ASSERT).
[[nodiscard]] WorkedStep work_out_step(GradientCheckProblem problem, const OptimizerSpec& optimizer,
                                       std::size_t number);

}  // namespace gradus::study
