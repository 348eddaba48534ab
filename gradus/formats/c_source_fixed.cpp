// C source in whole numbers alone. A number with b fraction bits stands for itself / 2^b: weights and inputs of every
// dense layer have 16 bits and as many fraction bits as their ranges leave, sums 64. Activations that bend are tables
// with 256 straight pieces from -8 to 8.
#include "gradus/formats/c_source_fixed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/formats/c_source_arithmetic.h"
#include "gradus/nn/activation.h"

namespace gradus::c_source {

namespace {

constexpr std::string_view kShift = R"(/* value / 2^bits, to the nearest; halves away from zero. */
static int64_t $_shift(int64_t value, int bits) {
  const int64_t half = bits == 0 ? 0 : (int64_t)1 << (bits - 1);
  return value < 0 ? -((half - value) >> bits) : (value + half) >> bits;
}
)";
constexpr std::string_view kLimit = R"(static int32_t $_limit(int64_t value, int32_t largest) {
  return value > largest ? largest : value < -largest ? -largest : (int32_t)value;
}
)";
constexpr std::string_view kDense = R"(/* z = weights x / 2^bits + bias; a row of weights for each output. */
static void $_dense(const int16_t *weights, const int32_t *bias, int bits, const int16_t *x, int32_t inputs,
                    int32_t *z, int32_t outputs) {
  for (int32_t o = 0; o < outputs; ++o) {
    int64_t sum = 0;
    for (int32_t i = 0; i < inputs; ++i) sum += (int32_t)*weights++ * x[i];
    z[o] = $_limit($_shift(sum, bits) + bias[o], @_LARGEST);
  }
}
)";
constexpr std::string_view kStore = R"(static void $_store(const int32_t *z, int16_t *x, int32_t count) {
  for (int32_t i = 0; i < count; ++i) x[i] = (int16_t)$_limit(z[i], 32767);
}
)";
constexpr std::string_view kRelu = R"(static void $_relu(int32_t *z, int32_t count) {
  for (int32_t i = 0; i < count; ++i) z[i] = z[i] > 0 ? z[i] : 0;
}
)";
constexpr std::string_view kLeakyRelu = R"(static void $_leaky_relu(int32_t *z, int32_t count) {
  for (int32_t i = 0; i < count; ++i) z[i] = z[i] > 0 ? z[i] : z[i] / 100;
}
)";
constexpr std::string_view kLookUp =
    R"(/* A function of which `table` has 257 values; u, of 16 bits, tells the place between the first and the last. */
static int32_t $_look_up(const int16_t *table, int32_t u) {
  const int32_t at = u < 0 ? 0 : u > 65535 ? 65535 : u;
  const int16_t *piece = table + (at >> 8);
  return piece[0] + (piece[1] - piece[0]) * (at & 255) / 256;
}
)";
constexpr std::string_view kBend =
    R"(/* z with 12 fraction bits; the result has 14 - bits. The table knows the function from -8 to 8, or, where
 * `beside_relu`, how it differs from relu. */
static void $_bend(const int16_t *table, int beside_relu, int bits, int32_t *z, int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    const int32_t relu = beside_relu && z[i] > 0 ? z[i] * 4 : 0;
    z[i] = (int32_t)$_shift(relu + $_look_up(table, z[i] + 32768), bits);
  }
}
)";
constexpr std::string_view kSoftmax =
    R"(/* z with 12 fraction bits. e^z is looked up from -16 to 0 behind the largest z. */
static void $_softmax(const int32_t *z, int16_t *probabilities, int32_t count) {
  int32_t largest = z[0];
  int32_t sum = 0;
  for (int32_t i = 1; i < count; ++i) {
    if (z[i] > largest) largest = z[i];
  }
  for (int32_t i = 0; i < count; ++i) sum += $_look_up($_exp, z[i] - largest + 65536);
  for (int32_t i = 0; i < count; ++i) {
    const int64_t share = (int64_t)$_look_up($_exp, z[i] - largest + 65536) * 32768 / sum;
    probabilities[i] = (int16_t)$_limit(share, 32767);
  }
}
)";
constexpr std::string_view kLargest = R"(/* Where the largest is; of equal ones the first. */
static int $_largest(const int16_t *x, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i) {
    if (x[i] > x[best]) best = i;
  }
  return best;
}
)";

struct UnitFunction {
  const char* name;
  std::string_view text;
};

UnitFunction straight_function(Activation activation) {
  return activation == Activation::kRelu ? UnitFunction{"relu", kRelu}
                                         : UnitFunction{"leaky_relu", kLeakyRelu};
}

