#include "gradus/formats/c_source_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <concepts>

namespace gradus::c_source {

namespace {

constexpr std::size_t kWidth = 100;

template <class T>
std::string word_of(T value) {
  if constexpr (std::integral<T>) {
    return literal(static_cast<std::int64_t>(value));
  } else {
    return literal(value);
  }
}

bool is_plain(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

std::string literal(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string literal(float value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

std::string literal(std::int64_t value) {
  return fmt::format("{}", value);
}

std::string string_literal(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    // ? may begin a trigraph; three octal digits never run into what follows.
    if (c == '"' || c == '\\' || c == '?') {
      quoted += fmt::format("\\{}", c);
    } else if (is_plain(c)) {
      quoted += c;
    } else {
      quoted += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
  }
  return quoted + "\"";
}

std::string comment_text(std::string_view text) {
  std::string safe(text);
  for (char& c : safe) {
    if (!is_plain(c) || c == '*' || c == '\\' || c == '?') c = '.';
  }
  return safe;
}

std::string comment_lines(std::string_view text, std::size_t indent) {
  std::string lines;
  std::string line = " *";
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!first && line.size() + 1 + word.size() > kWidth) {
      lines += line + "\n";
      line = " *" + std::string(indent, ' ');
    }
    line += fmt::format(" {}", word);
    first = false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines + line + "\n";
}

template <class T>
std::string table(std::string_view type, std::string_view name, std::span<const T> values) {
  std::string text = fmt::format("static const {} {}[{}] = {{\n ", type, name, values.size());
  std::size_t column = 1;
  for (const T value : values) {
    const std::string word = word_of(value);
    if (column + word.size() + 2 > kWidth) {
      text += "\n ";
      column = 1;
    }
    text += " " + word + ",";
    column += word.size() + 2;
  }
  return text + "\n};\n";
}
template std::string table(std::string_view, std::string_view, std::span<const float>);
template std::string table(std::string_view, std::string_view, std::span<const double>);
template std::string table(std::string_view, std::string_view, std::span<const std::int8_t>);
template std::string table(std::string_view, std::string_view, std::span<const std::int16_t>);
template std::string table(std::string_view, std::string_view, std::span<const std::int32_t>);

std::string in_double(std::string_view text) {
  constexpr std::array<std::string_view, 8> functions = {"fmaf",  "expf",   "tanhf", "expm1f",
                                                         "erfcf", "log1pf", "fabsf", "sqrtf"};
  std::string result;
  while (!text.empty()) {
    const auto in_word = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == '.';
    };
    const auto end = std::ranges::find_if_not(text, in_word);
    const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (word.empty()) {
      result += text.front();
      text.remove_prefix(1);
      continue;
    }
    const bool number = word.front() >= '0' && word.front() <= '9' && word.back() == 'f';
    const bool shorter = number || std::ranges::find(functions, word) != functions.end();
    result += word == "float" ? "double" : word.substr(0, word.size() - (shorter ? 1 : 0));
    text.remove_prefix(word.size());
  }
  return result;
}

std::string upper(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

std::string with_name(std::string_view text, std::string_view name) {
  std::string result;
  for (const char c : text) {
    if (c == '$') {
      result += name;
    } else if (c == '@') {
      result += upper(name);
    } else {
      result += c;
    }
  }
  return result;
}

void Parts::use(std::string_view function) {
  if (std::ranges::find(functions, function) == functions.end()) functions.emplace_back(function);
}

void Parts::add_member(std::string_view type, std::string_view name, std::size_t count, std::size_t bytes) {
  members += fmt::format("  {} {}[{}];\n", type, name, count);
  ram_bytes += count * bytes;
}

}  // namespace gradus::c_source
