// The sum of one block of numbers per slice over all processes, in the fixed tree. Every process adds up its share of the block and
// sends that, or what it makes of it, to all others; no sum depends on their number. Twice the block travels where each process has
// one node of the tree, as where their number is a power of two that divides the slices; else a process sends its share of one more
// block for each node more. Processes that are all on one machine send nothing: they read each other's memory, write into common memory,
// and messages without bytes say when.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/dist/process_group.h"
#include "gradus/dist/slice_tree.h"

namespace gradus {

// Of a round. MPI promises tags up to 32,767, for two channels.
inline constexpr std::size_t kMostRanges = 16384;

// Used by one thread; but the partial sums may be written by many. The group and the tree must outlive it. Memory that
// runs out in start() or finish() ends the program: others wait for this thread, in its team and on the network.
template <class T>
class TreeSum {
 public:
  // Makes what total() is to hold from `begin` on of the sums, and leaves it there.
  using AtShare = std::function<void(std::size_t begin, std::span<const T> sums)>;

  // Blocks of `size` elements. `channel`: another one for each sum of the group, the same on every process.
  TreeSum(ProcessGroup& group, const SliceTree& tree, std::size_t size, int channel);

  // Where this process leaves the sum over the slices of its n-th node, tree.nodes_of(rank).
  [[nodiscard]] std::span<T> partial(std::size_t n) { return partials_[n]; }
  // The sums over all slices, or what set_at_share() makes of them, of what was started and finished.
  [[nodiscard]] std::span<T> total() { return total_; }
  // Whether that is one memory of all processes.
  [[nodiscard]] bool is_common() const { return shared_ != nullptr; }
  // For several processes: instead of the sums all get what is made of them, each share by one process.
  void set_at_share(AtShare at_share);

  // Begins to bring elements [begin, end) together: this process no longer reads them in total(), and their partial sums must stay as
  // they are until finish(). Every process starts the same ranges in the same order, at most kMostRanges.
  void start(std::size_t begin, std::size_t end) noexcept;  // NOLINT(bugprone-exception-escape): see above
  // Until all that was started is in total(). The next round may begin.
  void finish() noexcept;
  // Called by all: brings another block together, of which each process has what its share of the last round is. Before the
  // first round nothing is sent.
  void gather(std::span<T> block) noexcept;

 private:
  // A range on its way.
  struct Part {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool summed = false;
    AlignedBuffer<T> received;  // this process's share, from every node of the others
    std::unique_ptr<MessageSet> arriving;
    std::unique_ptr<MessageSet> leaving;
  };

  [[nodiscard]] SliceRange share(const Part& part, std::size_t process) const;
  [[nodiscard]] int tag(const Part& part) const;
  [[nodiscard]] bool is_own(std::size_t node) const { return node >= own_.begin && node < own_.end; }
  [[nodiscard]] std::span<T> received_from(Part& part, std::size_t node);
  [[nodiscard]] const T* share_of_node(Part& part, std::size_t node);
  void prepare(Part& part, std::size_t begin, std::size_t end);
  void exchange_partials(Part& part);
  void sum(Part& part);
  void add_nodes(std::size_t count);
  void exchange_results(Part& part);

  ProcessGroup& group_;
  const SliceTree& tree_;
  int channel_;
  SliceRange own_;  // nodes
  std::size_t size_;
  std::unique_ptr<SharedMemory> shared_;  // nullptr: everything is sent
  std::vector<AlignedBuffer<T>> own_blocks_;
  std::vector<std::span<T>> partials_;
  AlignedBuffer<T> own_total_;
  std::span<T> total_;
  AlignedBuffer<T> scratch_;         // sums of a few elements, of each node
  std::vector<const T*> node_sums_;  // where they are
  AtShare at_share_;
  std::vector<Part> parts_;
  std::size_t started_ = 0;
};

extern template class TreeSum<float>;
extern template class TreeSum<double>;

}  // namespace gradus