// Rows of the training part or of a self-test as the caller hands them over.
std::int32_t raw_number(float value, int bits) {
  const double scaled = std::ldexp(static_cast<double>(value), bits);
  return static_cast<std::int32_t>(
      std::clamp(scaled < 0 ? scaled - 0.5 : scaled + 0.5, -2147483647.0, 2147483647.0));
}

std::string raw_number_macros(int bits) {
  if (bits == 0) return "/* Raw numbers are whole, as they came. */\n#define @_INPUT_BITS 0\n";
  return fmt::format(
      "/* A raw number x as $_predict takes it: x 2^{0}, to the nearest. */\n"
      "#define @_INPUT_BITS {0}\n"
      "#define @_INPUT(x) ((int32_t)((x) * {1} + ((x) < 0 ? -0.5 : 0.5)))\n",
      bits, std::ldexp(1.0, bits));
}

class FixedArithmetic : public Arithmetic {
 public:
  FixedArithmetic(const Network& network, FixedPlan plan) : network_(network), plan_(std::move(plan)) {}

  void predict(std::span<const float> row, std::span<double> predictions) const override {
    std::vector<std::int64_t> made(predictions.size());
    predict(row, std::span(made));
    const int bits = network_.regression ? plan_.output_bits : kProbabilityBits;
    for (std::size_t p = 0; p < made.size(); ++p)
      predictions[p] = std::ldexp(static_cast<double>(made[p]), -bits);
  }

  [[nodiscard]] Parts parts() const override;

  [[nodiscard]] std::string test_tables(MatrixView<const float> rows,
                                        std::span<const double> library) const override {
    std::vector<std::int32_t> inputs;
    std::vector<std::int32_t> expected;
    const std::size_t cols = library.size() / rows.rows;
    for (std::size_t r = 0; r < rows.rows; ++r) {
      for (const float value : rows.row(r)) inputs.push_back(raw_number(value, plan_.raw_bits));
      std::vector<std::int64_t> made(cols);
      predict(rows.row(r), std::span(made));
      for (const std::int64_t value : made) expected.push_back(static_cast<std::int32_t>(value));
    }
    return table("int32_t", "$_test_inputs", std::span<const std::int32_t>(inputs)) +
           table("int32_t", "$_test_expected", std::span<const std::int32_t>(expected)) +
           "static const int32_t $_test_bound = 0;\n";
  }

 private:
  void predict(std::span<const float> row, std::span<std::int64_t> predictions) const;
  void write_inputs(Parts& parts) const;
  void write_layer(Parts& parts, const FixedLayer& layer) const;
  void write_end(Parts& parts) const;

  Network network_;
  FixedPlan plan_;
};

void FixedArithmetic::predict(std::span<const float> row, std::span<std::int64_t> predictions) const {
  std::vector<std::int16_t> x;
  for (std::size_t i = 0; i < row.size(); ++i)
    x.push_back(fixed::scaled_input(plan_, raw_number(row[i], plan_.raw_bits), i));
  std::vector<std::int32_t> z;
  for (const FixedLayer& layer : plan_.layers) {
    z = fixed::dense(layer, x);
    fixed::activate(layer, z);
    x.clear();
    for (const std::int32_t value : z) x.push_back(static_cast<std::int16_t>(fixed::limit(value, 32767)));
  }
  if (network_.regression) {
    predictions[0] = fixed::limit(
        fixed::shift(std::int64_t{z[0]} * plan_.deviation.factor, plan_.deviation.bits) + plan_.mean,
        kLargestNumber);
  } else if (network_.complement) {
    predictions[1] = 2 * std::int64_t{fixed::look_up(fixed::table_of(Activation::kSigmoid), z[0] + 32768)};
    predictions[0] = 32768 - predictions[1];
  } else {
    fixed::softmax(z, predictions);
  }
}

Parts FixedArithmetic::parts() const {
  Parts parts;
  parts.input_type = "int32_t";
  parts.output_type = network_.regression ? "int32_t" : "int16_t";
  parts.numbers_text =
      "fixed: 16 bits, whole numbers alone; weights and inputs of every layer have as many fraction bits as "
      "their ranges leave";
  parts.macros = raw_number_macros(plan_.raw_bits);
  if (network_.regression) {
    parts.macros += fmt::format(
        "/* The value that $_predict returns is 2^{0} times the target's. */\n"
        "#define @_OUTPUT_BITS {0}\n",
        plan_.output_bits);
  } else {
    parts.macros +=
        "/* Probabilities are 2^15 times what they are; the largest is 32767. */\n#define @_OUTPUT_BITS 15\n";
  }
  parts.tables +=
      fmt::format("#define @_LARGEST {} /* of a sum, so that no step overflows */\n", kLargestSum);
  write_inputs(parts);
  std::size_t widest_input = 0;
  std::size_t widest_output = 0;
  for (const FixedLayer& layer : plan_.layers) {
    widest_input = std::max(widest_input, layer.inputs);
    widest_output = std::max(widest_output, layer.bias.size());
    write_layer(parts, layer);
  }
  write_end(parts);
  parts.add_member("int32_t", "z", widest_output, sizeof(std::int32_t));
  parts.add_member("int16_t", "x", widest_input, sizeof(std::int16_t));
  parts.ram_bytes = (parts.ram_bytes + 3) / 4 * 4;
  return parts;
}

