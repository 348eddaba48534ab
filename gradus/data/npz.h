// NumPy's .npy and .npz (stored or deflated), read only; never pickles. Files are mapped: values that can be used as
// they lie there are not copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "gradus/data/table.h"

namespace gradus {

struct NumpyArray {
  std::vector<std::size_t> shape;
  // uint8, float32 and float64 keep their type; other integers and bool become int64; text (U, S) strings.
  std::variant<SharedArray<std::uint8_t>, SharedArray<float>, SharedArray<double>, SharedArray<std::int64_t>,
               std::vector<std::string>>
      values;  // in C order, also when the file is in Fortran order

  [[nodiscard]] std::size_t size() const;
};

// Throws Error(kNotFound), kFile, kUnsupported (object arrays, complex) or kBadData with the byte offset.
[[nodiscard]] NumpyArray read_npy(const std::filesystem::path& path);
[[nodiscard]] std::map<std::string, NumpyArray> read_npz(const std::filesystem::path& path);

// `X` (n, features) and `y` (n): features x0.., target y; integer or text y are classes. NaN and inf in X or
// y are errors that name array and index.
[[nodiscard]] Table read_npz_table(const std::filesystem::path& path);

// The same of X.npy and y.npy in a folder, for features larger than memory: X stays in its file, which has to remain
// unchanged as long as the table is in use. So X must be float32, float64 or uint8 in C order: Error(kUnsupported).
// Without y.npy there is no target; without X.npy: Error(kNotFound). Features of more bytes than `window` (0: any) keep
// no more than that in memory.
[[nodiscard]] Table read_npy_folder(const std::filesystem::path& folder, std::size_t window = 0);

}  // namespace gradus
