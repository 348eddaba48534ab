// How a CSV file is written: its separator, and whether its first line names the columns.
#pragma once

#include <cstddef>
#include <string_view>

namespace gradus {

// The text up to the end of that line, blank ones not counted; all of it where it has fewer. What decides how a file is written: read
// part by part it has no more at first.
[[nodiscard]] std::string_view first_lines(std::string_view text, std::size_t lines);

// The one of ; tab | , that splits the first lines most evenly into two or more fields; a comma where none
// does.
[[nodiscard]] char detect_separator(std::string_view text);

// The first line is a header when none of its fields is a number and either some column below it holds
// numbers, or all its fields differ from each other and from what stands below them.
[[nodiscard]] bool detect_header(std::string_view text, char separator);

}  // namespace gradus
