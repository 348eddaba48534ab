// Fraction bits from ranges: of raw numbers, of each layer's inputs, weights and sums, of a regression's value.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/formats/c_source_fixed.h"
#include "gradus/nn/activation.h"

namespace gradus::c_source {

namespace {

constexpr int kMostBits = 24;
constexpr int kFactorBits = 29;  // of a ratio's factor: times a raw number it stays below 2^63

double largest_of(std::span<const float> values) {
  double largest = 0;
  for (const float value : values) largest = std::max(largest, std::abs(static_cast<double>(value)));
  return largest;
}

double largest_of(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// With so many fraction bits the largest is still below 2^bits.
int fraction_bits(double largest, int bits) {
  if (largest == 0) return bits - 1;
  return std::min(bits - 1 - std::ilogb(largest), kMostBits);
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("writing C source: {}; fixed point has no form for it; use --numbers float or int8", what));
}

int ratio_bits(double largest) {
  const int bits = std::min(kFactorBits - 1 - std::ilogb(largest), 62);
  if (bits < 1) refuse(fmt::format("a scale of {:.3g}", largest));
  return bits;
}

std::int32_t whole(double value, double largest, const char* what) {
  if (std::abs(value) > largest) refuse(fmt::format("{} of {:.3g}", what, value));
  return static_cast<std::int32_t>(std::llround(value));
}

// A dense layer and what stands behind it: an activation, or nothing.
struct Pair {
  const Step* dense;
  Activation activation;
};

std::vector<Pair> pairs_of(const Network& network) {
  std::vector<Pair> pairs;
  for (const Step& step : network.steps) {
    if (step.kind == LayerKind::kDense) {
      pairs.push_back({&step, Activation::kIdentity});
      continue;
    }
    if (step.kind != LayerKind::kActivation)
      refuse(fmt::format("layer {} is a {} normalization", step.layer,
                         step.kind == LayerKind::kLayerNorm ? "layer" : "batch"));
    if (pairs.empty() || pairs.back().activation != Activation::kIdentity)
      refuse(fmt::format("layer {} is no dense layer's activation", step.layer));
    if (step.activation == Activation::kSoftmax)
      refuse(fmt::format("layer {} is a softmax between layers", step.layer));
    if (step.activation == Activation::kExp)
      refuse(fmt::format("layer {} is an exp, which has no bound", step.layer));
    pairs.back().activation = step.activation;
  }
  if (pairs.back().activation != Activation::kIdentity)
    refuse(fmt::format("the outputs end in {}", name_of(pairs.back().activation)));
  if (network.link == Activation::kIdentity && !network.regression)
    refuse("the outputs are classes without softmax or sigmoid");
  return pairs;
}

FixedLayer layer_of(const Pair& pair, int input_bits, int weight_bits, int sum_bits) {
  const Step& step = *pair.dense;
  FixedLayer layer{.number = step.layer,
                   .inputs = step.inputs,
                   .weights = {},
                   .bias = {},
                   .bits = weight_bits + input_bits - sum_bits,
                   .activation = pair.activation};
  for (const double weight : step.weights) {
    const double scaled = std::ldexp(weight, weight_bits);
    layer.weights.push_back(static_cast<std::int16_t>(std::clamp(std::llround(scaled), -32767LL, 32767LL)));
  }
  for (const double bias : step.bias)
    layer.bias.push_back(whole(std::ldexp(bias, sum_bits), kLargestSum, "a bias"));
  return layer;
}

void plan_layers(const Network& network, const std::vector<std::vector<float>>& ranges, int input_bits,
                 FixedPlan& plan) {
  const std::vector<Pair> pairs = pairs_of(network);
  for (std::size_t p = 0; p < pairs.size(); ++p) {
    const bool last = p + 1 == pairs.size();
    const bool bend = fixed::bends(pairs[p].activation) || (last && !network.regression);
    const int weight_bits = fraction_bits(largest_of(pairs[p].dense->weights), 15);
    // Behind this layer: what the next one's 16 bits hold, or what is left of 27.
    const int wanted = fraction_bits(largest_of(ranges[p + 1]), last ? 26 : 15);
    const int most = weight_bits + input_bits;
    const int sum_bits = bend ? kBendBits : std::min(wanted, most);
    if (sum_bits > most)
      refuse(fmt::format("layer {} has weights or inputs that are too large", pairs[p].dense->layer));
    FixedLayer layer = layer_of(pairs[p], input_bits, weight_bits, sum_bits);
    input_bits = sum_bits;
    if (fixed::bends(layer.activation)) {
      input_bits = std::min(wanted, kTableBits);
      layer.activation_bits = kTableBits - input_bits;
    }
    plan.layers.push_back(std::move(layer));
  }
  if (!network.regression) return;
  const double largest = std::abs(network.mean) + network.deviation * largest_of(ranges.back());
  plan.output_bits = fraction_bits(largest, 28);
  const double factor = std::ldexp(network.deviation, plan.output_bits - input_bits);
  plan.deviation.bits = ratio_bits(factor);
  plan.deviation.factor = std::llround(std::ldexp(factor, plan.deviation.bits));
  plan.mean = std::llround(std::ldexp(network.mean, plan.output_bits));
}

// Whole numbers as they are, others with as many bits as leave room for sixteen times the largest.
int raw_bits_of(MatrixView<const float> rows) {
  bool whole = true;
  double largest = 0;
  for (std::size_t r = 0; r < rows.rows; ++r) {
    largest = std::max(largest, largest_of(rows.row(r)));
    whole = whole && std::ranges::all_of(rows.row(r), [](float x) { return std::trunc(x) == x; });
  }
  const int bits = fraction_bits(largest, 27);
  return whole && bits > 0 ? 0 : bits;
}

void plan_inputs(const Network& network, int input_bits, FixedPlan& plan) {
  const bool scaled = !network.shift.empty();
  const std::vector<double> shift = scaled ? network.shift : std::vector<double>{0};
  std::vector<double> factor;
  for (std::size_t e = 0; e < shift.size(); ++e)
    factor.push_back(std::ldexp(scaled ? 1 / network.scale[e] : 1, input_bits - plan.raw_bits));
  plan.input_factor_bits = ratio_bits(largest_of(factor));
  for (std::size_t e = 0; e < shift.size(); ++e) {
    plan.input_factor.push_back(
        static_cast<std::int32_t>(std::llround(std::ldexp(factor[e], plan.input_factor_bits))));
    const double shifted = std::ldexp(scaled ? -shift[e] / network.scale[e] : 0, input_bits);
    plan.input_shift.push_back(whole(shifted, 1 << 30, "the shift of an input by"));
  }
}

}  // namespace

FixedPlan plan_fixed(const Network& network, MatrixView<const float> rows) {
  FixedPlan plan;
  (void)pairs_of(network);
  const std::vector<std::vector<float>> ranges = values_before_dense(network, rows);
  plan.raw_bits = raw_bits_of(rows);
  const int input_bits = fraction_bits(largest_of(ranges[0]), 15);
  plan_inputs(network, input_bits, plan);
  plan_layers(network, ranges, input_bits, plan);
  return plan;
}

}  // namespace gradus::c_source
