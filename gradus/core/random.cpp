// NumPy's PCG64 and MT19937 with its ways of drawing doubles, normals and bounded integers.
#include "gradus/core/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "gradus/core/error.h"
#include "gradus/core/random_tables.h"

namespace gradus {
namespace {

constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kMax64 = std::numeric_limits<std::uint64_t>::max();

constexpr std::size_t kMtWords = 624;

// How far beyond `low` the largest allowed value lies.
std::uint64_t inclusive_range(std::int64_t low, std::int64_t high) {
  GRADUS_ASSERT(low < high, low, high);
  return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) - 1;
}

std::int64_t add_offset(std::int64_t low, std::uint64_t offset) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + offset);
}

// [0, max]: draws under the smallest mask that covers max until one fits; 32-bit draws where they suffice.
template <class Engine>
std::uint64_t masked_rejection(Engine& engine, std::uint64_t max) {
  if (max == 0) return 0;
  const std::uint64_t mask = kMax64 >> std::countl_zero(max);
  while (true) {
    const std::uint64_t value = (max <= kMax32 ? engine.next_uint32() : engine.next_uint64()) & mask;
    if (value <= max) return value;
  }
}

// [0, range] by D. Lemire's multiplication, range < 2^32 - 1.
std::uint64_t lemire32(Pcg64& engine, std::uint32_t range) {
  const std::uint32_t count = range + 1;
  std::uint64_t product = std::uint64_t{engine.next_uint32()} * count;
  if (static_cast<std::uint32_t>(product) < count) {
    const std::uint32_t threshold = (static_cast<std::uint32_t>(kMax32) - range) % count;
    while (static_cast<std::uint32_t>(product) < threshold)
      product = std::uint64_t{engine.next_uint32()} * count;
  }
  return product >> 32;
}

// The same in 64 bits, range < 2^64 - 1.
std::uint64_t lemire64(Pcg64& engine, std::uint64_t range) {
  const std::uint64_t count = range + 1;
  Uint128 product = Uint128{engine.next_uint64()} * count;
  if (static_cast<std::uint64_t>(product) < count) {
    const std::uint64_t threshold = (kMax64 - range) % count;
    while (static_cast<std::uint64_t>(product) < threshold) product = Uint128{engine.next_uint64()} * count;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

// Beyond the last step of the ziggurat: Marsaglia's tail. log1p(-u) keeps clear of log(0).
double normal_tail(Pcg64& engine) {
  while (true) {
    const double x = -kZigguratInverseR * std::log1p(-engine.uniform());
    const double y = -std::log1p(-engine.uniform());
    if (y + y > x * x) return kZigguratR + x;
  }
}

std::array<std::uint32_t, kMtWords> mt_key(std::uint32_t seed) {
  std::array<std::uint32_t, kMtWords> key;
  key[0] = seed;
  for (std::uint32_t i = 1; i < kMtWords; ++i) key[i] = 1812433253u * (key[i - 1] ^ (key[i - 1] >> 30)) + i;
  return key;
}

void mt_next_block(std::array<std::uint32_t, kMtWords>& key) {
  for (std::size_t i = 0; i < kMtWords; ++i) {
    const std::uint32_t y = (key[i] & 0x80000000u) | (key[(i + 1) % kMtWords] & 0x7fffffffu);
    key[i] = key[(i + 397) % kMtWords] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908b0dfu : 0u);
  }
}

}  // namespace

Pcg64::Pcg64(const SeedSequence& seed) {
  const std::vector<std::uint64_t> words = seed.generate64(4);
  increment_ = (Uint128{words[2]} << 64 | words[3]) << 1 | 1;
  state_ = increment_ + (Uint128{words[0]} << 64 | words[1]);
  state_ = state_ * kMultiplier + increment_;
}

double Pcg64::uniform() {
  return static_cast<double>(next_uint64() >> 11) * 0x1p-53;
}

double Pcg64::normal() {
  while (true) {
    // From the lowest bit up: eight for the step, one for the sign, 52 for the place in the step.
    const std::uint64_t bits = next_uint64();
    const std::size_t step = bits & 0xff;
    const bool negative = (bits >> 8 & 1) != 0;
    const std::uint64_t place = bits >> 9 & 0xfffffffffffff;
    const double magnitude = static_cast<double>(place) * kZigguratWidth[step];
    const double x = negative ? -magnitude : magnitude;
    if (place < kZigguratInside[step]) return x;
    if (step == 0) {
      const double tail = normal_tail(*this);
      return (place >> 8 & 1) != 0 ? -tail : tail;  // NumPy takes the tail's sign from the place
    }
    const double below = kZigguratHeight[step];
    const double above = kZigguratHeight[step - 1];
    if ((above - below) * uniform() + below < std::exp(-0.5 * x * x)) return x;
  }
}

