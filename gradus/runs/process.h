// Which process writes a run, told so that others can see later whether it is gone. Internal to the room.
#pragma once

#include <string>
#include <string_view>

namespace gradus::internal {

// "host boot namespace pid start": machine, its start, the space its process numbers belong to, the number and
// the time at which that process began. Empty where the system does not say (outside Linux).
[[nodiscard]] std::string this_process();

// True only where it is sure: the same machine, and either started anew since or without that process.
[[nodiscard]] bool process_is_gone(std::string_view process);

// True only where it is sure: the same machine, and that process on it.
[[nodiscard]] bool process_is_there(std::string_view process);

}  // namespace gradus::internal
