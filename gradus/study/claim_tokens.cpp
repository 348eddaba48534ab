#include "gradus/study/claim_tokens.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "gradus/core/error.h"

namespace gradus::study::internal {
namespace {

constexpr std::size_t kLongest = 10'000;  // characters of a claim

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Token word_at(std::string_view claim, std::size_t start) {
  std::size_t end = start;
  while (end < claim.size() && (is_letter(claim[end]) || is_digit(claim[end]))) ++end;
  return {Token::Kind::kWord, std::string(claim.substr(start, end - start)), 0, start};
}

Token number_at(std::string_view claim, std::size_t start) {
  Token token{Token::Kind::kNumber, "", 0, start};
  const char* first = claim.data() + start;
  const auto [end, error] = std::from_chars(first, claim.data() + claim.size(), token.number);
  if (error != std::errc())
    refuse_claim(claim, start,
                 "got a number that is too large or too small; expected one of double precision");
  token.text = std::string(first, end);
  return token;
}

Token name_at(std::string_view claim, std::size_t start) {
  const std::size_t end = claim.find(claim[start], start + 1);
  if (end == std::string_view::npos)
    refuse_claim(claim, start, fmt::format("got a name without its closing {}; expected one", claim[start]));
  return {Token::Kind::kName, std::string(claim.substr(start + 1, end - start - 1)), 0, start};
}

Token symbol_at(std::string_view claim, std::size_t start) {
  static constexpr std::array<std::string_view, 13> kSymbols = {"<=", ">=", "==", "!=", "<", ">", "+",
                                                                "-",  "*",  "/",  "(",  ")", ","};
  for (const std::string_view symbol : kSymbols) {
    if (claim.substr(start).starts_with(symbol)) return {Token::Kind::kSymbol, std::string(symbol), 0, start};
  }
  std::string expected = "expected a metric, a number, an operator or a comparison";
  if (claim[start] == '=') expected = "expected ==";
  refuse_claim(claim, start, fmt::format("got '{}'; {}", claim[start], expected));
}

Token token_at(std::string_view claim, std::size_t start) {
  const char c = claim[start];
  if (is_letter(c)) return word_at(claim, start);
  if (c == '"' || c == '\'') return name_at(claim, start);
  const bool point = c == '.' && start + 1 < claim.size() && is_digit(claim[start + 1]);
  return is_digit(c) || point ? number_at(claim, start) : symbol_at(claim, start);
}

}  // namespace

void refuse_claim(std::string_view claim, std::size_t position, const std::string& what) {
  throw Error(ErrorCode::kBadConfiguration,
              fmt::format("claim '{}', column {}: {}", claim, position + 1, what));
}

std::string shown(const Token& token) {
  if (token.kind == Token::Kind::kEnd) return "the end";
  const char quote = token.kind == Token::Kind::kName ? '"' : '\'';
  return fmt::format("{0}{1}{0}", quote, token.text);
}

std::vector<Token> tokenize(std::string_view claim) {
  if (claim.size() > kLongest)
    refuse_claim(claim.substr(0, 40), 0,
                 fmt::format("got {} characters; expected at most {}", claim.size(), kLongest));
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < claim.size();) {
    if (claim[at] == ' ' || claim[at] == '\t' || claim[at] == '\n') {
      ++at;
      continue;
    }
    tokens.push_back(token_at(claim, at));
    at += tokens.back().text.size() + (tokens.back().kind == Token::Kind::kName ? 2 : 0);
  }
  tokens.push_back({Token::Kind::kEnd, "", 0, claim.size()});
  return tokens;
}

}  // namespace gradus::study::internal
