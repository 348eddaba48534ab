// The elementary functions of each kernel set over arrays: the library itself has no such entry points.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace gradus::test {

template <class T>
struct VectorFunctions {
  using Function = void (*)(const T* in, T* out, std::size_t count);  // count: a multiple of 16

  std::string_view set;
  Function exp;
  Function expm1;
  Function log;
  Function log1p;
  Function erf;
};

// Those that this processor runs, with the scalar set last.
template <class T>
[[nodiscard]] std::vector<VectorFunctions<T>> vector_functions();
extern template std::vector<VectorFunctions<float>> vector_functions();
extern template std::vector<VectorFunctions<double>> vector_functions();

}  // namespace gradus::test
