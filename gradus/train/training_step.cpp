#include "gradus/train/training_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gradus {

namespace {

template <class T>
bool all_finite(std::span<const T> values) {
  return std::ranges::all_of(values, [](T value) { return std::isfinite(value); });
}

template <class T>
bool all_finite(MatrixView<const T> values) {
  for (std::size_t r = 0; r < values.rows; ++r) {
    if (!all_finite(std::span<const T>(values.row(r)))) return false;
  }
  return true;
}

std::string layer_name(const NetworkSpec& network, std::size_t index) {
  const LayerSpec& layer = network.layers[index];
  if (layer.kind == LayerKind::kActivation)
    return fmt::format("layer {} ({})", index, name_of(layer.activation));
  return fmt::format("layer {} (dense, {} outputs)", index, layer.outputs);
}

}  // namespace

template <class T>
TrainingStep<T>::TrainingStep(const NetworkSpec& network, const LossSpec& loss, const PenaltySpec& penalty,
                              const OptimizerSpec& optimizer, const Dataset& data, const Transform& transform,
                              std::size_t batch_size, std::span<T> parameters)
    : network_(network),
      penalty_(penalty),
      source_(data, transform, batch_size),
      propagation_(network, batch_size),
      loss_(loss, network.outputs(), batch_size),
      optimizer_(optimizer, parameters.size()),
      parameters_(parameters),
      gradients_(parameters.size()),
      doutput_(batch_size * network.outputs()) {}

template <class T>
double TrainingStep<T>::run(std::span<const std::uint32_t> samples, double learning_rate) {
  source_.gather(samples);
  output_ = propagation_.forward(parameters_, source_.x());
  const MatrixView<T> doutput(doutput_.data(), output_.rows, output_.cols);
  (void)loss_(output_, source_.targets(), doutput);
  batch_loss_ = loss_.mean();
  double loss = batch_loss_;
  if (penalty_.active()) loss += penalty<T>(penalty_, propagation_.parameters(), parameters_);
  if (!std::isfinite(loss)) return loss;  // the parameters stay as they were, for first_non_finite()
  propagation_.backward(parameters_, doutput, gradients_.span());
  if (penalty_.active())
    add_penalty_gradient<T>(penalty_, propagation_.parameters(), parameters_, gradients_.span());
  optimizer_.step(parameters_, gradients_.span(), learning_rate);
  return loss;
}

template <class T>
void TrainingStep<T>::add_figures(FigureSum& sum) const {
  sum.add(output_, source_.targets(), loss_.terms(), loss_.total_weight(), batch_loss_);
}

template <class T>
std::string TrainingStep<T>::non_finite_parameter() const {
  for (const ParameterInfo& tensor : propagation_.parameters().tensors) {
    if (!all_finite(std::span<const T>(parameters_.subspan(tensor.offset, tensor.size())))) {
      return fmt::format("tensor {} of {}", tensor.name, layer_name(network_, tensor.layer));
    }
  }
  return "";
}

template <class T>
std::string TrainingStep<T>::non_finite_value() const {
  if (!all_finite(source_.x())) return "the inputs of the batch";
  for (std::size_t i = 0; i < network_.layers.size(); ++i) {
    if (!all_finite(propagation_.layer_output(i))) return "the output of " + layer_name(network_, i);
  }
  return "the loss itself";
}

template class TrainingStep<float>;
template class TrainingStep<double>;

}  // namespace gradus
