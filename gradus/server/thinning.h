// Curves with as many points as a picture can show.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace gradus::server {

// Which of the values to keep, ascending and at most `most` (at least 4): the first, the last, and the least and the
// largest of each of evenly long pieces, so that no peak is lost. A piece without finite values keeps its first.
[[nodiscard]] std::vector<std::size_t> thinned(std::span<const double> values, std::size_t most);

}  // namespace gradus::server
