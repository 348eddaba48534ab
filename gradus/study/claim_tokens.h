// The words of a claim. Internal to the room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gradus::study::internal {

struct Token {
  enum class Kind { kWord, kNumber, kName, kSymbol, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // of a name: without its quotes
  double number = 0;
  std::size_t position = 0;  // from 0
};

// The last token is kEnd. Throws Error(kBadConfiguration) for a name without its end or a letter of no token.
[[nodiscard]] std::vector<Token> tokenize(std::string_view claim);

// As it stands in messages: `'>='`, `the end`.
[[nodiscard]] std::string shown(const Token& token);

// Throws Error(kBadConfiguration) `claim '...', column 3: what`.
[[noreturn]] void refuse_claim(std::string_view claim, std::size_t position, const std::string& what);

}  // namespace gradus::study::internal
