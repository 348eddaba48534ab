// Sizes that come from files: products that cannot wrap, and shapes as text for messages.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace gradus {

// Bytes of an array of that shape; empty where the product does not fit. A zero among the sizes gives 0.
[[nodiscard]] std::optional<std::size_t> checked_bytes(std::span<const std::size_t> shape,
                                                       std::size_t item_size);

// "(60000, 28, 28)", as Python writes tuples: "(5,)" for one dimension.
[[nodiscard]] std::string shape_text(std::span<const std::size_t> shape);

}  // namespace gradus
