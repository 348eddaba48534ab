#include "gradus/data/shape.h"

#include <algorithm>
#include <limits>

namespace gradus {

std::optional<std::size_t> checked_bytes(std::span<const std::size_t> shape, std::size_t item_size) {
  if (std::ranges::find(shape, std::size_t{0}) != shape.end()) return 0;
  std::size_t product = item_size;
  for (const std::size_t size : shape) {
    if (product > std::numeric_limits<std::size_t>::max() / size) return std::nullopt;
    product *= size;
  }
  return product;
}

std::string shape_text(std::span<const std::size_t> shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ", ";
    text += std::to_string(shape[i]);
  }
  return text + (shape.size() == 1 ? ",)" : ")");
}

}  // namespace gradus
