#include "gradus/core/pages.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>

namespace gradus {

void prefer_large_pages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
  constexpr std::uintptr_t kSmallPage = 4096;
  constexpr std::uintptr_t kLargePage = std::uintptr_t{2} << 20;
  if (bytes < 2 * kLargePage) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (begin + kSmallPage - 1) / kSmallPage * kSmallPage;
  const std::uintptr_t last = (begin + bytes) / kSmallPage * kSmallPage;
  const int error = errno;  // a refused hint is no failure
  ::madvise(static_cast<std::byte*>(memory) + (first - begin), last - first, MADV_HUGEPAGE);
  errno = error;
#endif
}

}  // namespace gradus
