#include "gradus/report/html_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gradus/report/svg.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

bool may_be_linked(std::string_view target) {
  if (target.starts_with("https://") || target.starts_with("http://")) return true;
  const bool relative = !target.empty() && target.front() != '/' && target.front() != '\\';
  return relative && target.find(':') == std::string_view::npos &&
         target.find("..") == std::string_view::npos;
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string one_line(text);
  for (char& c : one_line) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return svg_escape(one_line);
}

std::string html_escape_lines(std::string_view text) {
  std::string result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result += html_escape(text.substr(begin, end - begin));
    if (end < text.size()) result += '\n';
    begin = end + 1;
  }
  return result;
}

std::string html_link(const HtmlLink& link) {
  const std::string text = html_escape(link.text);
  return may_be_linked(link.target) ? fmt::format("<a href=\"{}\">{}</a>", html_escape(link.target), text)
                                    : text;
}

std::string inline_svg(std::string_view svg) {
  static const std::string style = "<style>" + svg_style() + "</style>\n";
  std::string result(svg);
  const std::size_t at = result.find(style);
  if (at != std::string::npos) result.erase(at, style.size());
  return result;
}

int svg_document_width(std::string_view svg) {
  constexpr std::string_view kWidth = " width=\"";
  int width = 760;
  const std::size_t at = svg.substr(0, svg.find('>')).find(kWidth);
  if (at != std::string_view::npos) {
    const std::string_view number = svg.substr(at + kWidth.size());
    std::from_chars(number.data(), number.data() + number.size(), width);
  }
  return width;
}

}  // namespace gradus::report
