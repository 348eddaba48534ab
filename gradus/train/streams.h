// Which generator each use of randomness draws from.
//
//   spawned  each use has its own stream, SeedSequence(seed, spawn_key=(k,)): changing one use moves no other
//   fresh    each use has its own default_rng(seed) (or RandomState(seed)), all in the same first state
//            (report 002)
//   shared   one generator for all, in the order split, labels, weights, dropout, batch order (reports 001, 003, 004)
#pragma once

#include <vector>

#include "gradus/core/random.h"
#include "gradus/train/run_config.h"

namespace gradus {

// The random numbers of a run: a stream for each use, so that changing one use does not move another.
class Streams {
 public:
  explicit Streams(const RunConfig& config);

  // Numbers k of the spawned streams; they are part of the numerics contract.
  [[nodiscard]] Generator& weights() { return use(0); }
  [[nodiscard]] Generator& split() { return use(1); }
  [[nodiscard]] Generator& order() { return use(2); }
  [[nodiscard]] Generator& labels() { return use(3); }
  // One draw, the seed of all masks, after the weights; none without dropout.
  [[nodiscard]] Generator& dropout() { return use(4); }

  // Where each of them stands, of streams of the same configuration.
  template <class Archive>
  void transfer(Archive& archive) {
    for (Generator& generator : generators_) archive(generator);
  }

 private:
  [[nodiscard]] Generator& use(std::size_t k) { return generators_[generators_.size() == 1 ? 0 : k]; }

  std::vector<Generator> generators_;
};

}  // namespace gradus
