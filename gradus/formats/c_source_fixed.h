// Fixed point: which number has how many fraction bits, and the twin of what the C source does with them, bit for bit.
// Internal to formats/.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gradus/formats/c_source_network.h"

namespace gradus::c_source {

inline constexpr int kBendBits = 12;   // fraction bits in front of an activation that bends, and of logits
inline constexpr int kTableBits = 14;  // of its table's values
inline constexpr int kProbabilityBits = 15;
inline constexpr std::int32_t kLargestSum = 1 << 27;
inline constexpr std::int32_t kLargestNumber = 2147483647;

// factor / 2^bits
struct Ratio {
  std::int64_t factor = 0;
  int bits = 0;
};

struct FixedLayer {
  std::size_t number = 0;  // in the model
  std::size_t inputs = 0;
  std::vector<std::int16_t> weights;
  std::vector<std::int32_t> bias;
  int bits = 0;  // by which sums are shifted
  Activation activation = Activation::kIdentity;
  int activation_bits = 0;  // by which the values of one that bends are shifted
};

struct FixedPlan {
  int raw_bits = 0;  // fraction bits of raw numbers
  // Input i is raw factor[i] / 2^bits + shift[i]; one entry may stand for all.
  std::vector<std::int32_t> input_factor;
  int input_factor_bits = 0;
  std::vector<std::int32_t> input_shift;
  std::vector<FixedLayer> layers;
  Ratio deviation;  // of a regression
  std::int64_t mean = 0;
  int output_bits = 0;
};

// Ranges from these raw rows, at least one. Throws Error(kUnsupported) for layers that have no fixed form here, and for
// weights or scales that fit no format.
[[nodiscard]] FixedPlan plan_fixed(const Network& network, MatrixView<const float> rows);

namespace fixed {

[[nodiscard]] std::int64_t shift(std::int64_t value, int bits);
[[nodiscard]] std::int32_t limit(std::int64_t value, std::int32_t largest);
[[nodiscard]] std::int16_t scaled_input(const FixedPlan& plan, std::int32_t raw, std::size_t i);
[[nodiscard]] std::vector<std::int32_t> dense(const FixedLayer& layer, std::span<const std::int16_t> x);
void activate(const FixedLayer& layer, std::span<std::int32_t> z);
void softmax(std::span<const std::int32_t> z, std::span<std::int64_t> probabilities);

// Computed with a table; its table has 257 values, from -8 to 8 (of softmax e^z from -16 to 0), with kTableBits.
[[nodiscard]] bool bends(Activation activation);
// Its table holds how it differs from relu.
[[nodiscard]] bool is_beside_relu(Activation activation);
[[nodiscard]] const std::vector<std::int16_t>& table_of(Activation activation);
[[nodiscard]] std::int32_t look_up(std::span<const std::int16_t> table, std::int32_t u);

}  // namespace fixed
}  // namespace gradus::c_source
