// C source with weights and inputs of every dense layer in 8 bits, symmetric: a scale for each output's weights and one
// for a layer's inputs, sums in 32 bits. Everything between two dense layers is in float.
// Tried on four networks of MNIST (784-64-10, 784-300-10): steps of inputs that keep the largest value cost 7.3 points
// where every pixel is standardized, and 0.2 as they are here; one scale for a layer's weights is as good (within 0.1
// points) where no batch normalization has been folded into them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/formats/c_source_arithmetic.h"
#include "gradus/formats/c_source_steps.h"

namespace gradus::c_source {

namespace {

constexpr int kLargest = 127;
constexpr std::size_t kMostInputs = 133'144;  // whose products of 127 and 127 a sum of 32 bits holds
constexpr std::size_t kMostSamples = 100'000;
// A value at the edge of two steps may round the other way where exp or tanh is another.
constexpr float kBound = 0.02F;

constexpr std::string_view kRound = R"(/* To the nearest whole number from -127 to 127; NaN is 127. */
static int8_t $_round(float x) {
  if (!(x < 127.0f)) return 127;
  if (x <= -127.0f) return -127;
  return (int8_t)(x < 0.0f ? x - 0.5f : x + 0.5f);
}
)";
constexpr std::string_view kQuantise =
    R"(static void $_quantise(const float *y, float factor, int8_t *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = $_round(y[i] * factor);
}
)";
constexpr std::string_view kDense =
    R"(/* y = scale (weights x) + bias; a row of weights and a scale for each output. */
static void $_dense(const int8_t *weights, const float *scale, const float *bias, const int8_t *x, int32_t inputs,
                    float *y, int32_t outputs) {
  for (int32_t o = 0; o < outputs; ++o) {
    int32_t sum = 0;
    for (int32_t i = 0; i < inputs; ++i) sum += *weights++ * x[i];
    y[o] = (float)sum * scale[o] + bias[o];
  }
}
)";

std::int8_t round8(float x) {
  if (!(x < kLargest)) return kLargest;
  if (x <= -kLargest) return -kLargest;
  return static_cast<std::int8_t>(x < 0 ? x - 0.5F : x + 0.5F);
}

// The step that loses least of these values in the mean square: a few large ones are better cut off than kept.
double step_of(const std::vector<float>& values) {
  double largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(static_cast<double>(value)));
  if (largest == 0) return 1;
  const std::size_t stride = std::max<std::size_t>(1, values.size() / kMostSamples);
  double best_step = 0;
  double least = 0;
  for (int eighths = 0; eighths <= 40; ++eighths) {
    const double step = largest * std::pow(2.0, -eighths / 8.0) / kLargest;
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); i += stride) {
      const double value = static_cast<double>(values[i]);
      const double kept = step * std::clamp<double>(std::round(value / step), -kLargest, kLargest);
      squares += (value - kept) * (value - kept);
    }
    if (best_step == 0 || squares < least) {
      best_step = step;
      least = squares;
    }
  }
  return best_step;
}

struct Layer {
  std::vector<std::int8_t> weights;
  std::vector<float> scale;  // of each output: a step of its weights times one of the inputs
  std::vector<float> bias;
};

Layer quantised(const Step& step, double input_step) {
  Layer layer;
  for (std::size_t o = 0; o < step.outputs; ++o) {
    const std::span row = std::span(step.weights).subspan(o * step.inputs, step.inputs);
    double largest = 0;
    for (const double weight : row) largest = std::max(largest, std::abs(weight));
    const double weight_step = largest == 0 ? 1 : largest / kLargest;
    for (const double weight : row)
      layer.weights.push_back(static_cast<std::int8_t>(std::lround(weight / weight_step)));
    layer.scale.push_back(static_cast<float>(weight_step * input_step));
    layer.bias.push_back(static_cast<float>(step.bias[o]));
  }
  return layer;
}

class Int8Arithmetic : public Arithmetic {
 public:
  Int8Arithmetic(const Network& network, const std::vector<double>& input_steps)
      : network_(network),
        direct_(network.steps[0].kind == LayerKind::kDense),
        scaling_(network, direct_ ? input_steps[0] : 1) {
    std::size_t place = 0;
    for (const Step& step : network.steps) {
      layers_.emplace_back();
      factors_.push_back(0);
      if (step.kind != LayerKind::kDense) continue;
      factors_.back() = static_cast<float>(1 / input_steps[place]);
      layers_.back() = quantised(step, input_steps[place++]);
    }
  }

  void predict(std::span<const float> row, std::span<double> predictions) const override {
    std::vector<float> y;
    for (std::size_t i = 0; i < row.size(); ++i) y.push_back(scaling_(row, i));
    for (std::size_t s = 0; s < network_.steps.size(); ++s) {
      const Step& step = network_.steps[s];
      if (step.kind != LayerKind::kDense) {
        apply_unit_step<float>(step, y);
        continue;
      }
      std::vector<std::int8_t> x(y.size());
      std::ranges::transform(y, x.begin(),
                             [&](float value) { return round8(s == 0 ? value : value * factors_[s]); });
      y = dense(s, x);
    }
    finish(network_, y, predictions);
  }

