#include "gradus/nn/slice_sums.h"

#include <chrono>

namespace gradus {

namespace {

// Columns of a weight's gradient that are summed over all slices before the next ones: the sums on their way stay in the cache,
// and of one slice the products are faster too.
template <class T>
constexpr std::size_t kColumnsAtOnce = 4 * kAlignment / sizeof(T);

enum Channel : int { kGradients, kColumns };

template <class T>
MatrixView<T> part_of(MatrixView<T> matrix, SliceRange rows, SliceRange columns) {
  return {matrix.data + rows.begin * matrix.stride + columns.begin, rows.size(), columns.size(),
          matrix.stride};
}

// A gradient of some columns: of the weight, and of the bias where there is one.
template <class T>
struct Gradient {
  MatrixView<T> weight;
  T* bias = nullptr;

  void add(const Gradient& other) const {
    for (std::size_t r = 0; r < weight.rows; ++r) {
      T* const to = weight.data + r * weight.stride;
      const T* const from = other.weight.data + r * other.weight.stride;
      for (std::size_t c = 0; c < weight.cols; ++c) to[c] += from[c];
    }
    if (bias == nullptr) return;
    for (std::size_t c = 0; c < weight.cols; ++c) bias[c] += other.bias[c];
  }
};

}  // namespace

template <class T>
SliceSums<T>::SliceSums(ProcessGroup& group, std::size_t slices, std::size_t block_size, std::size_t tallest,
                        std::size_t normalized, std::size_t members)
    : group_(group),
      tree_(slices, group.size()),
      normalized_(normalized == 0 ? 0 : padded_row<T>(normalized)),
      tallest_(tallest),
      places_(places_for(slices)),
      gradients_(group, tree_, block_size, kGradients),
      columns_(group, tree_, kMostSums * normalized_, kColumns) {
  for (std::size_t m = 0; m < members; ++m) {
    weight_places_.emplace_back((places_ - 1) * (tallest_ + 1) * kColumnsAtOnce<T>);
    column_places_.emplace_back((places_ - 1) * kMostSums * normalized_);
  }
}

// Of a slice of this process, in its matrices.
template <class T>
SliceRange SliceSums<T>::rows_of(std::size_t slice) const {
  const SliceRange rows = tree_.rows_of(slice, batch_rows_);
  const std::size_t first = own_rows().begin;
  return {rows.begin - first, rows.end - first};
}

template <class T>
void SliceSums<T>::weight_gradient(const KernelSet<T>& kernels, MatrixView<const T> x, MatrixView<const T> dz,
                                   const GradientPlace& place, const TeamMember& member) {
  const SliceRange nodes = own_nodes();
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const SliceRange slices = tree_.nodes()[nodes.begin + n].slices;
    T* const block = gradients_.partial(n).data();
    T* const others = weight_places_[member.index()].data();
    for (std::size_t c = 0; c < dz.cols; c += kColumnsAtOnce<T>) {
      const SliceRange columns{c, std::min(dz.cols, c + kColumnsAtOnce<T>)};
      const auto at = [&](std::size_t level) -> Gradient<T> {
        if (level == 0)
          return {{block + place.weight + c, x.cols, columns.size(), place.stride},
                  place.bias ? block + *place.bias + c : nullptr};
        T* const weight = others + (level - 1) * (tallest_ + 1) * kColumnsAtOnce<T>;
        return {{weight, x.cols, columns.size(), kColumnsAtOnce<T>},
                place.bias ? weight + tallest_ * kColumnsAtOnce<T> : nullptr};
      };
      const auto leaf = [&](std::size_t slice, std::size_t level) {
        const Gradient<T> gradient = at(level);
        kernels.dense_weight_gradient(part_of(x, rows_of(slice), {0, x.cols}),
                                      part_of(dz, rows_of(slice), columns), gradient.weight, gradient.bias,
                                      {0, columns.size()});
      };
      sum_slices(slices, 0, leaf, [&](std::size_t level) { at(level).add(at(level + 1)); });
    }
  }
}

template <class T>
void SliceSums<T>::share(std::size_t begin, std::size_t end, const TeamMember& member) {
  if (group_.is_alone()) return;
  member.meet();
  if (member.index() == 0) gradients_.start(begin, end);
}

template <class T>
template <class Exchange>
void SliceSums<T>::wait_for(const Exchange& exchange) {
  const auto begin = std::chrono::steady_clock::now();
  exchange();
  waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template <class T>
void SliceSums<T>::gather(std::span<std::byte> whole, std::span<const std::size_t> bounds) noexcept {
  wait_for([&] { group_.gather(whole, bounds); });
}

template <class T>
void SliceSums<T>::meet_processes(const TeamMember& member) {
  if (!is_common()) return;
  member.meet();
  if (member.index() == 0) wait_for([&] { (void)group_.any(false); });
  member.meet();
}

template <class T>
void SliceSums<T>::finish(const TeamMember& member) {
  if (group_.is_alone()) return;
  if (member.index() == 0) wait_for([&] { gradients_.finish(); });
  member.meet();
}

template <class T>
void SliceSums<T>::finish_columns(std::size_t sums, const TeamMember& member) {
  if (group_.is_alone()) return;
  member.meet();
  if (member.index() == 0) {
    columns_.start(0, sums * normalized_);
    wait_for([&] { columns_.finish(); });
  }
  member.meet();
}

template class SliceSums<float>;
template class SliceSums<double>;

}  // namespace gradus
