// NumPy's .npy and .npz (stored or deflated), read only; never pickles.
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
  std::variant<std::vector<std::uint8_t>, std::vector<float>, std::vector<double>, std::vector<std::int64_t>,
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

}  // namespace gradus
