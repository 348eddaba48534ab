#include "gradus/dist/tree_sum.h"

#include <algorithm>
#include <utility>

#include "gradus/core/error.h"

namespace gradus {

namespace {

constexpr int kMostParts = 1024;             // MPI promises tags up to 32,767
constexpr std::size_t kBytesAtOnce = 16384;  // sums are used while they are in the cache

}  // namespace

template <class T>
TreeSum<T>::TreeSum(ProcessGroup& group, const SliceTree& tree, std::size_t size, int channel)
    : group_(group),
      tree_(tree),
      channel_(channel),
      own_(tree.nodes_of(group.rank())),
      total_(group.is_alone() ? 0 : size),
      result_(total_.span()) {
  for (std::size_t n = 0; n < own_.size(); ++n) partials_.emplace_back(size);
}

template <class T>
void TreeSum<T>::set_result(std::span<T> result, AtShare at_share) {
  GRADUS_ASSERT(!group_.is_alone() && result.size() == result_.size(), result.size(), result_.size());
  total_ = AlignedBuffer<T>();
  result_ = result;
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

template <class T>
int TreeSum<T>::tag(const Part& part, int phase) const {
  const auto place = static_cast<int>(&part - parts_.data());
  return (channel_ * kMostParts + place) * 2 + phase;
}

// Where this process has its share of a node's sum.
template <class T>
T* TreeSum<T>::sum_of_node(Part& part, std::size_t node) {
  const SliceRange mine = share(part, group_.rank());
  if (node >= own_.begin && node < own_.end) return partials_[node - own_.begin].data() + mine.begin;
  const std::size_t place = node < own_.begin ? node : node - own_.size();
  return part.received.data() + place * mine.size();
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
  const std::size_t needed = (tree_.nodes().size() - own_.size()) * share(part, group_.rank()).size();
  if (part.received.size() < needed) part.received = AlignedBuffer<T>(needed);
}

template <class T>
void TreeSum<T>::start(std::size_t begin, std::size_t end) noexcept {
  if (group_.is_alone()) return;
  if (started_ == parts_.size()) parts_.emplace_back();
  GRADUS_ASSERT(parts_.size() < kMostParts, parts_.size());
  Part& part = parts_[started_++];
  prepare(part, begin, end);
  const SliceRange mine = share(part, group_.rank());
  for (std::size_t node = 0; node < tree_.nodes().size(); ++node) {
    const std::size_t process = tree_.nodes()[node].process;
    if (process == group_.rank()) continue;
    part.arriving->receive(process, tag(part, 0),
                           std::as_writable_bytes(std::span(sum_of_node(part, node), mine.size())));
  }
  for (std::size_t process = 0; process < group_.size(); ++process) {
    if (process == group_.rank()) continue;
    const SliceRange theirs = share(part, process);
    for (AlignedBuffer<T>& partial : partials_)
      part.leaving->send(process, tag(part, 0),
                         std::as_bytes(partial.span().subspan(theirs.begin, theirs.size())));
  }
  // What was started before may have arrived meanwhile.
  for (std::size_t p = 0; p + 1 < started_; ++p) {
    if (!parts_[p].summed && parts_[p].arriving->done()) sum(parts_[p]);
  }
}

template <class T>
void TreeSum<T>::sum(Part& part) {
  const SliceRange mine = share(part, group_.rank());
  constexpr std::size_t kAtOnce = kBytesAtOnce / sizeof(T);
  for (std::size_t begin = 0; begin < mine.size(); begin += kAtOnce) {
    const std::size_t end = std::min(begin + kAtOnce, mine.size());
    for (const auto& [to, from] : tree_.additions()) {
      T* const sum = sum_of_node(part, to);
      const T* const term = sum_of_node(part, from);
      for (std::size_t i = begin; i < end; ++i) sum[i] += term[i];
    }
    const std::span<const T> sums(sum_of_node(part, 0) + begin, end - begin);
    if (at_share_) {
      at_share_(mine.begin + begin, sums);
    } else {
      std::ranges::copy(sums, result_.begin() + static_cast<std::ptrdiff_t>(mine.begin + begin));
    }
  }
  for (std::size_t process = 0; process < group_.size(); ++process) {
    if (process == group_.rank()) continue;
    const SliceRange theirs = share(part, process);
    part.arriving->receive(process, tag(part, 1),
                           std::as_writable_bytes(result_.subspan(theirs.begin, theirs.size())));
    part.leaving->send(process, tag(part, 1), std::as_bytes(result_.subspan(mine.begin, mine.size())));
  }
  part.summed = true;
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
