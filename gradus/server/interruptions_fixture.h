// Signals that interrupt what waits, as debuggers, profilers and timers send them.
#pragma once

#include <sys/time.h>
#include <cerrno>
#include <csignal>

namespace gradus::server {

// While it lives SIGALRM comes each millisecond; with the third, `act(argument)` is called, which may do only what a
// handler of signals may. One at a time.
class Interruptions {
 public:
  Interruptions(void (*act)(int), int argument) {
    act_ = act;
    argument_ = argument;
    left_ = 3;
    struct sigaction action {};
    action.sa_handler = [](int) {
      const int error = errno;
      const int left = left_;
      left_ = left - 1;
      if (left == 1) act_(argument_);
      errno = error;
    };
    sigaction(SIGALRM, &action, &before_);
    constexpr timeval kMillisecond{0, 1000};
    const itimerval each{kMillisecond, kMillisecond};
    setitimer(ITIMER_REAL, &each, nullptr);
  }
  ~Interruptions() {
    const itimerval none{};
    setitimer(ITIMER_REAL, &none, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

 private:
  struct sigaction before_ {};
  static inline void (*act_)(int) = nullptr;
  static inline int argument_ = 0;
  static inline volatile std::sig_atomic_t left_ = 0;
};

}  // namespace gradus::server
