// Ctrl-C and SIGTERM end the program at once, or from end_politely() on ask the running command to end cleanly; then the second of them
// ends it. A mapped data file that shrinks ends it with a message.
#pragma once

namespace gradus::cli {

void catch_interrupts();
// For commands that have something to save, from when they have it: they ask interrupted() from now on.
void end_politely();
// For commands that ask interrupted(): a terminal that goes away (SIGHUP, unless nohup has it ignored) and the signals by
// which batch systems announce the end of a job (SIGUSR1, SIGUSR2, SIGXCPU) ask the same. Others end by them.
void catch_job_signals();
[[nodiscard]] bool interrupted();

}  // namespace gradus::cli
