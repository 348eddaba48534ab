#include "gradus/formats/c_source_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "gradus/core/error.h"

namespace gradus::c_source {

namespace {

constexpr double kEpsilon = 1e-5;
constexpr std::size_t kLanes = 16;  // of a row sum

// The tensors of one layer, in double.
class Tensors {
 public:
  explicit Tensors(const Model& model) : model_(model), table_(parameter_table(model.network)) {}

  // Empty where the layer has none.
  [[nodiscard]] std::vector<double> get(std::size_t layer, const char* part) const {
    const std::string name = fmt::format("{}.{}", layer, part);
    const auto info = std::ranges::find(table_.tensors, name, &ParameterInfo::name);
    if (info == table_.tensors.end()) return {};
    return std::visit(
        [&](const auto& block) {
          const auto values = block.span().subspan(info->offset, info->size());
          return std::vector<double>(values.begin(), values.end());
        },
        model_.parameters);
  }

 private:
  const Model& model_;
  ParameterTable table_;
};

Step dense_step(const Tensors& tensors, std::size_t layer, std::size_t inputs, std::size_t outputs) {
  Step step{.kind = LayerKind::kDense, .layer = layer, .inputs = inputs, .outputs = outputs};
  const std::vector<double> weights = tensors.get(layer, "weight");  // (I, O)
  step.weights.resize(weights.size());
  for (std::size_t o = 0; o < outputs; ++o) {
    for (std::size_t i = 0; i < inputs; ++i) step.weights[o * inputs + i] = weights[i * outputs + o];
  }
  step.bias = tensors.get(layer, "bias");
  step.bias.resize(outputs);
  return step;
}

// The column of ones, the last of the inputs, goes into the bias.
void take_ones_out(Step& step) {
  const std::size_t inputs = step.inputs - 1;
  std::vector<double> weights;
  for (std::size_t o = 0; o < step.outputs; ++o) {
    const auto* first = step.weights.data() + o * step.inputs;
    weights.insert(weights.end(), first, first + inputs);
    step.bias[o] += first[inputs];
  }
  step.weights = std::move(weights);
  step.inputs = inputs;
}

Step normalization_step(const Tensors& tensors, LayerKind kind, std::size_t layer, std::size_t units) {
  Step step{.kind = kind,
            .layer = layer,
            .inputs = units,
            .outputs = units,
            .weights = tensors.get(layer, "weight"),
            .bias = tensors.get(layer, "bias")};
  if (kind == LayerKind::kLayerNorm) return step;
  const std::vector<double> mean = tensors.get(layer, "running_mean");
  const std::vector<double> variance = tensors.get(layer, "running_var");
  for (std::size_t u = 0; u < units; ++u) {
    step.weights[u] /= std::sqrt(variance[u] + kEpsilon);
    step.bias[u] -= mean[u] * step.weights[u];
  }
  return step;
}

void fold(const Step& normalization, Step& dense) {
  for (std::size_t o = 0; o < dense.outputs; ++o) {
    const double factor = normalization.weights[o];
    for (std::size_t i = 0; i < dense.inputs; ++i) dense.weights[o * dense.inputs + i] *= factor;
    dense.bias[o] = dense.bias[o] * factor + normalization.bias[o];
  }
}

void append(std::vector<Step>& steps, const Model& model, const Tensors& tensors, std::size_t layer) {
  const LayerSpec& spec = model.network.layers[layer];
  const std::size_t inputs = steps.empty() ? model.network.inputs : steps.back().outputs;
  switch (spec.kind) {
    case LayerKind::kDense:
      steps.push_back(dense_step(tensors, layer, inputs, spec.outputs));
      return;
    case LayerKind::kActivation:
      if (spec.activation == Activation::kIdentity) return;
      steps.push_back({.kind = spec.kind,
                       .layer = layer,
                       .inputs = inputs,
                       .outputs = inputs,
                       .activation = spec.activation,
                       .weights = {},
                       .bias = {}});
      return;
    case LayerKind::kBatchNorm:
    case LayerKind::kLayerNorm: {
      Step step = normalization_step(tensors, spec.kind, layer, inputs);
      const bool folds =
          spec.kind == LayerKind::kBatchNorm && !steps.empty() && steps.back().kind == LayerKind::kDense;
      if (folds) {
        fold(step, steps.back());
      } else {
        steps.push_back(std::move(step));
      }
      return;
    }
    case LayerKind::kDropout:
      return;
  }
}

// Softmax, or the sigmoid of one output, as the last layer is what the loss would put behind the network; what a loss of
// measures puts there is a layer like others.
void take_link(Network& network) {
  if (network.regression && network.link != Activation::kIdentity) {
    Step& last = network.steps[network.last_dense()];
    Step link{.kind = LayerKind::kActivation,
              .layer = last.layer + 1,
              .inputs = last.outputs,
              .outputs = last.outputs,
              .activation = network.link,
              .weights = {},
              .bias = {}};
    network.steps.push_back(std::move(link));
    network.link = Activation::kIdentity;
  }
  if (network.link != Activation::kIdentity || network.regression) return;
  const Activation last = network.steps.back().activation;
  if (last != Activation::kSoftmax && !(last == Activation::kSigmoid && network.complement)) return;
  network.link = last;
  network.steps.pop_back();
}

void check_range(const Step& step) {
  for (const auto* values : {&step.weights, &step.bias}) {
    for (const double value : *values) {
      if (std::isfinite(static_cast<float>(value))) continue;
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("writing C source: layer {} has a weight of {}; expected what a float holds",
                              step.layer, value));
    }
  }
}

// A row sum of docs/numerics.md, rule 2.
template <class T>
T sum_of(std::array<T, kLanes>& sums) {
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t j = 0; j < half; ++j) sums[j] += sums[j + half];
  }
  return sums[0];
}

