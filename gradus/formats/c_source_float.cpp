// C source in float: the library's products and sums, bit for bit, and the C library's functions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/formats/c_source_arithmetic.h"
#include "gradus/formats/c_source_steps.h"

namespace gradus::c_source {

namespace {

constexpr float kBound = 1e-6F;  // of the largest prediction

constexpr std::string_view kDense =
    R"(/* Rounds once, as gradus does. A processor without such an instruction is faster with ((a) * (b) + (c)). */
#ifndef @_MULTIPLY_ADD
#define @_MULTIPLY_ADD(a, b, c) fmaf(a, b, c)
#endif

/* y = weights x + bias; a row of weights for each output. */
static void $_dense(const float *weights, const float *bias, const float *x, int32_t inputs, float *y,
                    int32_t outputs) {
  for (int32_t o = 0; o < outputs; ++o) {
    float sum = 0.0f;
    for (int32_t i = 0; i < inputs; ++i) sum = @_MULTIPLY_ADD(*weights++, x[i], sum);
    y[o] = sum + bias[o];
  }
}
)";

// Values go to and fro between two buffers; those of the last dense layer to the caller.
class Buffers {
 public:
  std::string place(std::size_t units) {
    std::size_t& size = sizes_[next_];
    size = std::max(size, units);
    std::string name = next_ == 0 ? "memory->a" : "memory->b";
    next_ = 1 - next_;
    return name;
  }
  // C has no empty struct, and a parameter that nothing uses is a warning.
  void add_to(Parts& parts) const {
    if (sizes_[0] == 0) parts.body += "  (void)memory;\n";
    parts.add_member("float", "a", std::max<std::size_t>(sizes_[0], 1), sizeof(float));
    if (sizes_[1] > 0) parts.add_member("float", "b", sizes_[1], sizeof(float));
  }

 private:
  std::size_t sizes_[2] = {0, 0};
  std::size_t next_ = 0;
};

class FloatArithmetic : public Arithmetic {
 public:
  explicit FloatArithmetic(const Network& network) : network_(network), scaling_(network) {
    for (const Step& step : network.steps) {
      weights_.emplace_back(step.weights.begin(), step.weights.end());
      bias_.emplace_back(step.bias.begin(), step.bias.end());
    }
  }

  void predict(std::span<const float> row, std::span<double> predictions) const override {
    std::vector<float> x;
    for (std::size_t i = 0; i < row.size(); ++i) x.push_back(scaling_(row, i));
    for (std::size_t s = 0; s < network_.steps.size(); ++s) {
      const Step& step = network_.steps[s];
      if (step.kind == LayerKind::kDense) {
        x = dense(s, x);
      } else {
        apply_unit_step<float>(step, x);
      }
    }
    finish(network_, x, predictions);
  }

  [[nodiscard]] Parts parts() const override {
    Parts parts;
    parts.input_type = "float";
    parts.output_type = "float";
    parts.numbers_text = "float";
    Buffers buffers;
    std::string x = "inputs";
    if (network_.regression) parts.body += "  float value;\n";
    if (scaling_.needed() || network_.steps[0].kind != LayerKind::kDense) {
      x = buffers.place(network_.inputs);
      parts.body += fmt::format("  for (int32_t i = 0; i < {}; ++i) {}[i] = {};\n", network_.inputs, x,
                                scaling_.expression(parts));
    }
    const std::size_t last = network_.last_dense();
    for (std::size_t s = 0; s < network_.steps.size(); ++s) {
      const Step& step = network_.steps[s];
      if (step.kind != LayerKind::kDense) {
        write_unit_step(parts, step, x);
        continue;
      }
      const std::string y = s == last ? output_place(network_) : buffers.place(step.outputs);
      write_dense(parts, s, x, y);
      x = y;
    }
    buffers.add_to(parts);
    write_end(parts, network_);
    return parts;
  }

  [[nodiscard]] std::string test_tables(MatrixView<const float> rows,
                                        std::span<const double> library) const override {
    return float_test_tables(network_, rows, library, kBound);
  }

 private:
  std::vector<float> dense(std::size_t s, const std::vector<float>& x) const {
    const Step& step = network_.steps[s];
    std::vector<float> y(step.outputs);
    const float* weight = weights_[s].data();
    for (std::size_t o = 0; o < step.outputs; ++o) {
      float sum = 0;
      for (std::size_t i = 0; i < step.inputs; ++i) sum = std::fma(*weight++, x[i], sum);
      y[o] = sum + bias_[s][o];
    }
    return y;
  }

  void write_dense(Parts& parts, std::size_t s, const std::string& x, const std::string& y) const {
    const Step& step = network_.steps[s];
    parts.use(kDense);
    parts.needs_math = true;
    parts.add_table("float", fmt::format("$_weights_{}", step.layer), std::span(weights_[s]));
    parts.add_table("float", fmt::format("$_bias_{}", step.layer), std::span(bias_[s]));
    parts.body += fmt::format("  $_dense($_weights_{}, $_bias_{}, {}, {}, {}, {});\n", step.layer, step.layer,
                              x, step.inputs, y, step.outputs);
  }

  Network network_;
  InputScaling scaling_;
  std::vector<std::vector<float>> weights_;  // of each step
  std::vector<std::vector<float>> bias_;
};

}  // namespace

std::unique_ptr<Arithmetic> float_arithmetic(const Network& network) {
  return std::make_unique<FloatArithmetic>(network);
}

}  // namespace gradus::c_source
