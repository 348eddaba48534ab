// What a propagation sums over the rows of a batch where these are dealt out in slices: gradients of weights, and what
// normalizations sum over columns. The slices of this process one after the other, all slices in the fixed tree.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/matrix.h"
#include "gradus/core/thread_pool.h"
#include "gradus/dist/process_group.h"
#include "gradus/dist/slice_tree.h"
#include "gradus/dist/tree_sum.h"
#include "gradus/kernels/kernels.h"

namespace gradus {

// A dense layer's gradient, or some columns of it, in the block of gradients.
struct GradientPlace {
  std::size_t weight = 0;  // of its first element
  std::size_t stride = 0;  // from row to row
  std::optional<std::size_t> bias = {};
};

// Shared by the members of one team; matrices hold the rows of this process.
template <class T>
class SliceSums {
 public:
  // block_size: of the gradients; tallest: the widest layer, inputs included; normalized: the widest
  // normalization.
  SliceSums(ProcessGroup& group, std::size_t slices, std::size_t block_size, std::size_t tallest,
            std::size_t normalized, std::size_t members);

  // On one thread before a batch of so many rows, of which this process has own_rows().
  void start(std::size_t batch_rows) { batch_rows_ = batch_rows; }
  [[nodiscard]] std::size_t batch_rows() const { return batch_rows_; }
  [[nodiscard]] SliceRange own_rows() const { return tree_.rows_of_process(group_.rank(), batch_rows_); }
  [[nodiscard]] const SliceTree& tree() const { return tree_; }

  // Leaves this process's sums of kernels.dense_weight_gradient over its slices: of the columns of dz.
  void weight_gradient(const KernelSet<T>& kernels, MatrixView<const T> x, MatrixView<const T> dz,
                       const GradientPlace& place, const TeamMember& member);
  // Called by all members with what weight_gradient() has filled: brings it together with that of the other processes.
  void share(std::size_t begin, std::size_t end, const TeamMember& member);
  // Called by all members when the walk down is over: total() are the gradients of the batch, or the parameters.
  void finish(const TeamMember& member);
  [[nodiscard]] std::span<T> total() { return gradients_.total(); }
  // Whether total() is one memory of all processes. Then process 0 alone writes what is not summed, and all meet_processes().
  [[nodiscard]] bool is_common() const { return gradients_.is_common(); }
  [[nodiscard]] bool writes_the_rest() const { return !is_common() || group_.rank() == 0; }
  void meet_processes(const TeamMember& member);
  // For several processes: total() are not gradients but parameters. Each process moves its share of them, move(begin, gradients), as
  // soon as the gradients of that are there, which member 0 alone does.
  void share_update(typename TreeSum<T>::AtShare move) { gradients_.set_at_share(std::move(move)); }
  // Called by one thread of every process: brings together a block of which each has kept its share up to date.
  void gather_shares(std::span<T> block) noexcept { gradients_.gather(block); }
  // Called by one member: of ProcessGroup, its time counted.
  void gather(std::span<std::byte> whole, std::span<const std::size_t> bounds) noexcept;
  // Seconds for which member 0 has waited for other processes so far.
  [[nodiscard]] double waited() const { return waited_; }

  // One or two sums for each of the columns: leaf(rows, sums) leaves those over some rows of this process in sums[i][c], c in columns.
  // Afterwards `to` holds the sums over the batch. Called by all members, each with its own columns.
  template <std::size_t kSums, class Leaf>
  void sum_columns(ColumnRange columns, const std::array<T*, kSums>& to, const TeamMember& member,
                   const Leaf& leaf);

 private:
  static constexpr std::size_t kMostSums = 2;  // of a column

  [[nodiscard]] SliceRange rows_of(std::size_t slice) const;
  [[nodiscard]] SliceRange own_nodes() const { return tree_.nodes_of(group_.rank()); }
  void finish_columns(std::size_t sums, const TeamMember& member);
  template <class Exchange>
  void wait_for(const Exchange& exchange);

  ProcessGroup& group_;
  SliceTree tree_;
  std::size_t batch_rows_ = 0;
  double waited_ = 0;
  std::size_t normalized_;
  std::size_t tallest_;
  std::size_t places_;
  TreeSum<T> gradients_;
  TreeSum<T> columns_;
  std::vector<AlignedBuffer<T>> weight_places_;  // of each member: the places of sum_slices() but the first
  std::vector<AlignedBuffer<T>> column_places_;
};

template <class T>
template <std::size_t kSums, class Leaf>
void SliceSums<T>::sum_columns(ColumnRange columns, const std::array<T*, kSums>& to, const TeamMember& member,
                               const Leaf& leaf) {
  static_assert(kSums <= kMostSums);
  const auto of = [&](T* block) {
    std::array<T*, kSums> sums;
    for (std::size_t i = 0; i < kSums; ++i) sums[i] = block + i * normalized_;
    return sums;
  };
  const SliceRange nodes = own_nodes();
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const auto at = [&](std::size_t place) {
      return of(place == 0 ? columns_.partial(n).data()
                           : column_places_[member.index()].data() + (place - 1) * kMostSums * normalized_);
    };
    const auto add = [&](std::size_t place) {
      for (std::size_t i = 0; i < kSums; ++i) {
        T* const sum = at(place)[i];
        const T* const term = at(place + 1)[i];
        for (std::size_t c = columns.begin; c < columns.end; ++c) sum[c] += term[c];
      }
    };
    sum_slices(
        tree_.nodes()[nodes.begin + n].slices, 0,
        [&](std::size_t slice, std::size_t place) { leaf(rows_of(slice), at(place)); }, add);
  }
  finish_columns(kSums, member);
  const std::array<T*, kSums> total = of(columns_.total().data());
  for (std::size_t i = 0; i < kSums; ++i)
    std::copy(total[i] + columns.begin, total[i] + columns.end, to[i] + columns.begin);
}

extern template class SliceSums<float>;
extern template class SliceSums<double>;

}  // namespace gradus
