#include "gradus/report/svg_confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_frame.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

constexpr double kLongestName = 140;
constexpr double kLeastForCount = 15;  // a smaller cell holds no figures

// Where the cells stand and how names and counts are set.
struct Layout {
  double width;
  double left;
  double top;
  double cell;
  double names_height;  // of the column names
  bool upright_names;   // column names turned by a right angle
  double count_size;    // of the figures; 0: none
};

Layout layout_of(const ConfusionPicture& picture, const std::string& subtitle) {
  const ConfusionTable& table = picture.table;
  double longest = 0;
  for (const std::string& name : table.classes) longest = std::max(longest, svg_text_width(name, kFontSize));
  longest = std::min(longest, kLongestName);
  const double classes = std::max<double>(1, static_cast<double>(table.size()));
  Layout layout{};
  layout.left = kPictureMargin + 32 + longest;
  const double room = std::min(560.0, picture.width - layout.left - kPictureMargin);
  layout.cell = std::clamp(std::floor(room / classes), 13.0, 64.0);
  layout.upright_names = longest > layout.cell - 6;
  layout.names_height = layout.upright_names ? longest + 14 : 20;
  layout.width = std::max(340.0, layout.left + classes * layout.cell + kPictureMargin);
  layout.top = PictureTitle(picture.title, subtitle, layout.width).bottom() + 30 + layout.names_height;
  const double one_wide = svg_text_width(format_count(table.largest()), 1);
  const double fitting = std::min(13.0, (layout.cell - 4) / one_wide);
  layout.count_size = layout.cell >= kLeastForCount && fitting >= 6.5 ? fitting : 0;
  return layout;
}

void draw_cells(Svg& svg, const ConfusionTable& table, const Layout& layout) {
  for (std::size_t actual = 0; actual < table.size(); ++actual) {
    for (std::size_t predicted = 0; predicted < table.size(); ++predicted) {
      const double x = layout.left + static_cast<double>(predicted) * layout.cell;
      const double y = layout.top + static_cast<double>(actual) * layout.cell;
      const double share = table.share(actual, predicted);
      const bool right = actual == predicted;
      const double strength = right ? share : std::sqrt(share);
      svg.rect(x + 0.5, y + 0.5, layout.cell - 1, layout.cell - 1, "class=\"empty\"");
      if (share > 0) {
        svg.rect(x + 0.5, y + 0.5, layout.cell - 1, layout.cell - 1,
                 fmt::format("class=\"{}\" fill-opacity=\"{}\"", right ? "right" : "wrong",
                             svg_number(0.04 + 0.96 * strength)));
      }
      if (layout.count_size > 0 && (share > 0 || right)) {
        svg.text(x + layout.cell / 2, y + layout.cell / 2 + layout.count_size * 0.36,
                 format_count(table.count(actual, predicted)),
                 fmt::format("{}style=\"font-size:{}px\" text-anchor=\"middle\"",
                             strength > 0.55 ? "class=\"deep\" " : "", svg_number(layout.count_size)));
      }
    }
  }
}

void draw_names(Svg& svg, const ConfusionTable& table, const Layout& layout) {
  const double extent = static_cast<double>(table.size()) * layout.cell;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const double middle = (static_cast<double>(i) + 0.5) * layout.cell;
    const std::string name = fit_text(table.classes[i], kLongestName, kFontSize);
    svg.text(layout.left - 8, layout.top + middle + 4, name, "text-anchor=\"end\"");
    if (layout.upright_names) {
      const std::string x = svg_number(layout.left + middle + 4);
      const std::string y = svg_number(layout.top - 8);
      svg.text(layout.left + middle + 4, layout.top - 8, name,
               fmt::format("transform=\"rotate(-90 {} {})\"", x, y));
    } else {
      svg.text(layout.left + middle, layout.top - 8, name, "text-anchor=\"middle\"");
    }
  }
  svg.text(layout.left + extent / 2, layout.top - layout.names_height - 8, "predicted class",
           "class=\"heading\" text-anchor=\"middle\"");
  const double y = layout.top + extent / 2;
  svg.text(kPictureMargin + 10, y, "true class",
           fmt::format("class=\"heading\" text-anchor=\"middle\" transform=\"rotate(-90 {} {})\"",
                       svg_number(kPictureMargin + 10), svg_number(y)));
}

}  // namespace

std::string svg_confusion(const ConfusionPicture& picture) {
  const ConfusionTable& table = picture.table;
  GRADUS_ASSERT(table.counts.size() == table.size() * table.size(), table.counts.size(), table.size());
  const std::string subtitle = picture.subtitle.empty() ? table.summary() : picture.subtitle;
  const Layout layout = layout_of(picture, subtitle);
  const double extent = static_cast<double>(table.size()) * layout.cell;
  const PictureTitle title(picture.title, subtitle, layout.width);
  const double height = std::max(layout.top + extent, layout.top + 40) + kPictureMargin;

  Svg svg(layout.width, height, picture.title,
          fmt::format("Confusion matrix of {} classes, {}.", table.size(), table.summary()));
  title.draw(svg);
  draw_cells(svg, table, layout);
  draw_names(svg, table, layout);
  return svg.finish();
}

}  // namespace gradus::report
