// One owner of aligned memory: move-only, zero-filled, 64-byte aligned and padded to whole cache lines, so
// that kernels may load a full vector that starts at any 64-byte boundary inside it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

namespace gradus {

inline constexpr std::size_t kAlignment = 64;  // bytes: a cache line, and the widest vector

// Elements from one row to the next of a matrix with `columns` used ones: whole cache lines, and never a
// multiple of sixteen lines, at which all rows would compete for the same few places in the cache.
template <class T>
[[nodiscard]] constexpr std::size_t padded_row(std::size_t columns) {
  constexpr std::size_t kLine = kAlignment / sizeof(T);
  const std::size_t lines = (columns + kLine - 1) / kLine;
  return (lines % 16 == 0 ? lines + 1 : lines) * kLine;
}

namespace internal {
// Zero-filled, kAlignment-aligned; throws std::bad_alloc, also when the product overflows. Nothing asked for
// gives nullptr.
[[nodiscard]] void* allocate_aligned(std::size_t count, std::size_t element_size);
struct AlignedDelete {
  void operator()(void* pointer) const noexcept;
};
}  // namespace internal

// Zero-filled, aligned to kAlignment; moved from, it is empty.
template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  AlignedBuffer() = default;
  // `size` elements, all zero. Throws std::bad_alloc, also when size * sizeof(T) overflows.
  explicit AlignedBuffer(std::size_t size)
      : memory_(internal::allocate_aligned(size, sizeof(T))), size_(size) {}

  AlignedBuffer(AlignedBuffer&& other) noexcept : memory_(std::move(other.memory_)), size_(other.size_) {
    other.size_ = 0;
  }
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
    memory_ = std::move(other.memory_);
    size_ = other.size_;
    other.size_ = 0;
    return *this;
  }

  [[nodiscard]] T* data() noexcept { return static_cast<T*>(memory_.get()); }
  [[nodiscard]] const T* data() const noexcept { return static_cast<const T*>(memory_.get()); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<T> span() noexcept { return {data(), size_}; }
  [[nodiscard]] std::span<const T> span() const noexcept { return {data(), size_}; }
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return data()[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data()[i]; }

 private:
  std::unique_ptr<void, internal::AlignedDelete> memory_;
  std::size_t size_ = 0;
};

}  // namespace gradus
