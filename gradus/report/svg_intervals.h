// Estimates with their intervals, one below the other: results of contenders (dot and whisker) and
// differences that claims are about (forest plot).
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gradus/report/axis.h"
#include "gradus/report/verdict_mark.h"

namespace gradus::report {

struct IntervalRow {
  std::string name = {};
  double estimate = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();  // not finite: no whisker
  double high = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> points = {};  // single seeds, small behind the estimate
  VerdictMark verdict = VerdictMark::kNone;
  std::string note = {};  // "2 of 10 diverged"
};

// An upright line: "no difference" at 0, "chance" at 0.5.
struct IntervalReference {
  double x = 0;
  std::string label = {};
};

// Rows that share an axis. Claims about different quantities stand in different panels.
struct IntervalPanel {
  std::string x_title = {};  // with its unit
  Scale x_scale = Scale::kLinear;
  std::vector<IntervalRow> rows = {};
  std::optional<IntervalReference> reference = {};
};

struct IntervalPicture {
  std::string title = {};
  std::string subtitle = {};
  std::vector<IntervalPanel> panels = {};
  double width = 760;  // of the picture, in pixels; at least 320
};

// The document. Names stand left, figures and verdicts in words right. Dots, not bars: a bar must begin at
// zero to be honest, and accuracies between 0.95 and 0.97 would then all look alike.
[[nodiscard]] std::string svg_intervals(const IntervalPicture& picture);

}  // namespace gradus::report