  [[nodiscard]] Parts parts() const override {
    Parts parts;
    parts.input_type = "float";
    parts.output_type = "float";
    parts.numbers_text =
        "int8: weights and inputs of every layer in 8 bits, sums in 32; float between the layers";
    parts.use(kRound);
    if (network_.regression) parts.body += "  float value;\n";
    write_inputs(parts);
    std::size_t widest_input = 0;
    std::size_t widest_output = direct_ ? 0 : network_.inputs;
    std::string y = "memory->y";
    const std::size_t last = network_.last_dense();
    for (std::size_t s = 0; s < network_.steps.size(); ++s) {
      const Step& step = network_.steps[s];
      if (step.kind != LayerKind::kDense) {
        write_unit_step<float>(parts, step, y);
        continue;
      }
      widest_input = std::max(widest_input, step.inputs);
      if (s == last) {
        y = output_place(network_);
      } else {
        widest_output = std::max(widest_output, step.outputs);
      }
      write_dense(parts, s, y);
    }
    write_end<float>(parts, network_);
    if (widest_output > 0) parts.add_member("float", "y", widest_output, sizeof(float));
    parts.add_member("int8_t", "x", widest_input, 1);
    parts.ram_bytes = (parts.ram_bytes + 3) / 4 * 4;
    return parts;
  }

  [[nodiscard]] std::string test_tables(MatrixView<const float> rows,
                                        std::span<const double> library) const override {
    std::vector<double> expected(library.size());
    const std::size_t cols = network_.predictions;
    for (std::size_t r = 0; r < rows.rows; ++r)
      predict(rows.row(r), std::span(expected).subspan(r * cols, cols));
    return float_test_tables(network_, rows, expected, kBound);
  }

 private:
  std::vector<float> dense(std::size_t s, const std::vector<std::int8_t>& x) const {
    const Layer& layer = layers_[s];
    std::vector<float> y(layer.bias.size());
    const std::int8_t* weight = layer.weights.data();
    for (std::size_t o = 0; o < y.size(); ++o) {
      std::int32_t sum = 0;
      for (std::size_t i = 0; i < x.size(); ++i) sum += *weight++ * x[i];
      y[o] = static_cast<float>(sum) * layer.scale[o] + layer.bias[o];
    }
    return y;
  }

  void write_inputs(Parts& parts) const {
    const std::string value = scaling_.expression(parts);
    parts.body += direct_ ? fmt::format("  for (int32_t i = 0; i < {}; ++i) memory->x[i] = $_round({});\n",
                                        network_.inputs, value)
                          : fmt::format("  for (int32_t i = 0; i < {}; ++i) memory->y[i] = {};\n",
                                        network_.inputs, value);
  }

  void write_dense(Parts& parts, std::size_t s, const std::string& y) const {
    const Step& step = network_.steps[s];
    const Layer& layer = layers_[s];
    if (s > 0) {
      parts.use(kQuantise);
      parts.body +=
          fmt::format("  $_quantise(memory->y, {}, memory->x, {});\n", literal(factors_[s]), step.inputs);
    }
    parts.use(kDense);
    parts.add_table("int8_t", fmt::format("$_weights_{}", step.layer), std::span(layer.weights));
    parts.add_table("float", fmt::format("$_scale_{}", step.layer), std::span(layer.scale));
    parts.add_table("float", fmt::format("$_bias_{}", step.layer), std::span(layer.bias));
    parts.body +=
        fmt::format("  $_dense($_weights_{0}, $_scale_{0}, $_bias_{0}, memory->x, {1}, {2}, {3});\n",
                    step.layer, step.inputs, y, step.outputs);
  }

  Network network_;
  bool direct_;  // the inputs go straight into a dense layer
  InputScaling<float> scaling_;
  std::vector<Layer> layers_;   // of each step
  std::vector<float> factors_;  // of each step: 1 / a step of its inputs
};

}  // namespace

std::unique_ptr<Arithmetic> int8_arithmetic(const Network& network, MatrixView<const float> rows) {
  for (const Step& step : network.steps) {
    if (step.kind == LayerKind::kDense && step.inputs > kMostInputs) {
      throw Error(
          ErrorCode::kUnsupported,
          fmt::format("writing C source: layer {} has {} inputs; int8 sums hold {}; use --numbers float",
                      step.layer, step.inputs, kMostInputs));
    }
  }
  std::vector<double> steps;
  for (const std::vector<float>& values : values_before_dense(network, rows))
    steps.push_back(step_of(values));
  return std::make_unique<Int8Arithmetic>(network, steps);
}

}  // namespace gradus::c_source
