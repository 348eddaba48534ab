#include "tests/support/allocation_count.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace gradus::test {
namespace {
std::atomic<std::size_t> count = 0;
}

std::size_t allocation_count() {
  return count;
}

}  // namespace gradus::test

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
