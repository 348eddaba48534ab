// NumPy arrays as the binding takes and makes them.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace gradus::python {

namespace nb = nanobind;

template <class T>
using Matrix = nb::ndarray<const T, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Vector = nb::ndarray<const T, nb::shape<-1>, nb::c_contig, nb::device::cpu>;

// A new array that owns its memory.
template <class T>
nb::ndarray<nb::numpy, T> array_of(std::vector<T> values, std::vector<std::size_t> shape) {
  auto* owned = new std::vector<T>(std::move(values));
  const nb::capsule owner(owned,
                          [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
  return {owned->data(), shape.size(), shape.data(), owner};
}

template <class T>
nb::ndarray<nb::numpy, T> array_of(std::vector<T> values) {
  const std::size_t size = values.size();
  return array_of<T>(std::move(values), {size});
}

}  // namespace gradus::python
