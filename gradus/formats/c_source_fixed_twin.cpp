// What the functions of fixed-point C source compute, operation by operation.
#include <algorithm>
#include <cmath>

#include "gradus/formats/c_source_fixed.h"

namespace gradus::c_source::fixed {

namespace {

double tabled(Activation activation, double z) {
  if (activation == Activation::kSoftmax) return std::exp(z - 8);
  double value[] = {z};
  apply_activation<double>(activation, value);
  return is_beside_relu(activation) ? value[0] - std::max(z, 0.0) : value[0];
}

std::vector<std::int16_t> make_table(Activation activation) {
  std::vector<std::int16_t> table;
  if (!bends(activation)) return table;
  for (int piece = 0; piece <= 256; ++piece) {
    const double value = tabled(activation, piece / 16.0 - 8);
    table.push_back(static_cast<std::int16_t>(std::llround(std::ldexp(value, kTableBits))));
  }
  return table;
}

}  // namespace

std::int64_t shift(std::int64_t value, int bits) {
  const std::int64_t half = bits == 0 ? 0 : std::int64_t{1} << (bits - 1);
  return value < 0 ? -((half - value) >> bits) : (value + half) >> bits;
}

std::int32_t limit(std::int64_t value, std::int32_t largest) {
  return value > largest ? largest : value < -largest ? -largest : static_cast<std::int32_t>(value);
}

std::int16_t scaled_input(const FixedPlan& plan, std::int32_t raw, std::size_t i) {
  const std::size_t entry = plan.input_factor.size() == 1 ? 0 : i;
  const std::int64_t scaled = shift(std::int64_t{raw} * plan.input_factor[entry], plan.input_factor_bits);
  return static_cast<std::int16_t>(limit(scaled + plan.input_shift[entry], 32767));
}

std::vector<std::int32_t> dense(const FixedLayer& layer, std::span<const std::int16_t> x) {
  std::vector<std::int32_t> z(layer.bias.size());
  const std::int16_t* weight = layer.weights.data();
  for (std::size_t o = 0; o < z.size(); ++o) {
    std::int64_t sum = 0;
    for (const std::int16_t value : x) sum += std::int64_t{*weight++} * value;
    z[o] = limit(shift(sum, layer.bits) + layer.bias[o], kLargestSum);
  }
  return z;
}

bool bends(Activation activation) {
  return activation != Activation::kIdentity && activation != Activation::kRelu &&
         activation != Activation::kLeakyRelu;
}

bool is_beside_relu(Activation activation) {
  return activation == Activation::kElu || activation == Activation::kGelu ||
         activation == Activation::kSilu || activation == Activation::kSoftplus;
}

const std::vector<std::int16_t>& table_of(Activation activation) {
  static const auto tables = [] {
    std::vector<std::vector<std::int16_t>> all;
    for (int f = 0; f <= static_cast<int>(Activation::kSoftmax); ++f)
      all.push_back(make_table(static_cast<Activation>(f)));
    return all;
  }();
  return tables[static_cast<std::size_t>(activation)];
}

std::int32_t look_up(std::span<const std::int16_t> table, std::int32_t u) {
  const std::int32_t at = u < 0 ? 0 : u > 65535 ? 65535 : u;
  const std::int16_t* piece = table.data() + (at >> 8);
  return piece[0] + (piece[1] - piece[0]) * (at & 255) / 256;
}

void activate(const FixedLayer& layer, std::span<std::int32_t> z) {
  for (std::int32_t& value : z) {
    if (layer.activation == Activation::kRelu) {
      value = value > 0 ? value : 0;
    } else if (layer.activation == Activation::kLeakyRelu) {
      value = value > 0 ? value : value / 100;
    } else if (bends(layer.activation)) {
      const std::int32_t relu = is_beside_relu(layer.activation) && value > 0 ? value * 4 : 0;
      const std::int32_t bent = relu + look_up(table_of(layer.activation), value + 32768);
      value = static_cast<std::int32_t>(shift(bent, layer.activation_bits));
    }
  }
}

void softmax(std::span<const std::int32_t> z, std::span<std::int64_t> probabilities) {
  const std::int32_t largest = *std::ranges::max_element(z);
  const std::vector<std::int16_t>& table = table_of(Activation::kSoftmax);
  std::int64_t sum = 0;
  for (const std::int32_t value : z) sum += look_up(table, value - largest + 65536);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const std::int64_t share = look_up(table, z[i] - largest + 65536) * std::int64_t{32768} / sum;
    probabilities[i] = limit(share, 32767);
  }
}

}  // namespace gradus::c_source::fixed
