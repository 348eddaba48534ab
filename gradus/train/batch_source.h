// Batches out of a part of the data: rows gathered from their own storage, scaled on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/matrix.h"
#include "gradus/core/thread_pool.h"
#include "gradus/data/dataset.h"
#include "gradus/kernels/kernels.h"
#include "gradus/nn/loss.h"
#include "gradus/train/input_scales.h"

namespace gradus {

// Scaling is one fma(x, 1/scale, -shift/scale) in float (of uint8 and float storage; in double, rounded once,
// of double storage) and (x - shift) / scale in double. The data set must outlive the source. Not
// thread-safe.
template <class T>
class BatchSource {
 public:
  // copies: 1, or the members of the team, each of which then fills a copy of its own.
  BatchSource(const Dataset& data, const Transform& transform, std::size_t max_rows, std::size_t copies = 1);

  // samples: positions within the part, at most max_rows. The views live until the next call.
  void gather(std::span<const std::uint32_t> samples);
  // A run of positions first, first + 1, ...
  void gather(std::size_t first, std::size_t count);

  // The same for a team: start() on one thread, then fill() on each member, which takes some of the rows, or
  // all of them into its copy.
  void start(std::span<const std::uint32_t> samples);
  void start(std::size_t first, std::size_t count);
  // Of these samples x() is to have rows [own.begin, own.end) only; targets() has them all.
  void start(std::span<const std::uint32_t> samples, TeamMember::Share own);
  void fill(const TeamMember& member);
  // Where the features of these samples lie, at most max_rows: what the next gather() will wait for otherwise.
  Upcoming look_up(std::span<const std::uint32_t> samples);

  [[nodiscard]] MatrixView<const T> x() const { return {x_.data(), own_.end - own_.begin, width_, stride_}; }
  // Elements from one copy of x to the next; 0 where there is one.
  [[nodiscard]] std::size_t copy_distance() const { return copy_distance_; }
  [[nodiscard]] Targets<T> targets() const;

 private:
  [[nodiscard]] std::size_t stored_row(std::size_t sample) const;

  const Dataset& data_;
  const KernelSet<T>& kernels_ = kernels<T>();
  std::size_t cols_ = 0;    // stored features
  std::size_t width_ = 0;   // with the column of ones
  std::size_t stride_ = 0;  // of the rows of x_
  std::size_t copy_distance_ = 0;
  InputScales<T> scales_;
  AlignedBuffer<T> x_;
  std::vector<std::int32_t> labels_;
  std::vector<T> values_;
  std::vector<T> weights_;
  std::vector<std::uint32_t> positions_;
  std::span<const std::uint32_t> samples_;
  std::vector<const std::byte*> upcoming_;
  std::size_t count_ = 0;
  TeamMember::Share own_;  // samples whose features are wanted
};

extern template class BatchSource<float>;
extern template class BatchSource<double>;

}  // namespace gradus
