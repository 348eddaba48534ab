// C source in float or double: the library's products and sums, bit for bit, and the C library's functions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/formats/c_source_arithmetic.h"
#include "gradus/formats/c_source_steps.h"

namespace gradus::c_source {

namespace {

// Of the largest prediction.
template <class T>
constexpr T kBound = std::is_same_v<T, double> ? T(1e-9) : T(1e-6);

constexpr std::string_view kDense =
    R"(/* y = weights x + bias; a row of weights for each output. */
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
template <class T>
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
    parts.add_member(kTypeName<T>, "a", std::max<std::size_t>(sizes_[0], 1), sizeof(T));
    if (sizes_[1] > 0) parts.add_member(kTypeName<T>, "b", sizes_[1], sizeof(T));
  }

 private:
  std::size_t sizes_[2] = {0, 0};
  std::size_t next_ = 0;
};

template <class T>
class FloatArithmetic : public Arithmetic {
 public:
  explicit FloatArithmetic(const Network& network) : network_(network), scaling_(network) {
    for (const Step& step : network.steps) {
      weights_.emplace_back(step.weights.begin(), step.weights.end());
      bias_.emplace_back(step.bias.begin(), step.bias.end());
    }
  }

  void predict(std::span<const float> row, std::span<double> predictions) const override {
    std::vector<T> x;
    for (std::size_t i = 0; i < row.size(); ++i) x.push_back(scaling_(row, i));
    for (std::size_t s = 0; s < network_.steps.size(); ++s) {
      const Step& step = network_.steps[s];
      if (step.kind == LayerKind::kDense) {
        x = dense(s, x);
      } else {
        apply_unit_step<T>(step, x);
      }
    }
    finish(network_, x, predictions);
  }

  [[nodiscard]] Parts parts() const override {
    Parts parts;
    parts.input_type = kTypeName<T>;
    parts.output_type = kTypeName<T>;
    parts.numbers_text = kTypeName<T>;
    Buffers<T> buffers;
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
        write_unit_step<T>(parts, step, x);
        continue;
      }
      const std::string y = s == last ? output_place(network_) : buffers.place(step.outputs);
      write_dense(parts, s, x, y);
      x = y;
    }
    buffers.add_to(parts);
    write_end<T>(parts, network_);
    if (std::is_same_v<T, double>) {
      for (std::string& function : parts.functions) function = in_double(function);
      parts.body = in_double(parts.body);
    }
    return parts;
  }

  [[nodiscard]] std::string test_tables(MatrixView<const float> rows,
                                        std::span<const double> library) const override {
    return float_test_tables(network_, rows, library, kBound<T>);
  }

 private:
  std::vector<T> dense(std::size_t s, const std::vector<T>& x) const {
    const Step& step = network_.steps[s];
    std::vector<T> y(step.outputs);
    const T* weight = weights_[s].data();
    for (std::size_t o = 0; o < step.outputs; ++o) {
      T sum = 0;
      for (std::size_t i = 0; i < step.inputs; ++i) sum = std::fma(*weight++, x[i], sum);
      y[o] = sum + bias_[s][o];
    }
    return y;
  }

  void write_dense(Parts& parts, std::size_t s, const std::string& x, const std::string& y) const {
    const Step& step = network_.steps[s];
    use_multiply_add(parts);
    parts.use(kDense);
    parts.add_table(kTypeName<T>, fmt::format("$_weights_{}", step.layer), std::span<const T>(weights_[s]));
    parts.add_table(kTypeName<T>, fmt::format("$_bias_{}", step.layer), std::span<const T>(bias_[s]));
    parts.body += fmt::format("  $_dense($_weights_{}, $_bias_{}, {}, {}, {}, {});\n", step.layer, step.layer,
                              x, step.inputs, y, step.outputs);
  }

  Network network_;
  InputScaling<T> scaling_;
  std::vector<std::vector<T>> weights_;  // of each step
  std::vector<std::vector<T>> bias_;
};

}  // namespace

std::unique_ptr<Arithmetic> float_arithmetic(const Network& network) {
  return std::make_unique<FloatArithmetic<float>>(network);
}

std::unique_ptr<Arithmetic> double_arithmetic(const Network& network) {
  return std::make_unique<FloatArithmetic<double>>(network);
}

}  // namespace gradus::c_source
