// For the tests: where the texts of a picture stand, and whether two of them overlap.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/report/svg.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report::test {

struct Label {
  std::string text;
  double left, top, right, bottom;
};

// The value of an attribute of a tag; empty where there is none.
inline std::string_view attribute(std::string_view tag, std::string_view name) {
  const std::string start = " " + std::string(name) + "=\"";
  const std::size_t at = tag.find(start);
  if (at == std::string_view::npos) return "";
  const std::string_view value = tag.substr(at + start.size());
  return value.substr(0, value.find('"'));
}

inline double attribute_number(std::string_view tag, std::string_view name) {
  return std::strtod(std::string(attribute(tag, name)).c_str(), nullptr);
}

inline double font_size_of(std::string_view tag) {
  const std::size_t styled = tag.find("font-size:");
  if (styled != std::string_view::npos)
    return std::strtod(std::string(tag.substr(styled + 10, 8)).c_str(), nullptr);
  if (tag.find("title") != std::string_view::npos) return 17;
  return tag.find("small") != std::string_view::npos ? 11 : kFontSize;
}

// Letters are taken as narrower than the layout thinks, because it is generous.
inline Label label_of(std::string_view tag, std::string_view content) {
  constexpr double kTrueShare = 0.88;
  std::string text(content);
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    text.replace(at, text.find(';', at) - at + 1, "&");
  }
  const double size = font_size_of(tag);
  const double width = svg_text_width(text, size) * kTrueShare;
  const std::string_view anchor = attribute(tag, "text-anchor");
  const double before = anchor == "end" ? width : anchor == "middle" ? width / 2 : 0;
  const double x = attribute_number(tag, "x");
  const double y = attribute_number(tag, "y");
  const double up = size * 0.72;
  const double down = size * 0.1;
  if (tag.find("rotate(-90") == std::string_view::npos)
    return {text, x - before, y - up, x - before + width, y + down};
  return {text, x - up, y + before - width, x + down, y + before};
}

inline std::vector<Label> labels_of(std::string_view document) {
  std::vector<Label> labels;
  for (std::size_t at = document.find("<text "); at != std::string_view::npos;
       at = document.find("<text ", at + 1)) {
    const std::size_t end = document.find('>', at);
    const std::string_view content = document.substr(end + 1, document.find("</text>", end) - end - 1);
    if (!content.empty()) labels.push_back(label_of(document.substr(at, end - at), content));
  }
  return labels;
}

// The first two labels that overlap, or one that leaves the picture; empty when all is well.
inline std::string label_fault(std::string_view document) {
  const std::string_view root = document.substr(0, document.find('>'));
  const double width = attribute_number(root, "width");
  const double height = attribute_number(root, "height");
  const std::vector<Label> labels = labels_of(document);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Label& a = labels[i];
    if (a.left < 0 || a.top < 0 || a.right > width || a.bottom > height) return "outside: " + a.text;
    for (std::size_t j = i + 1; j < labels.size(); ++j) {
      const Label& b = labels[j];
      const double across = std::min(a.right, b.right) - std::max(a.left, b.left);
      const double upright = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
      if (across > 1 && upright > 1) return "\"" + a.text + "\" over \"" + b.text + "\"";
    }
  }
  return "";
}

}  // namespace gradus::report::test
