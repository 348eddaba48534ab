// Aligned memory from the C library, checked for overflow.
#include "gradus/core/buffer.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

#include "gradus/core/pages.h"

namespace gradus::internal {

void* allocate_aligned(std::size_t count, std::size_t element_size) {
  if (count == 0 || element_size == 0) return nullptr;
  constexpr std::size_t kLargest = std::numeric_limits<std::size_t>::max() - (kAlignment - 1);
  if (count > kLargest / element_size) throw std::bad_alloc();
  const std::size_t bytes = (count * element_size + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  prefer_large_pages(memory, bytes);
  return std::memset(memory, 0, bytes);
}

void AlignedDelete::operator()(void* pointer) const noexcept {
  std::free(pointer);
}

}  // namespace gradus::internal
