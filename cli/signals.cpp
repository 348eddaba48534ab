#include "cli/signals.h"

#include <unistd.h>

#include <csignal>
#include <ctime>
#include <string_view>

#include "cli/command.h"

namespace gradus::cli {

namespace {

constexpr double kOneInterrupt = 0.2;  // seconds

volatile std::sig_atomic_t interrupts = 0;
volatile std::sig_atomic_t polite = 0;

// The first of its kind.
struct Asked {
  volatile std::sig_atomic_t times = 0;
  double at = 0;  // written before times becomes 1
};
Asked by_terminal;  // SIGINT
Asked by_program;   // SIGTERM

double seconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// One Ctrl-C may arrive twice at once, from the terminal and from a program that passes it on (timeout,
// make).
void count_interrupt(int number) {
  interrupts = 1;
  Asked& asked = number == SIGINT ? by_terminal : by_program;
  if (polite == 0) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  } else if (asked.times == 0) {
    asked.at = seconds_now();
    asked.times = 1;
  } else if (seconds_now() - asked.at > kOneInterrupt) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

// These come again and again (SIGXCPU each second), or before the one that kills.
void take_notice(int) {
  interrupts = 1;
}

void unless_ignored(int number, void (*handler)(int)) {
  if (std::signal(number, handler) == SIG_IGN) std::signal(number, SIG_IGN);
}

// Only what a signal handler may call.
void end_without_data(int) {
  constexpr std::string_view kMessage =
      "gradus: a data file was cut short while it was in use; leave it as it is until the command ends\n";
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(kEnvironment);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, count_interrupt);
  std::signal(SIGTERM, count_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGBUS, end_without_data);  // data files are mapped
  std::signal(SIGXFSZ, SIG_IGN);          // a file that may not grow is an error of write, with a message
}

void end_politely() {
  polite = 1;
}

void catch_job_signals() {
  for (const int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGXCPU}) unless_ignored(number, take_notice);
}

bool interrupted() {
  return interrupts > 0;
}

}  // namespace gradus::cli
