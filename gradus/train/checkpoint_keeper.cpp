#include "gradus/train/checkpoint_keeper.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "gradus/core/files.h"

namespace gradus {

namespace {

// A time that a clock can be set to: a century at most.
std::chrono::steady_clock::duration pause_of(double seconds) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
      std::chrono::duration<double>(std::min(seconds, 3.2e9)));
}

// Of this thread.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(std::filesystem::path folder, const CheckpointHead& head,
                                   const CheckpointPace& pace, Warn warn)
    : folder_(std::move(folder)), begin_(checkpoint_begin(head)), pace_(pace), warn_(std::move(warn)) {}

CheckpointKeeper::~CheckpointKeeper() {
  end_thread();
}

void CheckpointKeeper::go_on_from(Checkpoint checkpoint) {
  from_ = std::move(checkpoint);
  // The next one takes the place of a damaged one, and must not move that over the sound one before it.
  std::error_code ignored;
  if (!pace_.never() && from_->path() == folder_ / kPreviousCheckpointFile)
    std::filesystem::rename(from_->path(), folder_ / kCheckpointFile, ignored);
}

// One of the way to an end that is not kept itself would go on with what is over.
void CheckpointKeeper::forget_all() const {
  if (folder_.empty()) return;
  std::error_code ignored;
  for (const char* name : {kCheckpointFile, kPreviousCheckpointFile})
    std::filesystem::remove(folder_ / name, ignored);
}

void CheckpointKeeper::refuse(const Error& error) const {
  throw Error(ErrorCode::kBadData, std::string(error.what()) + "; begin anew with config.toml beside it");
}

void CheckpointKeeper::start() {
  if (pace_.never()) return;
  next_ = Clock::now() + pause_of(pace_.seconds);
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error& error) {
    busy_ = true;  // nobody would write
    warn_of(fmt::format("starting a thread for them: {}", error.what()), CheckpointMoment::kUnderWay);
  }
}

std::string CheckpointKeeper::take_buffer() {
  const std::scoped_lock lock(mutex_);
  std::string bytes = std::exchange(spare_, {});
  bytes.assign(begin_);
  return bytes;
}

void CheckpointKeeper::hand_over(std::string bytes, CheckpointMoment moment, Clock::time_point begin) {
  if (moment != CheckpointMoment::kUnderWay) {
    end_thread();
    write(bytes, moment);
    spare_ = std::move(bytes);
    return;
  }
  {
    const std::scoped_lock lock(mutex_);
    due_ = false;
    busy_ = true;
    waiting_ = std::move(bytes);
    seconds_of_loop_ = std::chrono::duration<double>(Clock::now() - begin).count();
  }
  changed_.notify_one();
}

void CheckpointKeeper::work() {
  std::unique_lock lock(mutex_);
  const auto called = [this] { return ending_ || !waiting_.empty(); };
  while (true) {
    if (pace_.seconds > 0 && !due_) {
      changed_.wait_until(lock, next_, called);
    } else {
      changed_.wait(lock, [&] { return called() || (pace_.seconds > 0 && !due_); });
    }
    if (waiting_.empty()) {
      if (ending_) return;
      due_ = Clock::now() >= next_;  // who has no pace by time was called
      continue;
    }
    std::string bytes = std::exchange(waiting_, {});
    const double loop = seconds_of_loop_;
    lock.unlock();
    const double before = processor_seconds();
    write(bytes, CheckpointMoment::kUnderWay);
    const double cost = loop + processor_seconds() - before;
    lock.lock();
    spare_ = std::move(bytes);
    const double pause = std::max(pace_.seconds, cost / pace_.most_of_time - cost);
    next_ = Clock::now() + pause_of(pause);
    busy_ = false;
  }
}

void CheckpointKeeper::write(std::string& bytes, CheckpointMoment moment) {
  try {
    seal_checkpoint(bytes);
    write_file_verified(folder_ / kCheckpointFile, folder_ / kPreviousCheckpointFile, bytes);
    const std::scoped_lock lock(mutex_);
    last_warning_.clear();
  } catch (const std::exception& error) {
    warn_of(error.what(), moment);
  }
}

// The state could not even be copied; the next try comes when the next checkpoint does.
void CheckpointKeeper::put_off(const std::string& reason, CheckpointMoment moment) {
  {
    const std::scoped_lock lock(mutex_);
    due_ = false;
    next_ = Clock::now() + pause_of(pace_.seconds);
  }
  changed_.notify_one();
  warn_of(reason, moment);
}

// Once for each reason, for a full disk stays full for long; where somebody counts on it in any case.
void CheckpointKeeper::warn_of(const std::string& reason, CheckpointMoment moment) {
  const bool stops = moment == CheckpointMoment::kStop;
  {
    const std::scoped_lock lock(mutex_);
    if (last_warning_ == reason && !stops) return;
    last_warning_ = reason;
  }
  if (!warn_) return;
  warn_(fmt::format("no checkpoint: {} ({})", reason,
                    stops ? "the run goes on from the one before, if there is one" : "the training goes on"));
}

void CheckpointKeeper::end_thread() {
  if (!thread_.joinable()) return;
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

}  // namespace gradus
