// Features that may not be in memory as a whole. Internal to the room.
#pragma once

#include <cstddef>

#include "gradus/data/dataset.h"

namespace gradus::internal {

// Whether the features of all rows take more than `window` bytes (0: never), so that they have to stay in a file. Throws
// Error(kUnsupported) where they are in memory already.
[[nodiscard]] bool beyond_window(const Transform& transform, const Table& table, std::size_t window);

// encode(), for features beyond the window: into a file in the cache folder, which has no name any more and goes away
// with the features. A block stays where it is. Throws Error(kFile) where the disk is full.
[[nodiscard]] Features encode_to_file(const Transform& transform, const Table& table, std::size_t window);

// Rows of the part in the order of their file.
void sort_by_row(Dataset& part);

// The validation and test parts that consist of the source's own test rows take them out of table.test_block.
void use_test_block(Preparation& made, const Table& table);

}  // namespace gradus::internal
