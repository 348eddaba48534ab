#include "gradus/train/streams.h"

namespace gradus {

namespace {
constexpr std::uint32_t kStreamCount = 5;
}

Streams::Streams(const RunConfig& config) {
  const GeneratorKind kind = config.generator == "mt19937" ? GeneratorKind::kMt19937 : GeneratorKind::kPcg64;
  const auto seed = static_cast<std::uint64_t>(config.seed);
  if (config.streams == "shared") {
    generators_.emplace_back(kind, seed);
  } else {
    for (std::uint32_t k = 0; k < kStreamCount; ++k) {
      generators_.push_back(config.streams == "fresh" ? Generator(kind, seed) : Generator(kind, seed, k));
    }
  }
  weights().skip_uniforms(static_cast<std::uint64_t>(config.skip_draws));
}

}  // namespace gradus
