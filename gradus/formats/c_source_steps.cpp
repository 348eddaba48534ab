#include "gradus/formats/c_source_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace gradus::c_source {

namespace {

constexpr std::string_view kMultiplyAdd =
    R"(/* Rounds once, as gradus does. A processor without such an instruction is faster with ((a) * (b) + (c)). */
#ifndef @_MULTIPLY_ADD
#define @_MULTIPLY_ADD(a, b, c) fmaf(a, b, c)
#endif
)";
constexpr std::string_view kScaled =
    R"(/* (x - shift) factor in a float of a column far from zero: the digits that subtracting loses are added again. */
static float $_scaled(float x, float shift, float shift_rest, float factor, float factor_rest) {
  const float difference = x - shift;
  const float back = x - difference;
  const float lost = (x - (difference + back)) + (back - shift) - shift_rest;
  return @_MULTIPLY_ADD(difference, factor, @_MULTIPLY_ADD(difference, factor_rest, lost * factor));
}
)";
constexpr std::string_view kSigmoid = R"(static void $_sigmoid(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = 1.0f / (1.0f + expf(-x[i]));
}
)";
constexpr std::string_view kTanh = R"(static void $_tanh(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = tanhf(x[i]);
}
)";
constexpr std::string_view kLecunTanh = R"(static void $_lecun_tanh(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = 1.7159f * tanhf(0.66666666666666667f * x[i]);
}
)";
constexpr std::string_view kRelu = R"(static void $_relu(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = x[i] > 0.0f ? x[i] : 0.0f;
}
)";
constexpr std::string_view kLeakyRelu = R"(static void $_leaky_relu(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = x[i] > 0.0f ? x[i] : 0.01f * x[i];
}
)";
constexpr std::string_view kElu = R"(static void $_elu(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = x[i] > 0.0f ? x[i] : expm1f(x[i]);
}
)";
constexpr std::string_view kGelu = R"(static void $_gelu(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = 0.5f * x[i] * erfcf(-x[i] * 0.70710678118654752f);
}
)";
constexpr std::string_view kSilu = R"(static void $_silu(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = x[i] / (1.0f + expf(-x[i]));
}
)";
constexpr std::string_view kSoftplus = R"(static void $_softplus(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    x[i] = (x[i] > 0.0f ? x[i] : 0.0f) + log1pf(expf(-fabsf(x[i])));
}
)";
constexpr std::string_view kExp = R"(static void $_exp(float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = expf(x[i]);
}
)";
constexpr std::string_view kSoftmax = R"(static void $_softmax(float *x, int32_t count) {
  float largest = x[0];
  float sum = 0.0f;
  for (int32_t i = 1; i < count; ++i) {
    if (x[i] > largest) largest = x[i];
  }
  for (int32_t i = 0; i < count; ++i) {
    x[i] = expf(x[i] - largest);
    sum += x[i];
  }
  for (int32_t i = 0; i < count; ++i) x[i] /= sum;
}
)";
constexpr std::string_view kAffine = R"(/* Batch normalization with its running statistics. */
static void $_batch_norm(const float *factor, const float *shift, float *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = x[i] * factor[i] + shift[i];
}
)";
constexpr std::string_view kLayerNorm =
    R"(/* In the order of gradus: sixteen sums, then halves. */
static float $_sum_of(float *sums) {
  for (int32_t half = 8; half > 0; half /= 2) {
    for (int32_t j = 0; j < half; ++j) sums[j] += sums[j + half];
  }
  return sums[0];
}

/* To mean 0 and variance 1 over the units, then scaled and shifted. */
static void $_layer_norm(const float *scale, const float *shift, float *x, int32_t count) {
  float sums[16] = {0.0f};
  float squares[16] = {0.0f};
  float mean;
  float inverse;
  for (int32_t i = 0; i < count; ++i) sums[i % 16] += x[i];
  mean = $_sum_of(sums) / (float)count;
  for (int32_t i = 0; i < count; ++i)
    squares[i % 16] = @_MULTIPLY_ADD(x[i] - mean, x[i] - mean, squares[i % 16]);
  inverse = 1.0f / sqrtf($_sum_of(squares) / (float)count + 1e-05f);
  for (int32_t i = 0; i < count; ++i) x[i] = @_MULTIPLY_ADD(scale[i], (x[i] - mean) * inverse, shift[i]);
}
)";
constexpr std::string_view kLargest = R"(/* Where the largest is; of equal ones the first. */
static int $_largest(const float *x, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i) {
    if (x[i] > x[best]) best = i;
  }
  return best;
}
)";

