#include "tests/support/allocation_count.h"

#include <atomic>
#include <cstdlib>
#include <new>

// g++ says it by macros, clang by features.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GRADUS_COUNTS_ALLOCATIONS 0
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GRADUS_COUNTS_ALLOCATIONS 0
#endif
#ifndef GRADUS_COUNTS_ALLOCATIONS
#define GRADUS_COUNTS_ALLOCATIONS 1
#endif

namespace gradus::test {
namespace {
std::atomic<std::size_t> count = 0;
}

std::size_t allocation_count() {
  return count;
}

bool counts_allocations() {
  return GRADUS_COUNTS_ALLOCATIONS != 0;
}

}  // namespace gradus::test

#if GRADUS_COUNTS_ALLOCATIONS
void* operator new(std::size_t size) {
  ++gradus::test::count;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif
