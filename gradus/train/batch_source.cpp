#include "gradus/train/batch_source.h"

#include <numeric>

#include "gradus/core/error.h"

namespace gradus {

namespace {

template <class T>
void scale_row(const KernelSet<T>& set, const std::uint8_t* from, const InputScaling<T>& scaling, T* to,
               std::size_t count) {
  set.scale_bytes(from, scaling, to, count);
}
template <class T>
void scale_row(const KernelSet<T>& set, const float* from, const InputScaling<T>& scaling, T* to,
               std::size_t count) {
  set.scale_floats(from, scaling, to, count);
}
template <class T>
void scale_row(const KernelSet<T>& set, const double* from, const InputScaling<T>& scaling, T* to,
               std::size_t count) {
  set.scale_doubles(from, scaling, to, count);
}

}  // namespace

template <class T>
BatchSource<T>::BatchSource(const Dataset& data, const Transform& transform, std::size_t max_rows,
                            std::size_t copies)
    : data_(data),
      cols_(data.features->cols),
      width_(transform.features()),
      stride_(padded_row<T>(width_)),
      copy_distance_(copies > 1 ? max_rows * stride_ : 0),
      scales_(transform, cols_),
      x_(copies * max_rows * stride_),
      labels_(data.labels.empty() ? 0 : max_rows),
      values_(data.values.empty() ? 0 : max_rows * data.value_columns),
      weights_(data.weights.empty() ? 0 : max_rows),
      positions_(max_rows),
      upcoming_(max_rows) {
  GRADUS_ASSERT(width_ == cols_ + (transform.ones_column ? 1 : 0), width_, cols_);
}

template <class T>
void BatchSource<T>::gather(std::span<const std::uint32_t> samples) {
  start(samples);
  fill(TeamMember());
}

template <class T>
void BatchSource<T>::gather(std::size_t first, std::size_t count) {
  start(first, count);
  fill(TeamMember());
}

template <class T>
void BatchSource<T>::start(std::span<const std::uint32_t> samples) {
  start(samples, {0, samples.size()});
}

template <class T>
void BatchSource<T>::start(std::span<const std::uint32_t> samples, TeamMember::Share own) {
  GRADUS_ASSERT(samples.size() <= positions_.size(), samples.size(), positions_.size());
  samples_ = samples;
  count_ = samples.size();
  own_ = own;
}

template <class T>
void BatchSource<T>::start(std::size_t first, std::size_t count) {
  GRADUS_ASSERT(count <= positions_.size(), count, positions_.size());
  std::iota(positions_.begin(), positions_.begin() + static_cast<std::ptrdiff_t>(count),
            static_cast<std::uint32_t>(first));
  start(std::span<const std::uint32_t>(positions_).first(count));
}

template <class T>
std::size_t BatchSource<T>::stored_row(std::size_t sample) const {
  return data_.rows[sample] * cols_;
}

template <class T>
void BatchSource<T>::fill(const TeamMember& member) {
  const TeamMember::Share rows = member.share(count_);
  const std::size_t features = own_.end - own_.begin;
  const TeamMember::Share mine = copy_distance_ > 0 ? TeamMember::Share{0, features} : member.share(features);
  T* const x = x_.data() + member.index() * copy_distance_;
  const InputScaling<T> scaling = scales_.view();
  const auto fill_from = [&](const auto& stored) {
    for (std::size_t b = mine.begin; b < mine.end; ++b) {
      T* to = x + b * stride_;
      scale_row(kernels_, stored.data() + stored_row(samples_[own_.begin + b]), scaling, to, cols_);
      if (width_ > cols_) to[cols_] = T{1};
    }
  };
  if (data_.features->block) {
    std::visit(fill_from, data_.features->block->values);
  } else {
    fill_from(data_.features->values);
  }
  for (std::size_t b = rows.begin; b < rows.end; ++b) {
    const std::uint32_t sample = samples_[b];
    if (!labels_.empty()) labels_[b] = data_.labels[sample];
    if (!weights_.empty()) weights_[b] = static_cast<T>(data_.weights[sample]);
    if (values_.empty()) continue;
    for (std::size_t k = 0; k < data_.value_columns; ++k)
      values_[b * data_.value_columns + k] = static_cast<T>(data_.values[sample * data_.value_columns + k]);
  }
}

template <class T>
Upcoming BatchSource<T>::look_up(std::span<const std::uint32_t> samples) {
  const auto find = [&](const auto& values) {
    for (std::size_t b = 0; b < samples.size(); ++b)
      upcoming_[b] = reinterpret_cast<const std::byte*>(values.data() + stored_row(samples[b]));
    return Upcoming{std::span(upcoming_).first(samples.size()), cols_ * sizeof(values[0])};
  };
  const Features& features = *data_.features;
  return features.block ? std::visit(find, features.block->values) : find(features.values);
}

template <class T>
Targets<T> BatchSource<T>::targets() const {
  Targets<T> targets;
  if (!labels_.empty()) targets.labels = std::span(labels_).first(count_);
  if (!values_.empty()) targets.values = MatrixView<const T>(values_.data(), count_, data_.value_columns);
  if (!weights_.empty()) targets.weights = std::span(weights_).first(count_);
  return targets;
}

template class BatchSource<float>;
template class BatchSource<double>;

}  // namespace gradus
