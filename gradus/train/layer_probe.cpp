#include "gradus/train/layer_probe.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus {

namespace {

constexpr std::size_t kBins = 40;

template <class T, class Visit>
void for_each_finite(MatrixView<const T> values, const Visit& visit) {
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (const T value : values.row(r)) {
      if (std::isfinite(value)) visit(static_cast<double>(value));
    }
  }
}

// The activation that a dense layer's outputs go through, or the layer itself where there is none.
std::size_t output_layer(const NetworkSpec& network, std::size_t dense) {
  std::size_t last = dense;
  for (std::size_t i = dense + 1; i < network.layers.size(); ++i) {
    if (network.layers[i].kind == LayerKind::kDense) break;
    if (network.layers[i].kind == LayerKind::kActivation) last = i;
  }
  return last;
}

template <class T>
std::optional<double> dead_units(Activation f, MatrixView<const T> y) {
  if (f != Activation::kRelu || y.cols == 0) return std::nullopt;
  std::size_t dead = 0;
  for (std::size_t c = 0; c < y.cols; ++c) {
    bool alive = false;
    for (std::size_t r = 0; r < y.rows && !alive; ++r) alive = y(r, c) != 0;
    if (!alive) ++dead;
  }
  return static_cast<double>(dead) / static_cast<double>(y.cols);
}

// The slope as a share of the steepest.
std::optional<double> steepness(Activation f, double y) {
  if (f == Activation::kSigmoid) return 4 * y * (1 - y);
  if (f == Activation::kTanh) return 1 - y * y;
  if (f == Activation::kLecunTanh) return 1 - (y / kLecunScale) * (y / kLecunScale);
  return std::nullopt;
}

template <class T>
std::optional<double> saturated_units(Activation f, MatrixView<const T> y) {
  constexpr double kFlat = 0.05;
  if (!steepness(f, 0) || y.empty()) return std::nullopt;
  std::size_t saturated = 0;
  for_each_finite<T>(y, [&](double value) { saturated += *steepness(f, value) < kFlat ? 1 : 0; });
  return static_cast<double>(saturated) / static_cast<double>(y.rows * y.cols);
}

template <class T>
double norm_of_difference(std::span<const T> a, std::span<const T> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

}  // namespace

template <class T>
Distribution distribution(MatrixView<const T> values) {
  Distribution d;
  d.low = std::numeric_limits<double>::infinity();
  d.high = -d.low;
  double count = 0;
  double sum = 0;
  double squares = 0;
  for_each_finite(values, [&](double value) {
    ++count;
    sum += value;
    squares += value * value;
    d.low = std::min(d.low, value);
    d.high = std::max(d.high, value);
  });
  if (count == 0) return {};
  d.norm = std::sqrt(squares);
  d.mean = sum / count;
  double spread = 0;
  d.counts.assign(kBins, 0);
  const double bins_per_unit = d.high > d.low ? kBins / (d.high - d.low) : 0;
  for_each_finite(values, [&](double value) {
    spread += (value - d.mean) * (value - d.mean);
    ++d.counts[std::min(kBins - 1, static_cast<std::size_t>((value - d.low) * bins_per_unit))];
  });
  d.deviation = std::sqrt(spread / count);
  return d;
}

template <class T>
LayerProbe<T>::LayerProbe(const Plan& plan, const Dataset& data, const Transform& transform,
                          std::uint64_t dropout_seed)
    : plan_(plan),
      dropout_seed_(dropout_seed),
      source_(data, transform, static_cast<std::size_t>(plan.config.batch_size.value())),
      propagation_(plan.network, static_cast<std::size_t>(plan.config.batch_size.value())),
      loss_(plan.loss, plan.network.outputs(), static_cast<std::size_t>(plan.config.batch_size.value())),
      parameters_(propagation_.parameters().block_size),
      gradients_(propagation_.parameters().block_size),
      doutput_(static_cast<std::size_t>(plan.config.batch_size.value()) * plan.network.outputs()) {}

template <class T>
void LayerProbe<T>::before(std::span<const T> parameters, std::span<const std::uint32_t> samples,
                           std::uint64_t step) {
  std::ranges::copy(parameters, parameters_.data());
  source_.gather(samples);
  const MatrixView<const T> output = propagation_.forward(
      parameters, source_.x(), TrainingPass{.dropout_seed = dropout_seed_, .step = step - 1});
  const MatrixView<T> doutput(doutput_.data(), output.rows, output.cols);
  (void)loss_(output, source_.targets(), doutput);
  propagation_.backward(parameters, doutput, gradients_.span());
  add_penalty_gradient<T>(plan_.penalty, propagation_.parameters(), parameters, gradients_.span());
}

template <class T>
std::vector<LayerFigures> LayerProbe<T>::after(std::span<const T> parameters) const {
  std::vector<LayerFigures> all;
  for (const ParameterInfo& tensor : propagation_.parameters().tensors) {
    if (!tensor.is_weight) continue;
    const auto part = [&](std::span<const T> block) { return block.subspan(tensor.offset, tensor.size()); };
    const auto matrix = [&](std::span<const T> block) {
      return MatrixView<const T>(block.data() + tensor.offset, tensor.rows, tensor.cols);
    };
    const std::size_t behind = output_layer(plan_.network, tensor.layer);
    const LayerSpec& layer = plan_.network.layers[behind];
    const Activation f = behind == tensor.layer ? Activation::kIdentity : layer.activation;
    const MatrixView<const T> outputs = propagation_.layer_output(behind);
    LayerFigures& figures = all.emplace_back();
    figures.name = tensor.name.substr(0, tensor.name.find('.'));
    figures.weights = distribution(matrix(parameters_.span()));
    figures.gradients = distribution(matrix(gradients_.span()));
    figures.activations = distribution(outputs);
    figures.activations.norm /= std::sqrt(static_cast<double>(std::max<std::size_t>(1, outputs.rows)));
    const double change = norm_of_difference(part(parameters), part(parameters_.span()));
    figures.update_ratio = figures.weights.norm > 0 ? change / figures.weights.norm : 0;
    figures.dead_units = dead_units(f, outputs);
    figures.saturated_units = saturated_units(f, outputs);
  }
  return all;
}

template Distribution distribution(MatrixView<const float>);
template Distribution distribution(MatrixView<const double>);
template class LayerProbe<float>;
template class LayerProbe<double>;

}  // namespace gradus
