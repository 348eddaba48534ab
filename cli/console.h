// Where people look: standard output for results, standard error for progress and errors.
#pragma once

#include <string>
#include <string_view>

namespace gradus::cli {

struct Console {
  bool terminal = false;  // standard output is a terminal
  bool progress = false;  // standard error is a terminal
  bool colour = false;    // terminal, and neither NO_COLOR nor TERM=dumb
  bool unicode = true;    // the locale's character set is UTF-8 or not named
  int width = 80;         // columns of standard output, 100 where it is no terminal
};

// Looked at once.
[[nodiscard]] const Console& console();

// To standard output. Throws Error(kFile) when it cannot be written (a full disk), except for a closed pipe.
void print(std::string_view text);
void print_line(std::string_view text);
// One line to standard error.
void print_error(std::string_view text);

}  // namespace gradus::cli
