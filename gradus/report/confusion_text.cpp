#include "gradus/report/confusion_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/report/ansi.h"
#include "gradus/report/display_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/text_table.h"

namespace gradus::report {

namespace {

constexpr int kMinWidth = 24;
constexpr int kWidestRowName = 20;
constexpr int kWidestColumn = 12;
constexpr int kNarrowestName = 4;  // shorter pieces of a name say nothing

struct Layout {
  int row_name;
  int column;
};

std::vector<std::string> shortened_names(const ConfusionTable& table, int width) {
  std::vector<std::string> names;
  for (const std::string& name : table.classes) names.push_back(shorten(name, width));
  return names;
}

bool all_differ(const std::vector<std::string>& names) {
  return std::set<std::string>(names.begin(), names.end()).size() == names.size();
}

// The widest columns with which the matrix fits; none where names would have to become the same or
// meaningless.
std::optional<Layout> fitting_layout(const ConfusionTable& table, int width) {
  int longest = 1;
  for (const std::string& name : table.classes) longest = std::max(longest, display_width(name));
  const int digits = display_width(format_count(table.largest()));
  const int row_name = std::min(longest, kWidestRowName);
  const int least = std::max(digits, std::min(longest, kNarrowestName));
  for (int column = std::max(digits, std::min(longest, kWidestColumn)); column >= least; --column) {
    const int total = row_name + 1 + static_cast<int>(table.size()) * (column + 1);
    if (total <= width && all_differ(shortened_names(table, column))) return Layout{row_name, column};
  }
  return std::nullopt;
}

// Blue for what is right, orange for what is wrong, where a tenth already matters; black figures on all of
// them.
std::string shaded(const std::string& text, double share, bool right) {
  constexpr int kBlack = 16;
  int colour = 0;
  if (right) {
    colour = share >= 0.9 ? 75 : share >= 0.6 ? 117 : share >= 0.3 ? 153 : 195;
  } else {
    if (share < 0.01) return text;
    colour = share >= 0.3 ? 208 : share >= 0.1 ? 215 : share >= 0.03 ? 223 : 230;
  }
  return ansi::background(colour) + ansi::foreground(kBlack) + text + std::string(ansi::kReset);
}

std::string matrix(const ConfusionTable& table, const Layout& layout, const ConfusionTextOptions& options) {
  std::string text =
      shorten("rows: true class, columns: predicted", std::max(kMinWidth, options.width)) + "\n";
  text += repeat(" ", layout.row_name + 1);
  for (const std::string& name : shortened_names(table, layout.column))
    text += " " + pad_left(name, layout.column);
  text += "\n";
  for (std::size_t actual = 0; actual < table.size(); ++actual) {
    text += pad_right(table.classes[actual], layout.row_name) + " ";
    for (std::size_t predicted = 0; predicted < table.size(); ++predicted) {
      const std::uint64_t count = table.count(actual, predicted);
      const std::string figure = count > 0 ? format_count(count) : options.unicode ? "·" : ".";
      const std::string cell = " " + pad_left(figure, layout.column);
      const bool shade = options.colour && count > 0;
      text += shade ? shaded(cell, table.share(actual, predicted), actual == predicted) : cell;
    }
    text += "\n";
  }
  return text;
}

std::string listing(const ConfusionTable& table, int width, std::size_t limit) {
  const std::uint64_t wrong = table.total() - table.correct();
  const std::string heading = fmt::format("{} of {} wrong{}", format_count(wrong),
                                          format_count(table.total()), wrong > 0 ? ", most often:" : "");
  TextTable rows({{"true"}, {"predicted"}, {"count", Align::kRight}, {"of class", Align::kRight}});
  for (const Confusion& confusion : most_frequent_confusions(table, limit)) {
    rows.add_row({table.classes[confusion.actual], table.classes[confusion.predicted],
                  format_count(confusion.count),
                  format_percent(table.share(confusion.actual, confusion.predicted))});
  }
  return shorten(heading, width) + "\n" + (wrong > 0 ? rows.render(width) : "");
}

}  // namespace

std::string confusion_text(const ConfusionTable& table, const ConfusionTextOptions& options) {
  GRADUS_ASSERT(table.counts.size() == table.size() * table.size(), table.counts.size(), table.size());
  const int width = std::max(kMinWidth, options.width);
  const auto layout = fitting_layout(table, width);
  return layout ? matrix(table, *layout, options) : listing(table, width, options.listed);
}

}  // namespace gradus::report
