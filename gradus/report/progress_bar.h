// One line that shows how far something is, rewritten in place:
//   epoch 12/100 ━━━━━━──── 45 %  31,200 samples/s  0:12 left  loss 0.1234
#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <ostream>
#include <string>

namespace gradus::report {

struct Progress {
  std::string label = {};  // "epoch 12/100"
  double fraction = 0;     // of the whole that the bar stands for, 0 to 1
  std::string rate = {};   // "31,200 samples/s"; empty: not shown
  double seconds_left = std::numeric_limits<double>::quiet_NaN();  // not finite: not shown
  std::string note = {};                                           // "loss 0.1234"; empty: not shown
};

// The line in at most `width` columns, without newline. Where it is narrow the bar shrinks; then the rate
// goes, the time left, the bar, the note (and the bar comes back if it then has room), the label's end.
[[nodiscard]] std::string progress_line(const Progress& progress, int width, bool unicode = true);

// Columns and rows of the terminal behind a file descriptor, `otherwise` where there is none.
[[nodiscard]] int terminal_width(int file_descriptor, int otherwise = 80);
[[nodiscard]] int terminal_height(int file_descriptor, int otherwise = 24);

// Writes nothing where the stream is no terminal. Never hides the cursor, so nothing has to be restored when
// the program is killed. Not for several threads at once. The stream must outlive the bar.
class ProgressBar {
 public:
  struct Options {
    bool is_terminal = false;
    bool unicode = true;
    std::function<int()> width = {};  // asked at every drawing: windows are resized; empty: 80
    std::function<std::chrono::steady_clock::time_point()> now = {};  // empty: the steady clock
  };

  ProgressBar(std::ostream& out, Options options);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // True when update would draw: at most ten times a second. Lets a fast loop skip putting the text together.
  [[nodiscard]] bool due() const;

  // Draws if due.
  void update(const Progress& progress);

  // Erases the line, so that other output can be written; the next update draws again at once.
  void clear();

 private:
  [[nodiscard]] std::chrono::steady_clock::time_point now() const;

  std::ostream& out_;
  Options options_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point drawn_at_;
};

}  // namespace gradus::report
