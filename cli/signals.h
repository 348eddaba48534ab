// Ctrl-C, SIGTERM, a terminal that goes away (SIGHUP, unless nohup has it ignored) and the signals by which batch systems
// announce the end of a job (SIGUSR1, SIGUSR2, SIGXCPU) ask the running command to end cleanly; a second Ctrl-C or SIGTERM
// ends the program at once. A mapped data file that shrinks ends it with a message.
#pragma once

namespace gradus::cli {

void catch_interrupts();
[[nodiscard]] bool interrupted();

}  // namespace gradus::cli
