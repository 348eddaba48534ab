#include "cli/console.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cli/signals.h"
#include "gradus/core/error.h"
#include "gradus/report/display_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/progress_bar.h"

namespace gradus::cli {

namespace {

constexpr int kWidthOfFiles = 100;

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// The first of LC_ALL, LC_CTYPE and LANG that is set decides; "C" and "POSIX" have no braille.
bool utf8_locale() {
  for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (!is_set(variable)) continue;
    const std::string_view value = std::getenv(variable);
    return value.find("UTF-8") != std::string_view::npos || value.find("utf8") != std::string_view::npos;
  }
  return true;
}

Console look() {
  Console console;
  console.terminal = isatty(STDOUT_FILENO) != 0;
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::strcmp(term, "dumb") == 0;
  console.progress = isatty(STDERR_FILENO) != 0 && !dumb;
  console.colour = console.terminal && !dumb && !is_set("NO_COLOR");
  console.unicode = utf8_locale();
  console.width = console.terminal ? report::terminal_width(STDOUT_FILENO) : kWidthOfFiles;
  return console;
}

// In pieces that a pipe takes when it says so: a reader who stands still keeps nobody from being interrupted.
bool written(std::string_view text) {
  constexpr std::size_t kPiece = 4096;
  constexpr int kPatience_ms = 1000;  // with a reader, of a program that is to end
  while (!text.empty()) {
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    const int ready = ::poll(&out, 1, interrupted() ? kPatience_ms : -1);
    if (ready == 0) return false;
    if (ready < 0 && errno != EINTR) return false;
    if (ready < 0) continue;
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), std::min(text.size(), kPiece));
    if (count < 0 && errno != EINTR && errno != EAGAIN) return false;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

const Console& console() {
  static const Console looked = look();
  return looked;
}

void print(std::string_view text) {
  // What a file says may stand in anything; to a program it goes as it is.
  std::string shown;
  if (console().terminal) {
    shown = console().colour ? report::printable_report(text) : report::printable_lines(text);
    text = shown;
  }
  if (written(text) || interrupted()) return;  // what was asked to end still has work to save
  if (errno == EPIPE)
    std::_Exit(128 + SIGPIPE);  // as the shell has it: the reader, `head` say, has seen enough
  throw Error(ErrorCode::kFile, std::string("writing to standard output: ") + std::strerror(errno));
}

void print_line(std::string_view text) {
  print(std::string(text) + "\n");
}

std::string wrapped(std::string_view text, int indent) {
  return report::wrap(report::printable_lines(text), console().terminal ? console().width : 0, indent);
}

std::string duration_text(double seconds) {
  std::string text = report::format_duration(seconds);
  const std::size_t micro = text.find("µ");
  if (micro != std::string::npos && !console().unicode)
    text.replace(micro, std::string_view("µ").size(), "u");
  return text;
}

void print_error(std::string_view text) {
  // A message may quote a file's own words.
  std::fprintf(stderr, "%s\n", report::printable(text).c_str());
}

}  // namespace gradus::cli
