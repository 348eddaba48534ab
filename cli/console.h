// Where people look: standard output for results, standard error for progress and errors.
#pragma once

#include <string>
#include <string_view>

namespace gradus::cli {

struct Console {
  bool terminal = false;  // standard output is a terminal
  bool progress = false;  // standard error is a terminal that can erase a line
  bool colour = false;    // terminal, and neither NO_COLOR nor TERM=dumb
  bool unicode = true;    // the locale's character set is UTF-8 or not named
  int width = 80;         // columns of standard output, 100 where it is no terminal
};

// Looked at once.
[[nodiscard]] const Console& console();

// To standard output. A terminal gets nothing that could steer it, whatever names and values stand in the text. Throws
// Error(kFile) when it cannot be written (a full disk), except for a closed pipe.
void print(std::string_view text);
void print_line(std::string_view text);
// Sentences and lists: wrapped at the terminal's width, in a file not, control characters replaced in both.
[[nodiscard]] std::string wrapped(std::string_view text, int indent);
// "303 µs", with "us" where the terminal has no such letter.
[[nodiscard]] std::string duration_text(double seconds);
// One line to standard error.
void print_error(std::string_view text);

}  // namespace gradus::cli