std::int64_t Pcg64::integers(std::int64_t low, std::int64_t high) {
  const std::uint64_t range = inclusive_range(low, high);
  if (range == 0) return low;
  if (range < kMax32) return add_offset(low, lemire32(*this, static_cast<std::uint32_t>(range)));
  if (range == kMax32) return add_offset(low, next_uint32());
  return add_offset(low, lemire64(*this, range));
}

std::uint64_t Pcg64::interval(std::uint64_t max) {
  return masked_rejection(*this, max);
}

// Squares the step of the congruential generator, bit by bit of `draws` (F. B. Brown, 1994).
void Pcg64::advance(std::uint64_t draws) {
  Uint128 multiplier = 1;
  Uint128 increment = 0;
  Uint128 step_multiplier = kMultiplier;
  Uint128 step_increment = increment_;
  for (; draws > 0; draws >>= 1) {
    if ((draws & 1) != 0) {
      multiplier *= step_multiplier;
      increment = increment * step_multiplier + step_increment;
    }
    step_increment *= step_multiplier + 1;
    step_multiplier *= step_multiplier;
  }
  state_ = multiplier * state_ + increment;
}

Mt19937::Mt19937(std::uint32_t seed) : key_(mt_key(seed)) {}

Mt19937::Mt19937(const SeedSequence& sequence) {
  const std::vector<std::uint32_t> words = sequence.generate32(kMtWords);
  std::copy(words.begin(), words.end(), key_.begin());
  key_[0] = 0x80000000u;     // never all zeros
  position_ = kMtWords - 1;  // as NumPy leaves it: the last word is drawn before the first block is made
}

std::uint32_t Mt19937::next_uint32() {
  if (position_ == kMtWords) {
    mt_next_block(key_);
    position_ = 0;
  }
  std::uint32_t y = key_[position_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

std::uint64_t Mt19937::next_uint64() {
  const std::uint64_t high = next_uint32();
  return high << 32 | next_uint32();
}

double Mt19937::uniform() {
  const std::uint32_t a = next_uint32() >> 5;
  const std::uint32_t b = next_uint32() >> 6;
  return (a * 67108864.0 + b) / 9007199254740992.0;
}

double Mt19937::normal() {
  if (has_normal_) {
    has_normal_ = false;
    return std::exchange(normal_, 0.0);
  }
  while (true) {
    const double x1 = 2.0 * uniform() - 1.0;
    const double x2 = 2.0 * uniform() - 1.0;
    const double r2 = x1 * x1 + x2 * x2;
    if (r2 >= 1.0 || r2 == 0.0) continue;
    const double factor = std::sqrt(-2.0 * std::log(r2) / r2);
    has_normal_ = true;
    normal_ = factor * x1;
    return factor * x2;
  }
}

std::int64_t Mt19937::integers(std::int64_t low, std::int64_t high) {
  return add_offset(low, masked_rejection(*this, inclusive_range(low, high)));
}

std::uint64_t Mt19937::interval(std::uint64_t max) {
  return masked_rejection(*this, max);
}

void Mt19937::advance(std::uint64_t draws) {
  while (draws > kMtWords - position_) {
    draws -= kMtWords - position_;
    mt_next_block(key_);
    position_ = 0;
  }
  position_ += draws;
}

Generator::Generator(GeneratorKind kind, std::uint64_t seed)
    : engine_(kind == GeneratorKind::kPcg64 ? std::variant<Pcg64, Mt19937>(Pcg64(seed))
                                            : Mt19937(static_cast<std::uint32_t>(seed))) {}

Generator::Generator(GeneratorKind kind, std::uint64_t seed, std::uint32_t stream)
    : engine_(kind == GeneratorKind::kPcg64
                  ? std::variant<Pcg64, Mt19937>(Pcg64(SeedSequence(seed, {&stream, 1})))
                  : Mt19937(SeedSequence(seed, {&stream, 1}))) {}

double Generator::uniform() {
  return std::visit([](auto& engine) { return engine.uniform(); }, engine_);
}

double Generator::normal() {
  return std::visit([](auto& engine) { return engine.normal(); }, engine_);
}

std::int64_t Generator::integers(std::int64_t low, std::int64_t high) {
  return std::visit([&](auto& engine) { return engine.integers(low, high); }, engine_);
}

std::uint64_t Generator::interval(std::uint64_t max) {
  return std::visit([&](auto& engine) { return engine.interval(max); }, engine_);
}

void Generator::skip_uniforms(std::uint64_t count) {
  if (auto* pcg = std::get_if<Pcg64>(&engine_)) {
    pcg->advance(count);
  } else {
    std::get<Mt19937>(engine_).advance(2 * count);
  }
}

std::vector<std::uint32_t> Generator::permutation(std::size_t count) {
  GRADUS_ASSERT(count <= kMax32, count);
  std::vector<std::uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  shuffle(std::span(order));
  return order;
}

}  // namespace gradus
