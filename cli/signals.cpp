#include "cli/signals.h"

#include <csignal>

namespace gradus::cli {

namespace {

volatile std::sig_atomic_t interrupts = 0;

void count_interrupt(int number) {
  interrupts = interrupts + 1;
  if (interrupts > 1) {
    std::signal(number, SIG_DFL);
    std::raise(number);
  }
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, count_interrupt);
  std::signal(SIGTERM, count_interrupt);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of write, with a message
}

bool interrupted() {
  return interrupts > 0;
}

}  // namespace gradus::cli
