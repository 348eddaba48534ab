// A model as the steps that C source takes: batch normalization gone into the dense layer before it, a column of ones
// into its bias, dropout and identities left out. Internal to formats/.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "gradus/formats/model.h"

namespace gradus::c_source {

struct Step {
  LayerKind kind = LayerKind::kDense;  // kBatchNorm: y = weights x + bias, unit by unit
  std::size_t layer = 0;               // in the model
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  Activation activation = Activation::kIdentity;
  std::vector<double> weights = {};  // dense: (outputs, inputs); of a normalization (outputs)
  std::vector<double> bias = {};     // (outputs)
};

struct Network {
  std::size_t inputs = 0;  // raw numbers
  // Input i becomes (x - shift) / scale; one entry for all, or empty for none.
  std::vector<double> shift;
  std::vector<double> scale;
  bool inputs_scaled_in_double =
      false;  // the library's columns of a table; a block of numbers is scaled in float
  std::vector<Step> steps;
  Activation link = Activation::kIdentity;  // behind the last step: softmax, sigmoid or identity
  bool complement = false;                  // one output: the probability of the second of two classes
  bool regression = false;
  double mean = 0;  // of a regression's target
  double deviation = 1;
  std::size_t predictions = 0;  // classes, or 1

  [[nodiscard]] std::size_t last_dense() const;  // its place in steps
};

// The parameters as they are in the file, folded in double. Throws Error(kUnsupported) where folding has made a
// weight of a float model more than a float holds.
[[nodiscard]] Network network_of(const Model& model);

// The inputs as the first step takes them.
[[nodiscard]] std::vector<double> scaled_inputs(const Network& network, std::span<const float> row);

// All but a dense layer, in place, by the operations of the C source.
template <class T>
void apply_unit_step(const Step& step, std::span<T> x);
template <class T>
void apply_activation(Activation activation, std::span<T> x);

// What stands in front of each dense layer for these raw rows, in order of the layers, and last the outputs in front
// of the link; all in double.
[[nodiscard]] std::vector<std::vector<float>> values_before_dense(const Network& network,
                                                                  MatrixView<const float> rows);

}  // namespace gradus::c_source
