// Which elements a dropout layer drops: a function of (seed, step, layer, row of the batch, unit), so that no
// mask is stored, the backward pass finds the same one, and order, threads and vectors cannot change it.
//
// A row's 64-bit key is mixed from seed, step, layer and row. A unit's 32 bits are three rounds of multiply
// and xor-shift over unit + low half of the key, the high half added after the first. (Constants: C. Wellons,
// hash-prospector, triple32; two rounds showed correlated neighbours in 5e7 pairs, three none in tables of
// the same size; Philox4x32-10 would take 20 wide products for four units where this takes 12 narrow ones.)
#pragma once

#include <cstdint>

namespace gradus {

// One layer's mask at one step. An element is dropped where its bits are below `threshold`.
struct DropoutMask {
  std::uint64_t key = 0;
  std::uint32_t threshold = 0;
};

namespace dropout {

inline constexpr std::uint64_t kStride = 0x9e3779b97f4a7c15;
inline constexpr std::uint32_t kMultipliers[] = {0xed5ad4bb, 0xac4c1b51, 0x31848bab};
inline constexpr int kShifts[] = {17, 11, 15, 14};

// SplitMix64's finalizer (Steele et al. 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

constexpr std::uint64_t layer_key(std::uint64_t seed, std::uint64_t step, std::uint64_t layer) {
  return mix(mix(seed + (step + 1) * kStride) + (layer + 1) * kStride);
}

constexpr std::uint64_t row_key(std::uint64_t layer_key, std::uint64_t row) {
  return mix(layer_key + (row + 1) * kStride);
}

constexpr std::uint32_t bits(std::uint64_t row_key, std::uint32_t unit) {
  std::uint32_t x = unit + static_cast<std::uint32_t>(row_key);
  x = (x ^ (x >> kShifts[0])) * kMultipliers[0];
  x = (x ^ (x >> kShifts[1])) + static_cast<std::uint32_t>(row_key >> 32);
  x *= kMultipliers[1];
  x = (x ^ (x >> kShifts[2])) * kMultipliers[2];
  return x ^ (x >> kShifts[3]);
}

// rate in [0, 1) of 2^32, to the nearest.
constexpr std::uint32_t threshold(double rate) {
  const double scaled = rate * 4294967296.0 + 0.5;
  return scaled >= 4294967295.0 ? 4294967295U : static_cast<std::uint32_t>(scaled);
}

constexpr bool drops(const DropoutMask& mask, std::uint64_t row, std::uint32_t unit) {
  return bits(row_key(mask.key, row), unit) < mask.threshold;
}

}  // namespace dropout
}  // namespace gradus
