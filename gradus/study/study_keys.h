// The keys of study files, in one table: what is known, and what docs/studies.md lists. Internal to the room.
#pragma once

#include <span>
#include <string_view>

namespace gradus::study::internal {

struct Key {
  std::string_view section;  // "" for the top level, "variant", "table", "plot", "claim"
  std::string_view name;
  std::string_view type;  // for people
  std::string_view help;
};

[[nodiscard]] std::span<const Key> keys();

}  // namespace gradus::study::internal
