// Who keeps a training's checkpoints: the loop hands over copies of its state, a thread beside it writes them.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "gradus/core/error.h"
#include "gradus/train/checkpoint.h"

namespace gradus {

// How often one is written while the training is under way: by time, or after every so many steps at which the one before is on
// the disk. Neither: not at all, nor at the start and the end.
struct CheckpointPace {
  double seconds = 0;
  std::uint64_t steps = 0;
  double most_of_time = 1;  // by time, rarer where they would take a larger share of it than this

  [[nodiscard]] bool never() const { return seconds <= 0 && steps == 0; }
};
inline constexpr CheckpointPace kUsualCheckpointPace = {.seconds = 5, .steps = 0, .most_of_time = 0.01};

// What a moment asks of a checkpoint.
enum class CheckpointMoment {
  kStart,     // before the first step; on the disk when this returns
  kUnderWay,  // the training goes on meanwhile
  kStop,      // somebody wants it to end here and perhaps to go on; on the disk when this returns
  kEnd,       // on the disk when this returns; where none is wanted the one before goes too
};

// One owner, the thread that trains. A checkpoint that cannot be written is a warning, and the one before stays.
class CheckpointKeeper {
 public:
  // Called from any thread, with one line.
  using Warn = std::function<void(const std::string&)>;

  CheckpointKeeper(std::filesystem::path folder, const CheckpointHead& head, const CheckpointPace& pace,
                   Warn warn);
  ~CheckpointKeeper();  // waits for what is being written
  CheckpointKeeper(const CheckpointKeeper&) = delete;
  CheckpointKeeper& operator=(const CheckpointKeeper&) = delete;

  // Something else that a run remembers, such as the recorder of its series. It must outlive the keeper's use.
  template <class Memory>
  void add(Memory& memory) {
    save_ = [&memory](ArchiveWriter& archive) { archive(memory); };
    load_ = [&memory](ArchiveReader& archive) { archive(memory); };
  }
  // The next training begins with this state.
  void go_on_from(Checkpoint checkpoint);

  // Asked by the loop after each step.
  [[nodiscard]] bool due(std::uint64_t steps) const {
    if (due_.load(std::memory_order_relaxed)) return true;
    return pace_.steps > 0 && steps % pace_.steps == 0 && !busy_.load(std::memory_order_acquire);
  }

  // `begin`: since when the loop has worked for this one, where its state had to be brought together first.
  template <class State>
  void keep(State& state, CheckpointMoment moment,
            std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now()) {
    if (pace_.never()) {
      if (moment == CheckpointMoment::kEnd) forget_all();
      return;
    }
    try {
      ArchiveWriter archive(take_buffer());
      archive(state);
      if (save_) save_(archive);
      hand_over(archive.take(), moment, begin);
    } catch (const std::exception& error) {
      put_off(error.what(), moment);
    }
  }

  // False where there is nothing to go on from. Throws Error(kBadData) where the state is not one of this training.
  template <class State>
  [[nodiscard]] bool restore(State& state) {
    if (!from_) return false;
    try {
      ArchiveReader archive = from_->state();
      archive(state);
      if (load_) load_(archive);
      archive.finish();
    } catch (const Error& error) {
      refuse(error);
    }
    from_.reset();
    return true;
  }

  // From now on checkpoints come due.
  void start();

 private:
  using Clock = std::chrono::steady_clock;

  [[noreturn]] void refuse(const Error& error) const;
  void forget_all() const;
  [[nodiscard]] std::string take_buffer();
  void hand_over(std::string bytes, CheckpointMoment moment, Clock::time_point begin);
  // Where it cannot be done the reason is told.
  void write(std::string& bytes, CheckpointMoment moment);
  void put_off(const std::string& reason, CheckpointMoment moment);
  void warn_of(const std::string& reason, CheckpointMoment moment);
  void work();
  void end_thread();

  const std::filesystem::path folder_;
  const std::string begin_;  // of every file
  const CheckpointPace pace_;
  const Warn warn_;
  std::function<void(ArchiveWriter&)> save_;
  std::function<void(ArchiveReader&)> load_;
  std::optional<Checkpoint> from_;

  std::atomic<bool> due_ = false;
  std::atomic<bool> busy_ = false;  // from hand_over() until it is written
  std::mutex mutex_;                // of all below
  std::condition_variable changed_;
  std::string waiting_;
  std::string spare_;           // memory to be used again
  double seconds_of_loop_ = 0;  // that the one under way has cost
  Clock::time_point next_;
  bool ending_ = false;
  std::string last_warning_;
  std::thread thread_;
};

}  // namespace gradus
