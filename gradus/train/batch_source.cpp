#include "gradus/train/batch_source.h"

#include <cmath>
#include <numeric>

#include "gradus/core/error.h"

namespace gradus {

namespace {

std::vector<double> per_feature(const std::vector<double>& values, std::size_t features) {
  return values.size() == 1 ? std::vector<double>(features, values.front()) : values;
}

}  // namespace

template <class T>
BatchSource<T>::BatchSource(const Dataset& data, const Transform& transform, std::size_t max_rows)
    : data_(data),
      cols_(data.features->cols),
      width_(transform.features()),
      is_scaled_(!transform.shift.empty()),
      shift_(per_feature(transform.shift, cols_)),
      scale_(per_feature(transform.scale, cols_)),
      x_(max_rows * width_),
      labels_(data.labels.empty() ? 0 : max_rows),
      values_(data.values.empty() ? 0 : max_rows),
      weights_(data.weights.empty() ? 0 : max_rows),
      positions_(max_rows) {
  GRADUS_ASSERT(width_ == cols_ + (transform.ones_column ? 1 : 0), width_, cols_);
  for (std::size_t f = 0; f < shift_.size(); ++f) {
    factor_.push_back(static_cast<T>(1.0 / scale_[f]));
    offset_.push_back(static_cast<T>(-shift_[f] / scale_[f]));
  }
  const bool bytes = data.features->block && data.features->block->values.index() == 0;
  if (bytes && transform.shift.size() <= 1) {
    for (int byte = 0; byte < 256; ++byte) byte_values_.push_back(scaled(static_cast<std::uint8_t>(byte), 0));
  }
}

template <class T>
template <class Stored>
T BatchSource<T>::scaled(Stored value, std::size_t feature) const {
  if (!is_scaled_) return static_cast<T>(value);
  if constexpr (std::is_same_v<T, double>) {
    return (static_cast<double>(value) - shift_[feature]) / scale_[feature];
  } else if constexpr (std::is_same_v<Stored, double>) {
    return static_cast<T>(std::fma(value, 1.0 / scale_[feature], -shift_[feature] / scale_[feature]));
  } else {
    return std::fma(static_cast<T>(value), factor_[feature], offset_[feature]);
  }
}

template <class T>
template <class Stored>
void BatchSource<T>::fill(std::span<const std::uint32_t> samples, const Stored* stored) {
  for (std::size_t b = 0; b < samples.size(); ++b) {
    const Stored* row = stored + std::size_t{data_.rows[samples[b]]} * cols_;
    T* out = x_.data() + b * width_;
    if constexpr (std::is_same_v<Stored, std::uint8_t>) {
      if (!byte_values_.empty()) {
        for (std::size_t f = 0; f < cols_; ++f) out[f] = byte_values_[row[f]];
        if (width_ > cols_) out[cols_] = T{1};
        continue;
      }
    }
    for (std::size_t f = 0; f < cols_; ++f) out[f] = scaled(row[f], f);
    if (width_ > cols_) out[cols_] = T{1};
  }
}

template <class T>
void BatchSource<T>::gather(std::span<const std::uint32_t> samples) {
  GRADUS_ASSERT(samples.size() <= positions_.size(), samples.size(), positions_.size());
  count_ = samples.size();
  if (data_.features->block) {
    std::visit([&](const auto& values) { fill(samples, values.data()); }, data_.features->block->values);
  } else {
    fill(samples, data_.features->values.data());
  }
  for (std::size_t b = 0; b < count_; ++b) {
    if (!labels_.empty()) labels_[b] = data_.labels[samples[b]];
    if (!weights_.empty()) weights_[b] = static_cast<T>(data_.weights[samples[b]]);
    if (!values_.empty()) values_[b] = static_cast<T>(data_.values[samples[b]]);
  }
}

template <class T>
void BatchSource<T>::gather(std::size_t first, std::size_t count) {
  GRADUS_ASSERT(count <= positions_.size(), count, positions_.size());
  std::iota(positions_.begin(), positions_.begin() + static_cast<std::ptrdiff_t>(count),
            static_cast<std::uint32_t>(first));
  gather(std::span<const std::uint32_t>(positions_).first(count));
}

template <class T>
Targets<T> BatchSource<T>::targets() const {
  Targets<T> targets;
  if (!labels_.empty()) targets.labels = std::span(labels_).first(count_);
  if (!values_.empty()) targets.values = MatrixView<const T>(values_.data(), count_, 1);
  if (!weights_.empty()) targets.weights = std::span(weights_).first(count_);
  return targets;
}

template class BatchSource<float>;
template class BatchSource<double>;

}  // namespace gradus
