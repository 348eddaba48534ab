// Small pieces of HTML: text, links, pictures put into a page.
#pragma once

#include <string>
#include <string_view>

#include "gradus/report/html_report.h"

namespace gradus::report {

// Text for content and quoted attribute values; what is no valid UTF-8 becomes U+FFFD. Line breaks become
// blanks here and stay in html_escape_lines.
[[nodiscard]] std::string html_escape(std::string_view text);
[[nodiscard]] std::string html_escape_lines(std::string_view text);

// The text alone where the target is neither http(s) nor a path within the report's folder.
[[nodiscard]] std::string html_link(const HtmlLink& link);

// A picture of this room without its style sheet, which the page has once for all.
[[nodiscard]] std::string inline_svg(std::string_view svg);
// The width that its first tag states; 760 where there is none.
[[nodiscard]] int svg_document_width(std::string_view svg);

}  // namespace gradus::report
