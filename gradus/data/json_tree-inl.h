// JSON as a tree of nlohmann's, within a memory of its own. For .cpp files of data/ and the rooms above.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>
#include <type_traits>

#include "gradus/core/error.h"

namespace gradus::internal {

// A tree takes up to forty times its text: what says little and often must not ask for memory. Throws nlohmann's errors, and
// Error(kBadData) for a tree of more than 9 MB.
template <class Json>
Json parse_tree(std::string_view text) {
  using Event = typename Json::parse_event_t;
  constexpr std::size_t kContainer =
      64;  // what an object or a list takes beside its values, and a text beside its letters
  constexpr std::size_t kMost = std::size_t{9} << 20;
  if (text.find('\0') != text.npos)
    throw Error(ErrorCode::kBadData, "it holds a NUL byte");  // nlohmann's end of a text
  std::size_t bytes = 0;
  return Json::parse(text, [&](int, Event event, Json& value) {
    if (event == Event::object_end || event == Event::array_end) return true;
    const bool container = event != Event::value || value.is_string();
    bytes += 2 * sizeof(Json) + (container ? kContainer : 0);  // twice: lists grow by doubling
    if (bytes > kMost) throw Error(ErrorCode::kBadData, "it holds more values than a model has");
    return true;
  });
}

// A whole number; another would be converted without a word, even where T cannot hold it.
template <class T, class Json>
T whole_number(const Json& value) {
  const bool fits = std::is_signed_v<T> ? value.is_number_integer() : value.is_number_unsigned();
  if (!fits) throw Error(ErrorCode::kBadData, "a number in it is not the whole one that is expected there");
  return value.template get<T>();
}

}  // namespace gradus::internal
