// NumPy's random generators, bit for bit: Pcg64 is numpy.random.default_rng(seed), Mt19937 is
// numpy.random.RandomState(seed).
//
// Every use of randomness (initial weights, split, order, dropout) names its own stream. Not thread-safe: one
// owner each. Normal draws call the C library's log, log1p and exp, as NumPy does; everything else is integer
// arithmetic and exact.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace gradus {

// numpy.random.SeedSequence(entropy, spawn_key=...): O'Neill's seed_seq alternative, pool of four 32-bit
// words.
class SeedSequence {
 public:
  explicit SeedSequence(std::uint64_t entropy, std::span<const std::uint32_t> spawn_key = {});
  // generate_state(count, uint32) and generate_state(count, uint64).
  [[nodiscard]] std::vector<std::uint32_t> generate32(std::size_t count) const;
  [[nodiscard]] std::vector<std::uint64_t> generate64(std::size_t count) const;

 private:
  std::array<std::uint32_t, 4> pool_;
};

__extension__ typedef unsigned __int128 Uint128;

// PCG XSL-RR 128/64, numpy.random.Generator(PCG64(...)).
class Pcg64 {
 public:
  explicit Pcg64(std::uint64_t seed) : Pcg64(SeedSequence(seed)) {}
  explicit Pcg64(const SeedSequence& seed);

  std::uint64_t next_uint64() {
    state_ = state_ * kMultiplier + increment_;
    const auto folded = static_cast<std::uint64_t>(state_ >> 64) ^ static_cast<std::uint64_t>(state_);
    return std::rotr(folded, static_cast<int>(state_ >> 122));
  }
  // Low half of a 64-bit draw first; the high half is kept for the next call.
  std::uint32_t next_uint32() {
    if (has_uint32_) {
      has_uint32_ = false;
      return uint32_;
    }
    const std::uint64_t both = next_uint64();
    has_uint32_ = true;
    uint32_ = static_cast<std::uint32_t>(both >> 32);
    return static_cast<std::uint32_t>(both);
  }
  double uniform();                                            // [0, 1), 53 bits
  double normal();                                             // 256-step ziggurat
  std::int64_t integers(std::int64_t low, std::int64_t high);  // [low, high), Lemire; low < high
  std::uint64_t interval(std::uint64_t max);  // [0, max], masked rejection (shuffle, permutation)
  void advance(std::uint64_t draws);          // skips that many 64-bit draws

  template <class Archive>
  void transfer(Archive& archive) {
    archive(state_, increment_, has_uint32_, uint32_);
    archive.require((increment_ & 1) == 1, "an increment that is even");
  }

  friend bool operator==(const Pcg64&, const Pcg64&) = default;

 private:
  static constexpr Uint128 kMultiplier = Uint128{0x2360ed051fc65da4} << 64 | 0x4385df649fccf645;

  Uint128 state_ = 0;
  Uint128 increment_ = 0;
  bool has_uint32_ = false;
  std::uint32_t uint32_ = 0;
};

// Mersenne Twister 19937, the legacy numpy.random.RandomState.
class Mt19937 {
 public:
  explicit Mt19937(std::uint32_t seed);            // RandomState(seed), numpy.random.seed(seed)
  explicit Mt19937(const SeedSequence& sequence);  // RandomState(MT19937(SeedSequence(...)))

  std::uint32_t next_uint32();
  std::uint64_t next_uint64();
  double uniform();  // [0, 1), 53 bits from two draws
  double normal();   // Marsaglia's polar method; the second value of a pair is kept
  // RandomState.randint(low, high): masked rejection.
  std::int64_t integers(std::int64_t low, std::int64_t high);
  std::uint64_t interval(std::uint64_t max);
  void advance(std::uint64_t draws);  // skips that many 32-bit draws

  template <class Archive>
  void transfer(Archive& archive) {
    archive(key_, position_, has_normal_, normal_);
    archive.require(position_ <= key_.size(), "a place behind the generator's words");
  }

  friend bool operator==(const Mt19937&, const Mt19937&) = default;

 private:
  std::array<std::uint32_t, 624> key_{};
  std::size_t position_ = 624;
  bool has_normal_ = false;
  double normal_ = 0;
};

// Which of NumPy's bit generators.
enum class GeneratorKind { kPcg64, kMt19937 };

// Either of the two behind one face, with the array calls that both share.
class Generator {
 public:
  // mt19937 takes the seed modulo 2^32, as numpy.random.seed wants it.
  Generator(GeneratorKind kind, std::uint64_t seed);
  // Stream k of a seed: SeedSequence(seed, spawn_key=(k,)).
  Generator(GeneratorKind kind, std::uint64_t seed, std::uint32_t stream);

  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal();
  double normal(double mean, double deviation) { return mean + deviation * normal(); }
  std::int64_t integers(std::int64_t low, std::int64_t high);
  std::uint64_t interval(std::uint64_t max);
  void skip_uniforms(std::uint64_t count);

  // From the last element down: swap(i, interval(i)). NumPy's shuffle of a list or one-dimensional array.
  template <class T>
  void shuffle(std::span<T> values) {
    std::visit(
        [&](auto& engine) {
          std::size_t i = values.empty() ? 0 : values.size() - 1;
          for (; i > 0xffffffff; --i) std::swap(values[i], values[engine.interval(i)]);
          // interval() without a branch: up to half of the draws are rejected, too many to be guessed right.
          while (i > 0) {
            const std::uint32_t mask = 0xffffffff >> std::countl_zero(static_cast<std::uint32_t>(i));
            const std::size_t drawn = engine.next_uint32() & mask;
            const bool accepted = drawn <= i;
            std::swap(values[i], values[accepted ? drawn : i]);
            i -= accepted ? 1 : 0;
          }
        },
        engine_);
  }
  // 0 .. count-1 shuffled: Generator.permutation(count), RandomState.permutation(count).
  [[nodiscard]] std::vector<std::uint32_t> permutation(std::size_t count);

  // Into one of the same kind.
  template <class Archive>
  void transfer(Archive& archive) {
    std::visit([&](auto& engine) { archive(engine); }, engine_);
  }

  friend bool operator==(const Generator&, const Generator&) = default;

 private:
  std::variant<Pcg64, Mt19937> engine_;
};

}  // namespace gradus
