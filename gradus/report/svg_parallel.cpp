#include "gradus/report/svg_parallel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_legend.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kPlotHeight = 300;
constexpr double kHeadingSize = 12.5;  // bold letters are wider
constexpr double kDivergedBelow = 30;  // where diverged runs end under the axis of results
constexpr double kLeastBetween = 96;   // of two axes

// An axis that stands upright, or a list of names evenly spread over its height.
struct UprightAxis {
  std::string name;
  Axis axis;
  std::vector<std::string> categories;
  double x = 0;

  [[nodiscard]] std::optional<double> share(double value) const {
    if (!categories.empty()) {
      const double last = static_cast<double>(categories.size()) - 1;
      if (!(value >= 0 && value <= last)) return std::nullopt;
      return last == 0 ? 0.5 : 1 - value / last;
    }
    if (!plottable(value, axis.scale)) return std::nullopt;
    return axis.fraction(value);
  }
};

class ParallelLayout {
 public:
  explicit ParallelLayout(const ParallelPicture& picture);
  [[nodiscard]] std::string draw() const;

 private:
  void make_axes();
  void rank_runs();
  [[nodiscard]] double y_of(double share) const { return top_ + kPlotHeight * (1 - share); }
  [[nodiscard]] SvgPath path_of(const ParallelRun& run) const;
  [[nodiscard]] std::string description() const;
  [[nodiscard]] double axis_room() const;
  [[nodiscard]] double name_room(std::size_t index) const;
  void draw_axis(Svg& svg, std::size_t index) const;
  void draw_runs(Svg& svg) const;

  const ParallelPicture& picture_;
  double width_;
  double top_ = 0;
  std::vector<UprightAxis> axes_;  // the last one of results
  std::vector<std::size_t> best_;  // runs, the best first
  std::size_t diverged_ = 0;
  Legend legend_;
};

ParallelLayout::ParallelLayout(const ParallelPicture& picture) : picture_(picture) {
  for (const ParallelRun& run : picture.runs) {
    GRADUS_ASSERT(run.values.size() == picture.axes.size(), run.name, run.values.size(), picture.axes.size());
  }
  make_axes();
  const double between = static_cast<double>(axes_.size() - 1);
  width_ = std::max({320.0, picture.width, 2 * kPictureMargin + kLeastBetween * (between + 1)});
  rank_runs();
  // The outer axes stand in so far that their names have room.
  const auto inset = [&](const UprightAxis& axis) {
    const double half = std::min(svg_text_width(axis.name, kFontSize) / 2, kLeastBetween);
    return kPictureMargin + std::max(half, kLeastBetween / 2);
  };
  const double first = inset(axes_.front());
  const double step = between == 0 ? 0 : (width_ - first - inset(axes_.back())) / between;
  for (std::size_t i = 0; i < axes_.size(); ++i) axes_[i].x = first + step * static_cast<double>(i);
  top_ = PictureTitle(picture.title, picture.subtitle, width_).bottom() + 12 + legend_.height() + 34;
}

void ParallelLayout::make_axes() {
  const int ticks = static_cast<int>(kPlotHeight / 38);
  for (std::size_t i = 0; i < picture_.axes.size(); ++i) {
    const ParallelAxis& axis = picture_.axes[i];
    ValueRange range(axis.scale);
    for (const ParallelRun& run : picture_.runs) range.add(run.values[i]);
    axes_.push_back({axis.name, rounded_axis(range, ticks), axis.categories});
  }
  ValueRange results(picture_.result_scale);
  for (const ParallelRun& run : picture_.runs) results.add(run.result);
  axes_.push_back({picture_.result_title, rounded_axis(results, ticks), {}});
}

void ParallelLayout::rank_runs() {
  for (std::size_t i = 0; i < picture_.runs.size(); ++i) {
    if (axes_.back().share(picture_.runs[i].result)) {
      best_.push_back(i);
    } else {
      ++diverged_;
    }
  }
  std::stable_sort(best_.begin(), best_.end(), [&](std::size_t a, std::size_t b) {
    const double first = picture_.runs[a].result;
    const double second = picture_.runs[b].result;
    return picture_.better == Better::kLarger ? first > second : first < second;
  });
  const std::size_t others = best_.size() - std::min(best_.size(), picture_.best);
  best_.resize(best_.size() - others);
  std::vector<LegendItem> items;
  for (std::size_t i = 0; i < best_.size(); ++i) {
    const ParallelRun& run = picture_.runs[best_[i]];
    const std::string result = typeset_number(format_significant(run.result));
    items.push_back({run.name.empty() ? result : run.name + ": " + result, Swatch::kCurve, i});
  }
  if (others > 0) items.push_back({fmt::format("{} others", others), Swatch::kFaint});
  if (diverged_ > 0) items.push_back({fmt::format("{} diverged", diverged_), Swatch::kDashed});
  legend_ = Legend(std::move(items), width_ - 2 * kPictureMargin);
}

