// Row-major matrix views. A view never owns; element (r, c) lies at data[r * stride + c] and stride >= cols.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

namespace gradus {

// Rows of numbers that somebody else owns: (rows, cols), `stride` elements from one row to the next.
template <class T>
struct MatrixView {
  T* data = nullptr;
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::size_t stride = 0;

  MatrixView() = default;
  MatrixView(T* data_in, std::size_t rows_in, std::size_t cols_in)
      : MatrixView(data_in, rows_in, cols_in, cols_in) {}
  MatrixView(T* data_in, std::size_t rows_in, std::size_t cols_in, std::size_t stride_in)
      : data(data_in), rows(rows_in), cols(cols_in), stride(stride_in) {}

  // NOLINTNEXTLINE(google-explicit-constructor): a writable view is usable wherever a read-only one is.
  operator MatrixView<const T>() const requires(!std::is_const_v<T>) { return {data, rows, cols, stride}; }

  [[nodiscard]] T& operator()(std::size_t r, std::size_t c) const { return data[r * stride + c]; }
  [[nodiscard]] std::span<T> row(std::size_t r) const { return {data + r * stride, cols}; }
  [[nodiscard]] bool empty() const { return data == nullptr || rows == 0 || cols == 0; }

  // The first `count` rows, count <= rows.
  [[nodiscard]] MatrixView first_rows(std::size_t count) const { return {data, count, cols, stride}; }
};

}  // namespace gradus
