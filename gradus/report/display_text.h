// Text for a terminal: how many columns it takes, made to fit, made harmless. Knows the basics of Unicode:
// combining marks take no column, East Asian wide characters and emoji take two. Text must not contain escape
// sequences.
#pragma once

#include <string>
#include <string_view>

namespace gradus::report {

// Control characters and bytes that are no UTF-8 become U+FFFD: a name out of a file cannot steer the
// terminal.
[[nodiscard]] std::string printable(std::string_view text);

// The same for a text of several lines: their ends stay, and tabs.
[[nodiscard]] std::string printable_lines(std::string_view text);
// The same for a text in which reports set colours: those of ansi.h stay, every other escape sequence is made harmless.
[[nodiscard]] std::string printable_report(std::string_view text);

// Columns that printable(text) takes.
[[nodiscard]] int display_width(std::string_view text);

// printable(text), with an ellipsis for its end where it takes more than `width` columns.
[[nodiscard]] std::string shorten(std::string_view text, int width);

// Shortened or filled with blanks to exactly `width` columns.
[[nodiscard]] std::string pad_right(std::string_view text, int width);
[[nodiscard]] std::string pad_left(std::string_view text, int width);

// Lines of at most `width` columns, broken at blanks; continuation lines begin with `indent` blanks. Line
// breaks and runs of blanks within a line stay; a word longer than a line stands alone. A width of 0 sets no
// limit.
[[nodiscard]] std::string wrap(std::string_view text, int width, int indent);

// `text` (may be of several bytes) `count` times; nothing for a count below 1.
[[nodiscard]] std::string repeat(std::string_view text, int count);

}  // namespace gradus::report
