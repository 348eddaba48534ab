#include "gradus/data/json_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/data/utf8.h"

namespace gradus {
namespace {

constexpr std::size_t kMostDepth = 32;  // what we read is at most six deep

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

void JsonReader::fail(const std::string& what) const {
  throw Error(ErrorCode::kBadData, fmt::format("reading {}: byte {}: {}", name_, at_, what));
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
  if (next() != expected || at_ == text_.size()) return false;
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
  const nlohmann::json parsed = nlohmann::json::parse('"' + std::string(inside) + '"', nullptr, false);
  if (parsed.is_discarded()) fail("the text before has an escape that JSON does not know");
  return parsed.get<std::string>();
}

void JsonReader::digits() {
  if (at_ == text_.size() || !is_digit(text_[at_])) fail("expected a digit");
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
std::string_view JsonReader::number_text() {
  (void)next();
  const std::size_t begin = at_;
  if (at_ < text_.size() && text_[at_] == '-') ++at_;
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