void FixedArithmetic::write_inputs(Parts& parts) const {
  parts.use(kShift);
  parts.use(kLimit);
  const bool same = plan_.input_factor.size() == 1;
  std::string factor = "$_factor[i]";
  std::string shifted = "scaled + $_shift_input[i]";
  if (same) {
    const std::int32_t shift = plan_.input_shift[0];
    factor = fmt::format("{}", plan_.input_factor[0]);
    shifted = shift == 0 ? "scaled" : fmt::format("scaled {} {}", shift < 0 ? '-' : '+', std::abs(shift));
  } else {
    parts.add_table("int32_t", "$_factor", std::span(plan_.input_factor));
    parts.add_table("int32_t", "$_shift_input", std::span(plan_.input_shift));
  }
  parts.body += fmt::format(
      "  for (int32_t i = 0; i < {}; ++i) {{\n"
      "    const int64_t scaled = $_shift((int64_t)inputs[i] * {}, {});\n"
      "    memory->x[i] = (int16_t)$_limit({}, 32767);\n  }}\n",
      network_.inputs, factor, plan_.input_factor_bits, shifted);
}

void FixedArithmetic::write_layer(Parts& parts, const FixedLayer& layer) const {
  const std::size_t outputs = layer.bias.size();
  parts.use(kDense);
  parts.add_table("int16_t", fmt::format("$_weights_{}", layer.number), std::span(layer.weights));
  parts.add_table("int32_t", fmt::format("$_bias_{}", layer.number), std::span(layer.bias));
  parts.body += fmt::format("  $_dense($_weights_{0}, $_bias_{0}, {1}, memory->x, {2}, memory->z, {3});\n",
                            layer.number, layer.bits, layer.inputs, outputs);
  if (fixed::bends(layer.activation)) {
    const std::string name = fmt::format("$_{}", name_of(layer.activation));
    if (parts.tables.find(name + "[") == std::string::npos)
      parts.add_table("int16_t", name, std::span<const std::int16_t>(fixed::table_of(layer.activation)));
    parts.use(kLookUp);
    parts.use(kBend);
    parts.body +=
        fmt::format("  $_bend({}, {}, {}, memory->z, {});\n", name,
                    fixed::is_beside_relu(layer.activation) ? 1 : 0, layer.activation_bits, outputs);
  } else if (layer.activation != Activation::kIdentity) {
    const UnitFunction function = straight_function(layer.activation);
    parts.use(function.text);
    parts.body += fmt::format("  $_{}(memory->z, {});\n", function.name, outputs);
  }
  if (&layer == &plan_.layers.back()) return;
  parts.use(kStore);
  parts.body += fmt::format("  $_store(memory->z, memory->x, {});\n", outputs);
}

void FixedArithmetic::write_end(Parts& parts) const {
  if (network_.regression) {
    parts.body += fmt::format("  return $_limit($_shift((int64_t)memory->z[0] * {}, {}) + {}, INT32_MAX);\n",
                              plan_.deviation.factor, plan_.deviation.bits, plan_.mean);
    return;
  }
  parts.use(kLookUp);
  if (network_.complement) {
    if (parts.tables.find("$_sigmoid[") == std::string::npos)
      parts.add_table("int16_t", "$_sigmoid",
                      std::span<const std::int16_t>(fixed::table_of(Activation::kSigmoid)));
    parts.body +=
        "  probabilities[1] = (int16_t)(2 * $_look_up($_sigmoid, memory->z[0] + 32768));\n"
        "  probabilities[0] = (int16_t)(32768 - probabilities[1]);\n"
        "  return probabilities[1] > probabilities[0];\n";
    return;
  }
  parts.add_table("int16_t", "$_exp", std::span<const std::int16_t>(fixed::table_of(Activation::kSoftmax)));
  parts.use(kSoftmax);
  parts.use(kLargest);
  parts.body +=
      fmt::format("  $_softmax(memory->z, probabilities, {0});\n  return $_largest(probabilities, {0});\n",
                  network_.predictions);
}

}  // namespace

std::unique_ptr<Arithmetic> fixed_arithmetic(const Network& network, MatrixView<const float> rows) {
  return std::make_unique<FixedArithmetic>(network, plan_fixed(network, rows));
}

}  // namespace gradus::c_source
