// For the tests: is a document well-formed XML in the subset that Svg writes?
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::report::test {

// An ampersand must begin one of the entities that the writer uses.
inline bool entities_are_known(std::string_view text) {
  for (std::size_t at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    const std::string_view rest = text.substr(at);
    const bool known = rest.starts_with("&lt;") || rest.starts_with("&gt;") || rest.starts_with("&amp;") ||
                       rest.starts_with("&quot;");
    if (!known) return false;
  }
  return true;
}

// What is wrong with the attributes of one tag; empty when nothing is.
inline std::string attribute_fault(std::string_view attributes) {
  while (!attributes.empty()) {
    if (attributes.front() == ' ') {
      attributes.remove_prefix(1);
      continue;
    }
    const std::size_t quote = attributes.find("=\"");
    if (quote == std::string_view::npos) return "no value: " + std::string(attributes);
    const std::size_t end = attributes.find('"', quote + 2);
    if (end == std::string_view::npos) return "value not closed: " + std::string(attributes);
    const std::string_view value = attributes.substr(quote + 2, end - quote - 2);
    const bool image =
        value.starts_with("data:image/png;base64,");  // any letters may follow each other there
    const bool finite =
        value.find("nan") == std::string_view::npos && value.find("inf") == std::string_view::npos;
    if (!image && (!entities_are_known(value) || !finite)) {
      return "bad value: " + std::string(value);
    }
    attributes.remove_prefix(end + 1);
    if (!attributes.empty() && attributes.front() != ' ')
      return "no blank before: " + std::string(attributes);
  }
  return "";
}

// What is wrong with the document; empty when nothing is.
inline std::string svg_fault(std::string_view document) {
  std::vector<std::string> open;
  std::size_t at = 0;
  while (at < document.size()) {
    const std::size_t tag = document.find('<', at);
    const std::string_view between = document.substr(at, tag == std::string_view::npos ? tag : tag - at);
    const bool style = !open.empty() && open.back() == "style";
    if (!style && (!entities_are_known(between) || between.find('>') != std::string_view::npos)) {
      return "bad text: " + std::string(between);
    }
    if (tag == std::string_view::npos) break;
    const std::size_t end = document.find('>', tag);
    if (end == std::string_view::npos) return "tag not closed";
    std::string_view inner = document.substr(tag + 1, end - tag - 1);
    at = end + 1;
    if (inner.starts_with('/')) {
      if (open.empty() || open.back() != inner.substr(1)) return "unexpected end of " + std::string(inner);
      open.pop_back();
      continue;
    }
    const bool single = inner.ends_with('/');
    if (single) inner.remove_suffix(1);
    const std::size_t name_end = std::min(inner.find(' '), inner.size());
    if (std::string fault = attribute_fault(inner.substr(name_end)); !fault.empty()) return fault;
    if (!single) open.emplace_back(inner.substr(0, name_end));
  }
  return open.empty() ? "" : "left open: " + open.back();
}

// How often `part` stands in `text`.
inline int occurrences(std::string_view text, std::string_view part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

// As svg_fault, with what HTML has beyond XML taken out.
inline std::string html_fault(std::string page) {
  constexpr std::string_view kDoctype = "<!DOCTYPE html>\n";
  if (!page.starts_with(kDoctype)) return "no doctype";
  page.erase(0, kDoctype.size());
  for (std::size_t at = page.find("<meta "); at != std::string_view::npos; at = page.find("<meta ", at + 1)) {
    page.insert(page.find('>', at), "/");
  }
  return svg_fault(page);
}

}  // namespace gradus::report::test
