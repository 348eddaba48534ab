// A program that calls this counts its allocations: operator new is replaced in it, and in no other.
#pragma once

#include <cstddef>

namespace gradus::test {

// Of all threads, since the program began.
[[nodiscard]] std::size_t allocation_count();
// False under the sanitizers, which replace operator new themselves.
[[nodiscard]] bool counts_allocations();

}  // namespace gradus::test
