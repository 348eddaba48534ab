// A CSV file larger than memory as a file of numbers, made once: all columns one behind the other as the table has them,
// to be mapped. The numbers are those that read_csv() reads.
//
// The file: "gradcol1", the length of the description (8 bytes, little-endian), its SHA-256 in hexadecimal (64 bytes), the
// description in JSON (the hash of the CSV file's path, its size and time, rows, columns, notes), then each column from a multiple of 64
// bytes on: doubles, or of a column of categories codes of 32 bits.
#pragma once

#include <filesystem>

#include "gradus/data/table.h"

namespace gradus {

// More different texts than these in a column, or more of their bytes, count as one more.
inline constexpr std::size_t kMostTextsOnDisk = 65536;
inline constexpr std::size_t kMostTextBytesOnDisk = 8'000'000;

// The table of a CSV file, its columns mapped from a file in the folder `cache` that is made where there is none for this
// file as it stands. It is read twice for that, part by part. Throws as read_csv() does, and Error(kFile) where the disk is
// full.
[[nodiscard]] Table read_csv_on_disk(const std::filesystem::path& path, const std::filesystem::path& cache);

}  // namespace gradus
