// Lists as they stand in a query: "3,5-9", "train_loss,test_loss". All throw Error(kInvalidArgument).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::server {

// Numbers of runs and ranges of them, at most `most` in all, none twice, at least one.
[[nodiscard]] std::vector<std::uint64_t> run_list(std::string_view text, std::size_t most);

// Words between commas; of an empty text none.
[[nodiscard]] std::vector<std::string> word_list(std::string_view text, std::size_t most);

// A whole number between `least` and `most`, which an empty text stands for.
[[nodiscard]] std::size_t count_of(std::string_view text, std::size_t least, std::size_t most);

}  // namespace gradus::server