template <class T>
void layer_norm(const Step& step, std::span<T> x) {
  const T units = static_cast<T>(x.size());
  std::array<T, kLanes> sums = {};
  std::array<T, kLanes> squares = {};
  for (std::size_t u = 0; u < x.size(); ++u) sums[u % kLanes] += x[u];
  const T mean = sum_of(sums) / units;
  for (std::size_t u = 0; u < x.size(); ++u)
    squares[u % kLanes] = std::fma(x[u] - mean, x[u] - mean, squares[u % kLanes]);
  const T inverse = T{1} / std::sqrt(sum_of(squares) / units + static_cast<T>(kEpsilon));
  for (std::size_t u = 0; u < x.size(); ++u) {
    x[u] = std::fma(static_cast<T>(step.weights[u]), (x[u] - mean) * inverse, static_cast<T>(step.bias[u]));
  }
}

template <class T>
void softmax(std::span<T> x) {
  const T largest = *std::ranges::max_element(x);
  T sum = 0;
  for (T& value : x) {
    value = std::exp(value - largest);
    sum += value;
  }
  for (T& value : x) value /= sum;
}

template <class T>
T activate(Activation activation, T z) {
  switch (activation) {
    case Activation::kSigmoid:
      return T{1} / (T{1} + std::exp(-z));
    case Activation::kTanh:
      return std::tanh(z);
    case Activation::kLecunTanh:
      return static_cast<T>(kLecunScale) * std::tanh(static_cast<T>(kLecunSlope) * z);
    case Activation::kRelu:
      return z > 0 ? z : T{0};
    case Activation::kLeakyRelu:
      return z > 0 ? z : static_cast<T>(kLeakyReluSlope) * z;
    case Activation::kElu:
      return z > 0 ? z : std::expm1(z);
    case Activation::kGelu:
      return static_cast<T>(0.5) * z * std::erfc(-z * (std::numbers::sqrt2_v<T> / T{2}));
    case Activation::kSilu:
      return z / (T{1} + std::exp(-z));
    case Activation::kSoftplus:
      return (z > 0 ? z : T{0}) + std::log1p(std::exp(-std::abs(z)));
    case Activation::kExp:
      return std::exp(z);
    case Activation::kIdentity:
    case Activation::kSoftmax:
      break;
  }
  return z;
}

