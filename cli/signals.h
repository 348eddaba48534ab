// Ctrl-C asks the running command to end cleanly; a second one ends the program at once. A mapped
// data file that shrinks ends it with a message.
#pragma once

namespace gradus::cli {

void catch_interrupts();
[[nodiscard]] bool interrupted();

}  // namespace gradus::cli
