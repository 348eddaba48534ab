// Writing .npy; the format stands in npy.cpp.
#include <fmt/format.h>

#include "gradus/data/npy.h"
#include "gradus/data/shape.h"

namespace gradus {
namespace {

constexpr std::size_t kAlign = 64;
constexpr std::size_t kBeforeHeader = 10;  // magic, version, length

std::string with_header(const std::string& descr, std::span<const std::size_t> shape,
                        std::string_view values) {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr, shape_text(shape));
  const std::size_t used = kBeforeHeader + header.size() + 1;
  header.append((kAlign - used % kAlign) % kAlign, ' ');
  header += '\n';
  std::string array("\x93NUMPY\x01\x00", 8);
  array += static_cast<char>(header.size() & 0xff);
  array += static_cast<char>(header.size() >> 8);
  array += header;
  array += values;
  return array;
}

}  // namespace

std::string format_npy(const Tensor& tensor) {
  return std::visit(
      [&]<class T>(const std::vector<T>& values) {
        const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
        return with_header(sizeof(T) == 8 ? "<f8" : "<f4", tensor.shape, bytes);
      },
      tensor.values);
}

std::string format_npy(std::string_view text) {
  return with_header(fmt::format("|S{}", text.size()), {}, text);
}

}  // namespace gradus
