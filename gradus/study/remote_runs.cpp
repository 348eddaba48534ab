#include "gradus/study/remote_runs.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

namespace gradus::study {

namespace {

enum Tag : int { kOrder = 1, kReport = 2 };

// Often enough for runs of milliseconds, seldom enough to leave the processor to those that train.
constexpr auto kBetweenLooks = std::chrono::microseconds(500);

template <class Value>
std::span<std::byte> bytes_of(Value& value) {
  return std::as_writable_bytes(std::span(&value, 1));
}

// MPI would wait with a busy processor.
template <class Done>
void wait_until(const Done& done) {
  while (!done()) std::this_thread::sleep_for(kBetweenLooks);
}

}  // namespace

void RunReport::set_error(const std::string& text) {
  error = {};
  std::copy_n(text.begin(), whole_letters(text, error.size() - 1), error.begin());
}

RunReport RemoteRuns::run(const RunOrder& order) {
  RunReport report;
  std::unique_ptr<MessageSet> messages;
  {
    const std::lock_guard lock(network_);
    messages = group_.messages();
    messages->send(process_, kOrder, std::as_bytes(std::span(&order, 1)));
    messages->receive(process_, kReport, bytes_of(report));
  }
  wait_until([&] {
    const std::lock_guard lock(network_);
    return messages->done();
  });
  return report;
}

void RemoteRuns::end() {
  const RunOrder order{.ends = true};
  const std::lock_guard lock(network_);
  const std::unique_ptr<MessageSet> messages = group_.messages();
  messages->send(process_, kOrder, std::as_bytes(std::span(&order, 1)));
  messages->wait();
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
