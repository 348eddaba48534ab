#include "gradus/report/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>

#include "gradus/report/ansi.h"
#include "gradus/report/display_text.h"
#include "gradus/report/format_numbers.h"

namespace gradus::report {

namespace {

constexpr int kLongestBar = 30;
constexpr int kShortestBar = 8;
constexpr std::chrono::milliseconds kBetweenDrawings(100);

// What of the line is shown besides the label and the percentage.
struct Parts {
  bool rate, left, bar, note;
};

// Zeros where there is no terminal.
winsize terminal_size(int file_descriptor) {
  winsize size{};
  if (isatty(file_descriptor) != 1 || ioctl(file_descriptor, TIOCGWINSZ, &size) != 0) return {};
  return size;
}

std::string bar_text(double fraction, int width, bool unicode) {
  const int filled = static_cast<int>(fraction * width);
  return repeat(unicode ? "━" : "#", filled) + repeat(unicode ? "─" : "-", width - filled);
}

}  // namespace

std::string progress_line(const Progress& progress, int width, bool unicode) {
  const double fraction = std::isfinite(progress.fraction) ? std::clamp(progress.fraction, 0.0, 1.0) : 0.0;
  const std::string label = printable(progress.label);
  // Full only at the end: 99.9 % is not yet 100 %.
  const std::string percent = fmt::format("{:3} %", static_cast<int>(fraction * 100));
  const std::string left =
      std::isfinite(progress.seconds_left) ? format_clock(progress.seconds_left) + " left" : "";

  const auto tail_of = [&](const Parts& parts) {
    std::string tail = percent;
    if (parts.rate && !progress.rate.empty()) tail += "  " + printable(progress.rate);
    if (parts.left && !left.empty()) tail += "  " + left;
    if (parts.note && !progress.note.empty()) tail += "  " + printable(progress.note);
    return tail;
  };
  constexpr std::array<Parts, 6> kFromWideToNarrow = {{{true, true, true, true},
                                                       {false, true, true, true},
                                                       {false, false, true, true},
                                                       {false, false, false, true},
                                                       {false, false, true, false},
                                                       {false, false, false, false}}};
  for (const Parts& parts : kFromWideToNarrow) {
    const std::string tail = tail_of(parts);
    const int room = width - display_width(label) - display_width(tail) - 2;  // two blanks
    if (parts.bar && room >= kShortestBar) {
      return label + " " + bar_text(fraction, std::min(room, kLongestBar), unicode) + " " + tail;
    }
    if (!parts.bar && room >= -1) return label + " " + tail;
  }
  // The end of a long label goes before the figure.
  const int room = width - display_width(percent) - 1;
  return room >= kShortestBar ? shorten(label, room) + " " + percent : shorten(label + " " + percent, width);
}

int terminal_width(int file_descriptor, int otherwise) {
  const int columns = terminal_size(file_descriptor).ws_col;
  return columns > 0 ? columns : otherwise;
}

int terminal_height(int file_descriptor, int otherwise) {
  const int rows = terminal_size(file_descriptor).ws_row;
  return rows > 0 ? rows : otherwise;
}

ProgressBar::ProgressBar(std::ostream& out, Options options) : out_(out), options_(std::move(options)) {}

ProgressBar::~ProgressBar() {
  try {
    clear();
  } catch (const std::exception&) {
    // A stream that throws must not end the program from a destructor; the line stays.
  }
}

bool ProgressBar::due() const {
  return options_.is_terminal && (!drawn_ || now() - drawn_at_ >= kBetweenDrawings);
}

void ProgressBar::update(const Progress& progress) {
  if (!due()) return;
  const int width = options_.width ? options_.width() : 80;
  // One column stays free: a line that fills the last one wraps in some terminals.
  out_ << ansi::kEraseLine << progress_line(progress, width - 1, options_.unicode) << std::flush;
  drawn_ = true;
  drawn_at_ = now();
}

void ProgressBar::clear() {
  if (!drawn_) return;
  out_ << ansi::kEraseLine << std::flush;
  drawn_ = false;
}

std::chrono::steady_clock::time_point ProgressBar::now() const {
  return options_.now ? options_.now() : std::chrono::steady_clock::now();
}

}  // namespace gradus::report