SvgPath ParallelLayout::path_of(const ParallelRun& run) const {
  SvgPath path;
  bool gap = true;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const bool result = i + 1 == axes_.size();
    const std::optional<double> share = axes_[i].share(result ? run.result : run.values[i]);
    if (!share && !result) {
      gap = true;
      continue;
    }
    const double y = share ? y_of(*share) : top_ + kPlotHeight + kDivergedBelow;
    gap ? path.move_to(axes_[i].x, y) : path.line_to(axes_[i].x, y);
    gap = false;
  }
  return path;
}

// What the name of an inner axis, or the labels beside one, may take.
double ParallelLayout::axis_room() const {
  return axes_.size() < 2 ? width_ - 2 * kPictureMargin : axes_[1].x - axes_[0].x - 10;
}

// Outer names may reach inwards as far as their neighbours leave room.
double ParallelLayout::name_room(std::size_t index) const {
  const bool first = index == 0;
  if (axes_.size() < 2 || (!first && index + 1 < axes_.size())) return axis_room();
  const UprightAxis& neighbour = axes_[first ? 1 : index - 1];
  const double taken = std::min(svg_text_width(neighbour.name, kHeadingSize), axis_room()) / 2;
  const double outwards = first ? axes_[0].x - 4 : width_ - 4 - axes_[index].x;
  return 2 * std::min(outwards, axis_room() - taken);
}

void ParallelLayout::draw_axis(Svg& svg, std::size_t index) const {
  const UprightAxis& axis = axes_[index];
  svg.line(axis.x, top_, axis.x, top_ + kPlotHeight, "class=\"axis\"");
  svg.text(axis.x, top_ - 14, fit_text(axis.name, name_room(index), kHeadingSize),
           "class=\"heading\" text-anchor=\"middle\"");
  const auto label = [&](double y, const std::string& text) {
    svg.line(axis.x - 4, y, axis.x, y, "class=\"axis\"");
    svg.text(axis.x - 7, y + 4, fit_text(text, axis_room() / 2 + 20, 11),
             "class=\"small halo\" text-anchor=\"end\"");
  };
  for (std::size_t i = 0; i < axis.categories.size(); ++i) {
    label(y_of(*axis.share(static_cast<double>(i))), axis.categories[i]);
  }
  if (!axis.categories.empty()) return;
  for (const Tick& tick : upright_ticks(axis.axis, kPlotHeight)) {
    label(y_of(axis.axis.fraction(tick.value)), typeset_number(tick.label));
  }
}

void ParallelLayout::draw_runs(Svg& svg) const {
  std::vector<bool> stands_out(picture_.runs.size());
  for (const std::size_t run : best_) stands_out[run] = true;
  const double crowd = static_cast<double>(std::max<std::size_t>(1, picture_.runs.size()));
  const std::string opacity =
      fmt::format(" stroke-opacity=\"{}\"", svg_number(std::clamp(30 / crowd, 0.25, 0.8)));
  for (std::size_t i = 0; i < picture_.runs.size(); ++i) {
    if (stands_out[i]) continue;
    const bool diverged = !axes_.back().share(picture_.runs[i].result);
    svg.path(path_of(picture_.runs[i]),
             std::string("class=\"faint\"") + opacity + (diverged ? " stroke-dasharray=\"3 3\"" : ""));
  }
  for (std::size_t rank = best_.size(); rank-- > 0;) {
    svg.path(path_of(picture_.runs[best_[rank]]), svg_curve_attributes(rank));
  }
}

std::string ParallelLayout::description() const {
  std::string text =
      fmt::format("Parallel coordinates of {} runs, {} diverged, over", picture_.runs.size(), diverged_);
  for (const UprightAxis& axis : axes_) text += " " + axis.name + ",";
  text.back() = '.';
  if (!best_.empty()) {
    const ParallelRun& run = picture_.runs[best_.front()];
    text += fmt::format(" Best: {} with {}.", run.name, format_significant(run.result));
  }
  return text;
}

std::string ParallelLayout::draw() const {
  const double below = diverged_ > 0 ? kDivergedBelow + 20 : 10;
  Svg svg(width_, top_ + kPlotHeight + below + 14, picture_.title, description());
  const PictureTitle title(picture_.title, picture_.subtitle, width_);
  title.draw(svg);
  legend_.draw(svg, kPictureMargin, title.bottom() + 12);
  draw_runs(svg);
  for (std::size_t i = 0; i < axes_.size(); ++i) draw_axis(svg, i);
  if (diverged_ > 0) {
    svg.text(axes_.back().x, top_ + kPlotHeight + kDivergedBelow + 16, "diverged",
             "class=\"small muted halo\" text-anchor=\"middle\"");
  }
  if (picture_.runs.empty()) {
    svg.text(width_ / 2, top_ + kPlotHeight / 2, "no runs", "class=\"muted halo\" text-anchor=\"middle\"");
  }
  return svg.finish();
}

}  // namespace

std::string svg_parallel(const ParallelPicture& picture) {
  return ParallelLayout(picture).draw();
}

}  // namespace gradus::report
