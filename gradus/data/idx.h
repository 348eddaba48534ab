// IDX files (MNIST's format), raw or gzip: big-endian magic 00 00 <type> <dimensions>, the sizes, then the
// values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "gradus/data/table.h"

namespace gradus {

struct IdxArray {
  std::vector<std::size_t> shape;    // (n), (n, rows, cols)
  std::vector<std::uint8_t> values;  // unsigned bytes: the only type MNIST-like sets use
};

// Throws Error(kNotFound), kFile, or kBadData with path and byte: wrong magic, another type, more or fewer
// bytes than the header says, gzip cut short or damaged. Memory is asked for only as the header's size
// allows.
[[nodiscard]] IdxArray read_idx(const std::filesystem::path& path);

// A folder with train-images-idx3-ubyte[.gz], train-labels-idx1-ubyte[.gz] and, if there, the t10k pair (the
// given test part). Counts of pictures and labels must agree, both pairs the same picture size. Pictures of more bytes
// than `window` (0: any) stay in their files, which then must not be compressed.
[[nodiscard]] Table read_idx_folder(const std::filesystem::path& folder, std::size_t window = 0);

}  // namespace gradus