struct UnitFunction {
  std::string_view name;
  std::string_view text;
};

UnitFunction function_of(Activation activation) {
  switch (activation) {
    case Activation::kSigmoid:
      return {"sigmoid", kSigmoid};
    case Activation::kTanh:
      return {"tanh", kTanh};
    case Activation::kLecunTanh:
      return {"lecun_tanh", kLecunTanh};
    case Activation::kRelu:
      return {"relu", kRelu};
    case Activation::kLeakyRelu:
      return {"leaky_relu", kLeakyRelu};
    case Activation::kElu:
      return {"elu", kElu};
    case Activation::kGelu:
      return {"gelu", kGelu};
    case Activation::kSilu:
      return {"silu", kSilu};
    case Activation::kSoftplus:
      return {"softplus", kSoftplus};
    case Activation::kExp:
      return {"exp", kExp};
    case Activation::kSoftmax:
      return {"softmax", kSoftmax};
    case Activation::kIdentity:
      break;
  }
  return {};
}

bool calls_math(Activation activation) {
  return activation != Activation::kRelu && activation != Activation::kLeakyRelu &&
         activation != Activation::kIdentity;
}

void write_activation(Parts& parts, Activation activation, const std::string& x, std::size_t units) {
  const UnitFunction function = function_of(activation);
  parts.use(function.text);
  parts.needs_math |= calls_math(activation);
  parts.body += fmt::format("  $_{}({}, {});\n", function.name, x, units);
}

// A constant where all features share it.
template <class T>
std::string entry(Parts& parts, const char* name, const std::vector<T>& values) {
  if (values.size() == 1) return literal(values[0]);
  parts.add_table(kTypeName<T>, fmt::format("$_{}", name), std::span<const T>(values));
  return fmt::format("$_{}[i]", name);
}

template <class T>
void add_table(Parts& parts, const std::string& name, const std::vector<double>& values) {
  std::vector<T> rounded(values.size());
  std::ranges::transform(values, rounded.begin(), [](double value) { return static_cast<T>(value); });
  parts.add_table(kTypeName<T>, name, std::span<const T>(rounded));
}

}  // namespace

template <class T>
InputScaling<T>::InputScaling(const Network& network, double unit) {
  if (network.shift.empty() && unit == 1) return;
  exact_ = network.inputs_scaled_in_double && !network.shift.empty() && std::is_same_v<T, float>;
  const std::vector<double> shift = network.shift.empty() ? std::vector<double>{0} : network.shift;
  const std::vector<double> scale = network.scale.empty() ? std::vector<double>{1} : network.scale;
  for (std::size_t e = 0; e < shift.size(); ++e) {
    const double factor = 1 / (scale[e] * unit);
    factor_.push_back(static_cast<T>(factor));
    if (exact_) {
      factor_rest_.push_back(static_cast<T>(factor - static_cast<double>(factor_[e])));
      shift_.push_back(static_cast<T>(shift[e]));
      shift_rest_.push_back(static_cast<T>(shift[e] - static_cast<double>(shift_[e])));
    } else {
      offset_.push_back(static_cast<T>(-shift[e] * factor));
    }
  }
  if (std::ranges::all_of(offset_, [](T offset) { return offset == 0; })) offset_.clear();
}

template <class T>
T InputScaling<T>::operator()(std::span<const float> row, std::size_t i) const {
  const std::size_t entry = factor_.size() == 1 ? 0 : i;
  const T x = row[i];
  if (factor_.empty()) return x;
  if (exact_) {
    const T difference = x - shift_[entry];
    const T back = x - difference;
    const T lost = (x - (difference + back)) + (back - shift_[entry]) - shift_rest_[entry];
    return std::fma(difference, factor_[entry],
                    std::fma(difference, factor_rest_[entry], lost * factor_[entry]));
  }
  return offset_.empty() ? x * factor_[entry] : std::fma(x, factor_[entry], offset_[entry]);
}

