#include "gradus/dist/slice_tree.h"

#include <algorithm>

#include "gradus/core/error.h"

namespace gradus {

SliceTree::SliceTree(std::size_t slices, std::size_t processes) : slices_(slices), processes_(processes) {
  GRADUS_ASSERT(processes > 0 && processes <= slices, processes, slices);
  plan({0, slices});
}

SliceRange SliceTree::slices_of(std::size_t process) const {
  return {process * slices_ / processes_, (process + 1) * slices_ / processes_};
}

SliceRange SliceTree::rows_of(std::size_t slice, std::size_t batch_rows) const {
  return {slice * batch_rows / slices_, (slice + 1) * batch_rows / slices_};
}

SliceRange SliceTree::rows_of_process(std::size_t process, std::size_t batch_rows) const {
  const SliceRange own = slices_of(process);
  return {rows_of(own.begin, batch_rows).begin, rows_of(own.end - 1, batch_rows).end};
}

SliceRange SliceTree::nodes_of(std::size_t process) const {
  const auto first_of = [&](std::size_t p) {
    const auto found = std::partition_point(nodes_.begin(), nodes_.end(),
                                            [&](const Node& node) { return node.process < p; });
    return static_cast<std::size_t>(found - nodes_.begin());
  };
  return {first_of(process), first_of(process + 1)};
}

std::size_t SliceTree::owner(std::size_t slice) const {
  std::size_t process = 0;
  while (slices_of(process).end <= slice) ++process;
  return process;
}

// Returns the node that holds the sum of these slices in the end.
std::size_t SliceTree::plan(SliceRange slices) {
  const std::size_t process = owner(slices.begin);
  if (slices.end <= slices_of(process).end) {
    nodes_.push_back({slices, process});
    return nodes_.size() - 1;
  }
  const std::size_t middle = middle_of(slices);
  const std::size_t left = plan({slices.begin, middle});
  const std::size_t right = plan({middle, slices.end});
  additions_.emplace_back(left, right);
  return left;
}

}  // namespace gradus
