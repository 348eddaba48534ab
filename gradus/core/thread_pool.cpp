// Workers wait for the next round of work on a generation counter; the caller waits for the count of busy
// workers to fall to zero.
#include "gradus/core/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "gradus/core/buffer.h"
#include "gradus/core/processors.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <cfenv>
#endif

namespace gradus {
namespace {

std::size_t affinity_processors() {
  // The mask must be as large as the kernel's own, which is not known: ask again with twice the room.
  for (int possible = 1024; possible <= 1 << 20; possible *= 2) {
    cpu_set_t* mask = CPU_ALLOC(possible);
    if (mask == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(possible);
    const bool known = sched_getaffinity(0, bytes, mask) == 0;
    const int count = known ? CPU_COUNT_S(bytes, mask) : 0;
    CPU_FREE(mask);
    if (known) return static_cast<std::size_t>(count);
  }
  return std::thread::hardware_concurrency();
}

void pause_processor() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Long enough to bridge the serial work between two layers or two steps, short beside a time slice.
constexpr std::chrono::microseconds kSpin{50};

// Returns once `value` differs from `old`.
void wait_while_equal(const std::atomic<std::uint32_t>& value, std::uint32_t old, bool spin) {
  std::chrono::steady_clock::time_point end{};
  do {
    for (int i = 0; i < 16; ++i) {
      if (value.load(std::memory_order_acquire) != old) return;
      pause_processor();
    }
    if (end.time_since_epoch().count() == 0) end = std::chrono::steady_clock::now() + kSpin;
  } while (spin && std::chrono::steady_clock::now() < end);
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

// Where the members of a team meet.
struct internal::Barrier {
  explicit Barrier(bool spins) : spin(spins) {}

  void meet(std::size_t members) {
    const std::uint32_t round = generation.load(std::memory_order_acquire);
    if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 < members) {
      wait_while_equal(generation, round, spin);
      return;
    }
    arrived.store(0, std::memory_order_relaxed);
    generation.store(round + 1, std::memory_order_release);
    generation.notify_all();
  }

  const bool spin;
  alignas(kAlignment) std::atomic<std::uint32_t> arrived = 0;
  alignas(kAlignment) std::atomic<std::uint32_t> generation = 0;
};

namespace {

#if defined(__x86_64__)
constexpr unsigned kControl = 0x8000 | 0x6000 | 0x0040;  // MXCSR: flush to zero, rounding, denormals are zero
unsigned long read_control() {
  return _mm_getcsr() & kControl;
}
// Exception flags raised meanwhile stay raised.
void write_control(unsigned long bits) {
  _mm_setcsr((_mm_getcsr() & ~kControl) | static_cast<unsigned>(bits));
}
#elif defined(__aarch64__)
constexpr unsigned long kControl = 1ul << 19 | 3ul << 22 | 1ul << 24;  // FPCR: FZ16, rounding, FZ
unsigned long read_fpcr() {
  unsigned long fpcr;
  asm volatile("mrs %0, fpcr" : "=r"(fpcr));
  return fpcr;
}
unsigned long read_control() {
  return read_fpcr() & kControl;
}
void write_control(unsigned long bits) {
  const unsigned long fpcr = (read_fpcr() & ~kControl) | bits;
  asm volatile("msr fpcr, %0" : : "r"(fpcr));
}
#else
static_assert(FE_TONEAREST == 0);
unsigned long read_control() {
  return static_cast<unsigned long>(std::fegetround());
}
void write_control(unsigned long bits) {
  std::fesetround(static_cast<int>(bits));
}
#endif

}  // namespace

std::size_t available_processors() {
  const std::size_t quota = internal::cgroup_processors("/");
  return std::max<std::size_t>(1, std::min(affinity_processors(), quota));
}

FloatingPointScope::FloatingPointScope() : saved_(read_control()) {
  write_control(0);
}
FloatingPointScope::~FloatingPointScope() {
  write_control(saved_);
}

void TeamMember::meet_others() const {
  barrier_->meet(count_);
}

struct ThreadPool::State {
  // With fewer processors than members, spinning would keep the others from working.
  explicit State(std::size_t threads)
      : members(threads), spin(threads == 1 || threads <= available_processors()), barrier(spin) {}
  ~State() {
    task = nullptr;
    start_round();
    for (std::thread& worker : workers) worker.join();
  }

  void start_round() {
    generation.fetch_add(1, std::memory_order_release);
    generation.notify_all();
  }

  void call_task(std::size_t member) noexcept {
    try {
      (*task)(TeamMember(member, members, &barrier));
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  }

  void work(std::size_t member) {
    const FloatingPointScope scope;
    for (std::uint32_t round = 0;; ++round) {
      wait_while_equal(generation, round, spin);
      if (task == nullptr) return;
      call_task(member);
      if (busy.fetch_sub(1, std::memory_order_acq_rel) == 1) busy.notify_one();
    }
  }

  std::size_t members;  // settled before the first round
  const bool spin;
  internal::Barrier barrier;
  std::vector<std::thread> workers;
  const Task* task = nullptr;  // of the round; null asks the workers to leave
  std::mutex failure_mutex;
  std::exception_ptr failure;
  alignas(kAlignment) std::atomic<std::uint32_t> generation = 0;
  alignas(kAlignment) std::atomic<std::uint32_t> busy = 0;
};

ThreadPool::ThreadPool(std::size_t threads)
    : state_(std::make_unique<State>(threads == 0 ? available_processors() : threads)) {
  try {
    for (std::size_t member = 1; member < state_->members; ++member) {
      state_->workers.emplace_back([state = state_.get(), member] { state->work(member); });
    }
  } catch (const std::system_error&) {  // no more threads to be had
    state_->members = state_->workers.size() + 1;
  }
}

ThreadPool::~ThreadPool() = default;

std::size_t ThreadPool::size() const {
  return state_->members;
}

void ThreadPool::run(const Task& task) {
  State& state = *state_;
  if (state.members == 1) return task(TeamMember());
  state.task = &task;
  state.busy.store(static_cast<std::uint32_t>(state.members - 1), std::memory_order_relaxed);
  state.start_round();
  state.call_task(0);
  while (const std::uint32_t busy = state.busy.load(std::memory_order_acquire)) {
    wait_while_equal(state.busy, busy, state.spin);
  }
  if (state.failure) std::rethrow_exception(std::exchange(state.failure, nullptr));
}

}  // namespace gradus
