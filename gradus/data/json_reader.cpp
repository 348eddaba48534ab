#include "gradus/data/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/data/utf8.h"

namespace gradus {
namespace {

constexpr std::size_t kMostDepth = 32;  // what we read is at most six deep

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The four hexadecimal digits at the beginning; nullopt where there are none.
std::optional<std::uint32_t> code_unit(std::string_view text) {
  std::uint32_t unit = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + std::min<std::size_t>(4, text.size()), unit, 16);
  if (error != std::errc() || end != text.data() + 4) return std::nullopt;
  return unit;
}

void add_utf8(std::string& text, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  const auto tail = [&](int shift) { add(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    add(0xe0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    add(0xf0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// The character whose escape begins with these digits; takes it from the front of `text`. nullopt: half a surrogate pair, or no number.
std::optional<std::uint32_t> take_code(std::string_view& text) {
  const std::optional<std::uint32_t> first = code_unit(text);
  if (!first) return std::nullopt;
  text.remove_prefix(4);
  if (*first < 0xd800 || *first > 0xdfff) return first;
  if (*first > 0xdbff || !text.starts_with("\\u")) return std::nullopt;
  const std::optional<std::uint32_t> second = code_unit(text.substr(2));
  if (!second || *second < 0xdc00 || *second > 0xdfff) return std::nullopt;
  text.remove_prefix(6);
  return 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00);
}

// What stands between quotes, its escapes resolved; nullopt where one is unknown. One copy: texts may be long.
std::optional<std::string> unescaped(std::string_view text) {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\\'), text.size());
    plain += text.substr(0, end);
    text.remove_prefix(end);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (text.starts_with('u')) {
      text.remove_prefix(1);
      const std::optional<std::uint32_t> code = take_code(text);
      if (!code) return std::nullopt;
      add_utf8(plain, *code);
    } else {
      GRADUS_ASSERT(!text.empty());  // what is between quotes does not end in half an escape
      const std::size_t letter = kLetters.find(text.front());
      if (letter == kLetters.npos) return std::nullopt;
      plain += kMeanings[letter];
      text.remove_prefix(1);
    }
  }
  return plain;
}

}  // namespace

void JsonReader::fail(const std::string& what) const {
  throw Error(ErrorCode::kBadData, fmt::format("reading {}: byte {}: {}{}", name_, at_, what, advice_));
}

char JsonReader::next() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
    ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

void JsonReader::take(char expected, const char* what) {
  if (!take_if(expected)) fail(fmt::format("expected {}", what));
}

bool JsonReader::take_if(char expected) {
  if (next() != expected) return false;
  ++at_;
  return true;
}

bool JsonReader::take_word(std::string_view word) {
  if (!text_.substr(at_).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

void JsonReader::enter() {
  if (++depth_ > kMostDepth) fail(fmt::format("nested more than {} deep", kMostDepth));
}

JsonReader::Kind JsonReader::peek() {
  const char c = next();
  if (c == '{') return Kind::kObject;
  if (c == '[') return Kind::kArray;
  if (c == '"') return Kind::kString;
  if (c == '-' || is_digit(c)) return Kind::kNumber;
  if (c == 't' || c == 'f') return Kind::kBoolean;
  if (c == 'n') return Kind::kNull;
  fail(at_ == text_.size() ? "it ends here; expected a value" : "expected a value");
}

std::string JsonReader::string() {
  take('"', "a text in quotes");
  const std::size_t begin = at_;
  bool escapes = false;
  while (at_ < text_.size() && text_[at_] != '"') {
    if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("a control character inside a text");
    if (text_[at_] == '\\') {
      escapes = true;
      ++at_;
    }
    ++at_;
  }
  if (at_ >= text_.size()) fail("it ends inside a text");
  const std::string_view inside = text_.substr(begin, at_ - begin);
  ++at_;
  if (first_bad_utf8(inside) != inside.size()) fail("the text before is not UTF-8");
  if (!escapes) return std::string(inside);
  std::optional<std::string> plain = unescaped(inside);
  if (!plain) fail("the text before has an escape that JSON does not know");
  return std::move(*plain);
}

void JsonReader::digits() {
  if (at_ == text_.size() || !is_digit(text_[at_])) fail("expected a digit");
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
std::string_view JsonReader::number_text() {
  const std::size_t begin = at_;
  GRADUS_ASSERT(at_ < text_.size());  // peek() has seen its first character
  if (text_[at_] == '-') ++at_;
  if (at_ < text_.size() && text_[at_] == '0') {
    ++at_;
  } else {
    digits();
  }
  if (at_ < text_.size() && text_[at_] == '.') {
    ++at_;
    digits();
  }
  if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
    ++at_;
    if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
    digits();
  }
  return text_.substr(begin, at_ - begin);
}

double JsonReader::number() {
  if (peek() != Kind::kNumber) fail("expected a number");
  const std::string_view text = number_text();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc()) return value;
  value = std::strtod(std::string(text).c_str(), nullptr);  // too large, or too near to 0
  if (std::isinf(value)) fail("the number before is beyond the range of a double");
  return value;
}

std::uint64_t JsonReader::whole_number() {
  if (peek() != Kind::kNumber) fail("expected a whole number");
  const std::string_view text = number_text();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    fail("the number before is no whole one from 0 to 2^64 - 1");
  return value;
}

bool JsonReader::boolean() {
  (void)next();
  if (take_word("true")) return true;
  if (take_word("false")) return false;
  fail("expected true or false");
}

void JsonReader::null() {
  (void)next();
  if (!take_word("null")) fail("expected null");
}

std::string_view JsonReader::text_of_value() {
  (void)next();
  const std::size_t begin = at_;
  skip();
  return text_.substr(begin, at_ - begin);
}

void JsonReader::skip() {
  switch (peek()) {
    case Kind::kObject:
      return object([this](const std::string&) { skip(); });
    case Kind::kArray:
      return array([this] { skip(); });
    case Kind::kString:
      return void(string());
    case Kind::kNumber:
      return void(number_text());
    case Kind::kBoolean:
      return void(boolean());
    case Kind::kNull:
      return null();
  }
}

void JsonReader::end() {
  (void)next();
  if (at_ != text_.size()) fail("expected the end");
}

}  // namespace gradus
