// What this library was built from, and with what. Internal to the room.
#pragma once

#include <string>

namespace gradus::internal {

[[nodiscard]] std::string library_version();  // "0.1.0"
[[nodiscard]] std::string compiler_name();    // "g++ 12.2.0"
// git's name of the source tree at build time, "4d055f5d1e2a-dirty"; empty where it was no checkout.
[[nodiscard]] std::string source_state();

}  // namespace gradus::internal
