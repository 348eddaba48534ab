#include "gradus/dist/tree_sum.h"

#include <algorithm>
#include <utility>

#include "gradus/core/error.h"

namespace gradus {

namespace {

template <class T>
constexpr std::size_t kAtOnce = 16384 / sizeof(T);  // sums are used while they are in the cache

// As an AlignedBuffer has it: whole cache lines.
template <class T>
std::size_t block_bytes(std::size_t size) {
  return (size * sizeof(T) + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

template <class T>
TreeSum<T>::TreeSum(ProcessGroup& group, const SliceTree& tree, std::size_t size, int channel)
    : group_(group),
      tree_(tree),
      channel_(channel),
      own_(tree.nodes_of(group.rank())),
      size_(size),
      shared_(group.is_alone() || size == 0
                  ? nullptr
                  : group.share_memory(own_.size() * block_bytes<T>(size), block_bytes<T>(size))),
      own_total_(group.is_alone() || shared_ ? 0 : size),
      scratch_(group.is_alone() ? 0 : tree.nodes().size() * kAtOnce<T>),
      node_sums_(tree.nodes().size()) {
  for (std::size_t n = 0; n < own_.size(); ++n) {
    if (shared_) {
      std::byte* const block = shared_->own().data() + n * block_bytes<T>(size);
      partials_.emplace_back(reinterpret_cast<T*>(block), size);
    } else {
      partials_.push_back(own_blocks_.emplace_back(size).span());
    }
  }
  total_ = group.is_alone() ? partials_[0]
           : shared_        ? std::span(reinterpret_cast<T*>(shared_->common().data()), size)
                            : own_total_.span();
}

template <class T>
void TreeSum<T>::set_at_share(AtShare at_share) {
  GRADUS_ASSERT(!group_.is_alone(), group_.size());
  at_share_ = std::move(at_share);
}

// Whole cache lines, about equally many for each process.
template <class T>
SliceRange TreeSum<T>::share(const Part& part, std::size_t process) const {
  constexpr std::size_t kLine = kAlignment / sizeof(T);
  const std::size_t lines = (part.end - part.begin + kLine - 1) / kLine;
  const auto from = [&](std::size_t p) {
    return std::min(part.end, part.begin + lines * p / group_.size() * kLine);
  };
  return {from(process), from(process + 1)};
}

// Of partial sums and of results: they follow each other between the same two processes.
template <class T>
int TreeSum<T>::tag(const Part& part) const {
  return channel_ * static_cast<int>(kMostRanges) + static_cast<int>(&part - parts_.data());
}

template <class T>
std::span<T> TreeSum<T>::received_from(Part& part, std::size_t node) {
  const std::size_t size = share(part, group_.rank()).size();
  const std::size_t place = node < own_.begin ? node : node - own_.size();
  return part.received.span().subspan(place * size, size);
}

// Where this process reads its share of a node's sum.
template <class T>
const T* TreeSum<T>::share_of_node(Part& part, std::size_t node) {
  const std::size_t begin = share(part, group_.rank()).begin;
  if (is_own(node)) return partials_[node - own_.begin].data() + begin;
  if (!shared_) return received_from(part, node).data();
  const std::size_t process = tree_.nodes()[node].process;
  const std::size_t block = node - tree_.nodes_of(process).begin;
  return reinterpret_cast<const T*>(shared_->of(process).data() + block * block_bytes<T>(size_)) + begin;
}

template <class T>
void TreeSum<T>::prepare(Part& part, std::size_t begin, std::size_t end) {
  if (part.arriving == nullptr) {
    part.arriving = group_.messages();
    part.leaving = group_.messages();
  }
  part.begin = begin;
  part.end = end;
  part.summed = false;
  if (shared_) return;
  const std::size_t needed = (tree_.nodes().size() - own_.size()) * share(part, group_.rank()).size();
  if (part.received.size() < needed) part.received = AlignedBuffer<T>(needed);
}

template <class T>
void TreeSum<T>::start(std::size_t begin, std::size_t end) noexcept {
  if (group_.is_alone()) return;
  if (started_ == parts_.size()) parts_.emplace_back();
  GRADUS_ASSERT(parts_.size() <= kMostRanges, parts_.size());
  Part& part = parts_[started_++];
  prepare(part, begin, end);
  exchange_partials(part);
  // What was started before may have arrived meanwhile.
  for (std::size_t p = 0; p + 1 < started_; ++p) {
    if (!parts_[p].summed && parts_[p].arriving->done()) sum(parts_[p]);
  }
}

template <class T>
void TreeSum<T>::exchange_partials(Part& part) {
  if (!shared_) {
    for (std::size_t node = 0; node < tree_.nodes().size(); ++node) {
      if (!is_own(node))
        part.arriving->receive(tree_.nodes()[node].process, tag(part),
                               std::as_writable_bytes(received_from(part, node)));
    }
  }
  for (std::size_t process = 0; process < group_.size(); ++process) {
    if (process == group_.rank()) continue;
    if (shared_) {
      part.arriving->receive(process, tag(part), {});
      part.leaving->send(process, tag(part), {});
      continue;
    }
    const SliceRange theirs = share(part, process);
    for (const std::span<T> partial : partials_)
      part.leaving->send(process, tag(part), std::as_bytes(partial.subspan(theirs.begin, theirs.size())));
  }
}

// The first elements of node_sums_, in the fixed tree: node 0 is then the sum of all.
template <class T>
void TreeSum<T>::add_nodes(std::size_t count) {
  for (const auto& [to, from] : tree_.additions()) {
    const T* const sum = node_sums_[to];
    const T* const term = node_sums_[from];
    T* const place = scratch_.data() + to * kAtOnce<T>;
    for (std::size_t i = 0; i < count; ++i) place[i] = sum[i] + term[i];
    node_sums_[to] = place;
  }
}

template <class T>
void TreeSum<T>::sum(Part& part) {
  const SliceRange mine = share(part, group_.rank());
  for (std::size_t begin = mine.begin; begin < mine.end; begin += kAtOnce<T>) {
    const std::size_t end = std::min(begin + kAtOnce<T>, mine.end);
    for (std::size_t node = 0; node < node_sums_.size(); ++node)
      node_sums_[node] = share_of_node(part, node) + (begin - mine.begin);
    add_nodes(end - begin);
    const std::span<const T> sums(node_sums_[0], end - begin);
    if (at_share_) {
      at_share_(begin, sums);
    } else {
      std::ranges::copy(sums, total_.subspan(begin).begin());
    }
  }
  exchange_results(part);
  part.summed = true;
}

template <class T>
void TreeSum<T>::exchange_results(Part& part) {
  const SliceRange mine = share(part, group_.rank());
  for (std::size_t process = 0; process < group_.size(); ++process) {
    if (process == group_.rank()) continue;
    const SliceRange theirs = share(part, process);
    std::span<T> arriving;
    std::span<const T> leaving;
    if (!shared_) {
      arriving = total_.subspan(theirs.begin, theirs.size());
      leaving = total_.subspan(mine.begin, mine.size());
    }
    part.arriving->receive(process, tag(part), std::as_writable_bytes(arriving));
    part.leaving->send(process, tag(part), std::as_bytes(leaving));
  }
}

template <class T>
void TreeSum<T>::finish() noexcept {
  const std::span<Part> parts = std::span(parts_).first(started_);
  for (Part& part : parts) {
    if (part.summed) continue;
    part.arriving->wait();
    sum(part);
  }
  for (Part& part : parts) {
    part.arriving->wait();
    part.leaving->wait();
  }
  started_ = 0;
}

template <class T>
void TreeSum<T>::gather(std::span<T> block) noexcept {
  std::vector<std::size_t> bounds(group_.size() + 1);
  for (const Part& part : parts_) {
    for (std::size_t p = 0; p < group_.size(); ++p)
      bounds[p + 1] = (share(part, p).end - part.begin) * sizeof(T);
    group_.gather(std::as_writable_bytes(block.subspan(part.begin, part.end - part.begin)), bounds);
  }
}

template class TreeSum<float>;
template class TreeSum<double>;

}  // namespace gradus