std::vector<double> apply_dense(const Step& step, const std::vector<double>& x) {
  std::vector<double> y(step.outputs);
  for (std::size_t o = 0; o < step.outputs; ++o) {
    double sum = 0;
    for (std::size_t i = 0; i < step.inputs; ++i) sum += step.weights[o * step.inputs + i] * x[i];
    y[o] = sum + step.bias[o];
  }
  return y;
}

}  // namespace

std::size_t Network::last_dense() const {
  std::size_t last = 0;
  for (std::size_t s = 0; s < steps.size(); ++s) {
    if (steps[s].kind == LayerKind::kDense) last = s;
  }
  return last;
}

Network network_of(const Model& model) {
  Network network;
  const Transform& transform = model.transform;
  network.inputs = transform.features() - (transform.ones_column ? 1 : 0);
  network.shift = transform.shift;
  network.scale = transform.scale;
  network.inputs_scaled_in_double = !transform.inputs.empty();
  network.regression = model.target.task == Task::kRegression;
  network.mean = model.target.mean;
  network.deviation = model.target.deviation;
  network.link = prediction_activation(model.loss.kind);
  network.complement = !network.regression && model.network.outputs() == 1;
  network.predictions = network.regression ? 1 : model.target.classes.size();
  const Tensors tensors(model);
  for (std::size_t layer = 0; layer < model.network.layers.size(); ++layer) {
    append(network.steps, model, tensors, layer);
    if (layer != 0 || !transform.ones_column) continue;
    if (network.steps.empty() || network.steps[0].kind != LayerKind::kDense) {
      throw Error(ErrorCode::kUnsupported,
                  "writing C source: no dense layer takes the column of ones; expected one to come first");
    }
    take_ones_out(network.steps[0]);
  }
  take_link(network);
  if (!is_double(model)) {
    for (const Step& step : network.steps) check_range(step);
  }
  return network;
}

std::vector<double> scaled_inputs(const Network& network, std::span<const float> row) {
  std::vector<double> x(row.begin(), row.end());
  if (network.shift.empty()) return x;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t entry = network.shift.size() == 1 ? 0 : i;
    x[i] = (x[i] - network.shift[entry]) / network.scale[entry];
  }
  return x;
}

template <class T>
void apply_activation(Activation activation, std::span<T> x) {
  if (activation == Activation::kSoftmax) {
    softmax(x);
  } else {
    for (T& value : x) value = activate(activation, value);
  }
}

template <class T>
void apply_unit_step(const Step& step, std::span<T> x) {
  if (step.kind == LayerKind::kLayerNorm) {
    layer_norm(step, x);
  } else if (step.kind == LayerKind::kBatchNorm) {
    for (std::size_t u = 0; u < x.size(); ++u)
      x[u] = x[u] * static_cast<T>(step.weights[u]) + static_cast<T>(step.bias[u]);
  } else {
    apply_activation(step.activation, x);
  }
}

template void apply_activation(Activation, std::span<float>);
template void apply_activation(Activation, std::span<double>);
template void apply_unit_step(const Step&, std::span<float>);
template void apply_unit_step(const Step&, std::span<double>);

std::vector<std::vector<float>> values_before_dense(const Network& network, MatrixView<const float> rows) {
  std::vector<std::vector<float>> values;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    std::vector<double> x = scaled_inputs(network, rows.row(r));
    std::size_t place = 0;
    const auto keep = [&] {
      if (place == values.size()) values.emplace_back();
      values[place].insert(values[place].end(), x.begin(), x.end());
      ++place;
    };
    for (const Step& step : network.steps) {
      if (step.kind == LayerKind::kDense) {
        keep();
        x = apply_dense(step, x);
      } else {
        apply_unit_step<double>(step, x);
      }
    }
    keep();
  }
  return values;
}

}  // namespace gradus::c_source
