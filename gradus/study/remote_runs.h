// How process 0 of a study deals runs to the others as they become free: an order for each run, a report back. Their results are in the
// store of runs, which all processes share.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "gradus/dist/process_group.h"
#include "gradus/study/runner.h"

namespace gradus::study {

// Which of the study's planned runs is wanted; sent as it is.
struct RunOrder {
  bool ends = false;  // there are no more
  std::size_t contender = 0;
  std::size_t replicate = 0;
  std::int64_t epochs = 0;  // halving grants fewer than the study's
};

// What came of it; sent as it is.
struct RunReport {
  RunState state = RunState::kNotRun;
  bool known = false;
  bool cancelled = false;   // the process was asked to stop
  bool ends_study = false;  // an error that no contender can be blamed for
  int error_code = 0;       // then
  std::uint64_t id = 0;
  std::uint64_t parameters = 0;
  std::array<char, 1000> error{};

  void set_error(const std::string& text);
};

// Process 0: one of the others. Its members are called by one thread at a time; those of all processes share the mutex.
class RemoteRuns {
 public:
  RemoteRuns(ProcessGroup& group, std::size_t process, std::mutex& network)
      : group_(group), process_(process), network_(network) {}

  // Carried out one after the other, as given; each is reported, in that order.
  void order(const RunOrder& order);
  [[nodiscard]] RunReport report();  // waits for it

 private:
  ProcessGroup& group_;
  std::size_t process_;
  std::mutex& network_;
};

// The other side: nullopt when there are no more.
[[nodiscard]] std::optional<RunOrder> next_order(ProcessGroup& group);
void send_report(ProcessGroup& group, const RunReport& report);

}  // namespace gradus::study
