// The fixed order in which the slices of a batch are summed, whoever computes them (docs/numerics.md, rule 10).
//
// sum of n slices from the first: the slice itself where n is 1; else the sum of the first m plus the sum of the rest, where m is the
// largest power of two below n. Processes own runs of slices; a process sums every sub-tree that is all its own.
#pragma once

#include <bit>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace gradus {

// Some slices, or rows of a batch: [begin, end).
struct SliceRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  [[nodiscard]] std::size_t size() const { return end - begin; }
};

// Where sum_slices() cuts more than one.
[[nodiscard]] inline std::size_t middle_of(SliceRange slices) {
  return slices.begin + std::bit_floor(slices.size() - 1);
}

// How many places sum_slices() needs.
[[nodiscard]] inline std::size_t places_for(std::size_t slices) {
  return static_cast<std::size_t>(std::bit_width(slices));
}

// Leaves the sum in place `place`; calls leaf(slice, place), which leaves that of one slice in a place, and add(place), which adds to
// it what is in the place behind it.
template <class Leaf, class Add>
void sum_slices(SliceRange slices, std::size_t place, const Leaf& leaf, const Add& add) {
  if (slices.size() == 1) {
    leaf(slices.begin, place);
    return;
  }
  const std::size_t middle = middle_of(slices);
  sum_slices({slices.begin, middle}, place, leaf, add);
  sum_slices({middle, slices.end}, place + 1, leaf, add);
  add(place);
}

// Who sums what. A plain value.
class SliceTree {
 public:
  // A sub-tree that lies within one process and in no larger one that does.
  struct Node {
    SliceRange slices;
    std::size_t process = 0;
  };

  // processes <= slices.
  SliceTree(std::size_t slices, std::size_t processes);

  [[nodiscard]] std::size_t slices() const { return slices_; }
  [[nodiscard]] SliceRange slices_of(std::size_t process) const;
  // The rows that a slice has of a batch of so many: none where there are fewer rows than slices and it is not its turn.
  [[nodiscard]] SliceRange rows_of(std::size_t slice, std::size_t batch_rows) const;
  [[nodiscard]] SliceRange rows_of_process(std::size_t process, std::size_t batch_rows) const;

  [[nodiscard]] std::span<const Node> nodes() const { return nodes_; }  // in the order of their slices
  // Places in nodes().
  [[nodiscard]] SliceRange nodes_of(std::size_t process) const;
  // (to, from), places in nodes(): in this order the one is added to the other, and node 0 is the sum of all.
  [[nodiscard]] std::span<const std::pair<std::size_t, std::size_t>> additions() const { return additions_; }

 private:
  std::size_t plan(SliceRange slices);
  [[nodiscard]] std::size_t owner(std::size_t slice) const;

  std::size_t slices_;
  std::size_t processes_;
  std::vector<Node> nodes_;
  std::vector<std::pair<std::size_t, std::size_t>> additions_;
};

}  // namespace gradus
