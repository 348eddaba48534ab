// Values that never change and have one place in memory, whoever that belongs to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace gradus {

// A vector's values, which it takes over, or values inside something larger, such as a mapped file, which it
// keeps alive. Copies share the values.
template <class T>
class SharedArray {
 public:
  using value_type = T;
  using iterator = const T*;
  using const_iterator = const T*;

  SharedArray() = default;
  SharedArray(std::vector<T> values) {  // NOLINT(google-explicit-constructor): the usual storage
    const auto owner = std::make_shared<const std::vector<T>>(std::move(values));
    values_ = *owner;
    owner_ = owner;
  }
  SharedArray(std::shared_ptr<const void> owner, std::span<const T> values)
      : owner_(std::move(owner)), values_(values) {}

  [[nodiscard]] const T* data() const { return values_.data(); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] const T* begin() const { return data(); }
  [[nodiscard]] const T* end() const { return data() + size(); }
  [[nodiscard]] const T& operator[](std::size_t i) const { return values_[i]; }

  [[nodiscard]] friend bool operator==(const SharedArray& a, const SharedArray& b) {
    return std::ranges::equal(a, b);
  }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const T> values_;
};

}  // namespace gradus
