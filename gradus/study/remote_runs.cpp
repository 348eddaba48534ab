#include "gradus/study/remote_runs.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

namespace gradus::study {

namespace {

enum Tag : int { kOrder = 1, kReport = 2 };

using Clock = std::chrono::steady_clock;

template <class Value>
std::span<std::byte> bytes_of(Value& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

// MPI would wait with a busy processor. The next look comes after a sixty-fourth of what was waited so far: late by some hundredths
// of a run, however long it takes, and a training on this processor loses nothing to the looks.
template <class Done>
void wait_until(const Done& done) {
  constexpr Clock::duration kShortest = std::chrono::microseconds(200);
  constexpr Clock::duration kLongest = std::chrono::milliseconds(20);
  const Clock::time_point began = Clock::now();
  while (!done()) std::this_thread::sleep_for(std::clamp((Clock::now() - began) / 64, kShortest, kLongest));
}

}  // namespace

void RunReport::set_error(const std::string& text) {
  error = {};
  std::copy_n(text.begin(), whole_letters(text, error.size() - 1), error.begin());
}

void RemoteRuns::order(const RunOrder& order) {
  const std::lock_guard lock(network_);
  const std::unique_ptr<MessageSet> messages = group_.messages();
  messages->send(process_, kOrder, std::as_bytes(std::span(&order, 1)));
  messages->wait();
}

RunReport RemoteRuns::report() {
  RunReport report;
  std::unique_ptr<MessageSet> messages;
  {
    const std::lock_guard lock(network_);
    messages = group_.messages();
    messages->receive(process_, kReport, bytes_of(report));
  }
  wait_until([&] {
    const std::lock_guard lock(network_);
    return messages->done();
  });
  return report;
}

std::optional<RunOrder> next_order(ProcessGroup& group) {
  RunOrder order;
  const std::unique_ptr<MessageSet> messages = group.messages();
  messages->receive(0, kOrder, bytes_of(order));
  wait_until([&] { return messages->done(); });
  return order.ends ? std::nullopt : std::optional(order);
}

void send_report(ProcessGroup& group, const RunReport& report) {
  const std::unique_ptr<MessageSet> messages = group.messages();
  messages->send(0, kReport, std::as_bytes(std::span(&report, 1)));
  messages->wait();
}

}  // namespace gradus::study