template <class T>
std::string InputScaling<T>::expression(Parts& parts) const {
  if (factor_.empty()) return "inputs[i]";
  const std::string factor = entry(parts, "factor", factor_);
  if (exact_) {
    use_multiply_add(parts);
    parts.use(kScaled);
    const std::string shift = entry(parts, "shift", shift_);
    parts.tables += "/* What a float loses of the two. */\n";
    return fmt::format("$_scaled(inputs[i], {}, {}, {}, {})", shift, entry(parts, "shift_rest", shift_rest_),
                       factor, entry(parts, "factor_rest", factor_rest_));
  }
  if (offset_.empty()) return fmt::format("inputs[i] * {}", factor);
  use_multiply_add(parts);
  return fmt::format("@_MULTIPLY_ADD(inputs[i], {}, {})", factor, entry(parts, "offset", offset_));
}

template class InputScaling<float>;
template class InputScaling<double>;

void use_multiply_add(Parts& parts) {
  parts.use(kMultiplyAdd);
  parts.needs_math = true;
}

template <class T>
void write_unit_step(Parts& parts, const Step& step, const std::string& x) {
  if (step.kind == LayerKind::kActivation) {
    write_activation(parts, step.activation, x, step.outputs);
    return;
  }
  const bool batch = step.kind == LayerKind::kBatchNorm;
  if (batch) {
    parts.use(kAffine);
  } else {
    use_multiply_add(parts);
    parts.use(kLayerNorm);
  }
  add_table<T>(parts, fmt::format("$_scale_{}", step.layer), step.weights);
  add_table<T>(parts, fmt::format("$_shift_{}", step.layer), step.bias);
  parts.body += fmt::format("  $_{}($_scale_{}, $_shift_{}, {}, {});\n", batch ? "batch_norm" : "layer_norm",
                            step.layer, step.layer, x, step.outputs);
}

std::string output_place(const Network& network) {
  if (network.regression) return "&value";
  return network.complement ? "probabilities + 1" : "probabilities";
}

template <class T>
void write_end(Parts& parts, const Network& network) {
  if (network.regression) {
    const bool scaled = network.deviation != 1 || network.mean != 0;
    parts.body += scaled
                      ? fmt::format("  return value * {} + {};\n", literal(static_cast<T>(network.deviation)),
                                    literal(static_cast<T>(network.mean)))
                      : std::string("  return value;\n");
    return;
  }
  if (network.link != Activation::kIdentity)
    write_activation(parts, network.link, output_place(network), network.steps.back().outputs);
  if (network.complement) parts.body += "  probabilities[0] = 1.0f - probabilities[1];\n";
  parts.use(kLargest);
  parts.body += fmt::format("  return $_largest(probabilities, {});\n", network.predictions);
}

template <class T>
void finish(const Network& network, std::vector<T>& outputs, std::span<double> predictions) {
  if (network.regression) {
    const bool scaled = network.deviation != 1 || network.mean != 0;
    predictions[0] = static_cast<double>(
        scaled ? outputs[0] * static_cast<T>(network.deviation) + static_cast<T>(network.mean) : outputs[0]);
    return;
  }
  apply_activation<T>(network.link, outputs);
  if (network.complement) outputs.insert(outputs.begin(), T{1} - outputs[0]);
  std::ranges::copy(outputs, predictions.begin());
}

template <class T>
std::string float_test_tables(const Network& network, MatrixView<const float> rows,
                              std::span<const double> expected, T bound) {
  std::vector<T> inputs;
  for (std::size_t r = 0; r < rows.rows; ++r)
    inputs.insert(inputs.end(), rows.row(r).begin(), rows.row(r).end());
  std::vector<T> outputs;
  T largest = 0;
  for (const double value : expected) {
    outputs.push_back(static_cast<T>(value));
    largest = std::max(largest, std::abs(outputs.back()));
  }
  return table(kTypeName<T>, "$_test_inputs", std::span<const T>(inputs)) +
         table(kTypeName<T>, "$_test_expected", std::span<const T>(outputs)) +
         fmt::format("static const {} $_test_bound = {};\n", kTypeName<T>,
                     literal(network.regression ? bound * largest : bound));
}

template void write_unit_step<float>(Parts&, const Step&, const std::string&);
template void write_unit_step<double>(Parts&, const Step&, const std::string&);
template void write_end<float>(Parts&, const Network&);
template void write_end<double>(Parts&, const Network&);
template void finish(const Network&, std::vector<float>&, std::span<double>);
template void finish(const Network&, std::vector<double>&, std::span<double>);
template std::string float_test_tables(const Network&, MatrixView<const float>, std::span<const double>,
                                       float);
template std::string float_test_tables(const Network&, MatrixView<const float>, std::span<const double>,
                                       double);

}  // namespace gradus::c_source
