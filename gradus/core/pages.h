// Memory in pages of 2 MiB instead of 4 KiB: filled once with data just read, a block costs more time in making its
// small pages than in reading the file.
#pragma once

#include <cstddef>

namespace gradus {

// A hint about memory that has not been touched yet; nothing else changes, also where the system has no such pages.
void prefer_large_pages(void* memory, std::size_t bytes);

// For a container of many elements that is about to be filled.
template <class Container>
void reserve_large(Container& container, std::size_t size) {
  container.reserve(size);
  prefer_large_pages(container.data(), size * sizeof(typename Container::value_type));
}

}  // namespace gradus
