// NumPy's SeedSequence: entropy and spawn key, in 32-bit words, are hashed into a pool of four words, from
// which any amount of state is drawn. The constants are those of M. E. O'Neill's randutils seed_seq_fe.
#include <vector>

#include "gradus/core/random.h"

namespace gradus {
namespace {

constexpr std::uint32_t kInitA = 0x43b0d7e5;
constexpr std::uint32_t kMultA = 0x931e8875;
constexpr std::uint32_t kInitB = 0x8b51f9dd;
constexpr std::uint32_t kMultB = 0x58f38ded;
constexpr std::uint32_t kMixLeft = 0xca01f9dd;
constexpr std::uint32_t kMixRight = 0x4973f715;

// A hash whose constant moves on with every word.
class Hash {
 public:
  Hash(std::uint32_t init, std::uint32_t multiplier) : constant_(init), multiplier_(multiplier) {}
  std::uint32_t operator()(std::uint32_t value) {
    value ^= constant_;
    constant_ *= multiplier_;
    value *= constant_;
    return value ^ (value >> 16);
  }

 private:
  std::uint32_t constant_;
  std::uint32_t multiplier_;
};

std::uint32_t mix(std::uint32_t x, std::uint32_t y) {
  const std::uint32_t result = kMixLeft * x - kMixRight * y;
  return result ^ (result >> 16);
}

}  // namespace

SeedSequence::SeedSequence(std::uint64_t entropy, std::span<const std::uint32_t> spawn_key) {
  // Two words of entropy, then zeros: NumPy pads the same way before it appends a spawn key.
  pool_ = {static_cast<std::uint32_t>(entropy), static_cast<std::uint32_t>(entropy >> 32), 0, 0};
  Hash hash(kInitA, kMultA);
  for (std::uint32_t& word : pool_) word = hash(word);
  for (std::size_t from = 0; from < pool_.size(); ++from) {
    for (std::size_t to = 0; to < pool_.size(); ++to) {
      if (from != to) pool_[to] = mix(pool_[to], hash(pool_[from]));
    }
  }
  for (const std::uint32_t key : spawn_key) {
    for (std::uint32_t& word : pool_) word = mix(word, hash(key));
  }
}

std::vector<std::uint32_t> SeedSequence::generate32(std::size_t count) const {
  Hash hash(kInitB, kMultB);
  std::vector<std::uint32_t> words(count);
  for (std::size_t i = 0; i < count; ++i) words[i] = hash(pool_[i % pool_.size()]);
  return words;
}

std::vector<std::uint64_t> SeedSequence::generate64(std::size_t count) const {
  const std::vector<std::uint32_t> halves = generate32(2 * count);
  std::vector<std::uint64_t> words(count);
  for (std::size_t i = 0; i < count; ++i) {
    words[i] = halves[2 * i] | static_cast<std::uint64_t>(halves[2 * i + 1]) << 32;
  }
  return words;
}

}  // namespace gradus
