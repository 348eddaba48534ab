// Line charts in the terminal: braille dots, 2 x 4 of them per character, or plain ASCII.
#pragma once

#include <span>
#include <string>

#include "gradus/report/axis.h"
#include "gradus/report/curve.h"

namespace gradus::report {

struct TerminalChartOptions {
  std::string title = {};
  std::string x_title = {};
  int width = 80;   // of every line, in columns; taken as at least 24
  int height = 16;  // lines of the plotting area; taken as at least 3
  bool colour = false;
  bool unicode = true;  // false: curves are told apart by their characters
  Scale x_scale = Scale::kLinear;
  Scale y_scale = Scale::kLinear;
};

// Lines of at most options.width columns, each ended by a newline: title, chart, x axis, legend. Without
// colour curves differ by their dashes. Where nothing can be drawn, the chart is empty and says so.
[[nodiscard]] std::string terminal_chart(std::span<const Curve> curves, const TerminalChartOptions& options);

}  // namespace gradus::report
