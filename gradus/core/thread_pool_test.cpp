#include "gradus/core/thread_pool.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

namespace gradus {
namespace {

TEST(ThreadPool, RunsTheTaskOnceOnEveryMember) {
  for (const std::size_t threads : {1u, 2u, 3u, 8u}) {
    ThreadPool pool(threads);
    ASSERT_EQ(pool.size(), threads);
    std::vector<int> calls(threads);  // each member writes its own element only
    for (int round = 1; round <= 500; ++round) {
      pool.run([&](const TeamMember& member) {
        ASSERT_EQ(member.count(), threads);
        ++calls[member.index()];
      });
      ASSERT_EQ(calls, std::vector<int>(threads, round));
    }
  }
}

TEST(ThreadPool, TheCallerIsMemberZeroAndTheOthersAreThreadsOfTheirOwn) {
  ThreadPool pool(3);
  std::vector<std::thread::id> ids(3);
  pool.run([&](const TeamMember& member) { ids[member.index()] = std::this_thread::get_id(); });
  EXPECT_EQ(ids[0], std::this_thread::get_id());
  EXPECT_NE(ids[1], ids[0]);
  EXPECT_NE(ids[2], ids[0]);
  EXPECT_NE(ids[1], ids[2]);
}

TEST(ThreadPool, WakesWorkersThatFellAsleep) {
  ThreadPool pool(4);
  std::atomic<int> calls = 0;
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    pool.run([&](const TeamMember& member) {
      if (member.index() != 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the caller falls asleep too
      ++calls;
    });
  }
  EXPECT_EQ(calls, 80);
}

TEST(ThreadPool, ManyMoreThreadsThanProcessorsWorkToo) {
  ThreadPool pool(4 * available_processors() + 13);
  std::atomic<std::size_t> calls = 0;
  for (int round = 0; round < 50; ++round) pool.run([&](const TeamMember&) { ++calls; });
  EXPECT_EQ(calls, 50 * pool.size());
}

TEST(ThreadPool, PassesAnExceptionOnAfterAllHaveFinished) {
  ThreadPool pool(3);
  for (std::size_t thrower = 0; thrower < 3; ++thrower) {
    std::atomic<int> finished = 0;
    try {
      pool.run([&](const TeamMember& member) {
        if (member.index() == thrower) throw std::runtime_error("member " + std::to_string(member.index()));
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        ++finished;
      });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), "member " + std::to_string(thrower));
    }
    EXPECT_EQ(finished, 2);
  }
  std::atomic<int> calls = 0;
  EXPECT_NO_THROW(pool.run([&](const TeamMember&) { ++calls; }));  // and works on
  EXPECT_EQ(calls, 3);
}

TEST(ThreadPool, EndsWithoutHavingWorked) {
  for (int i = 0; i < 50; ++i) ThreadPool(3);
}

TEST(ThreadPool, ZeroThreadsMeansAllAvailableProcessors) {
  EXPECT_EQ(ThreadPool(0).size(), available_processors());
}

TEST(AvailableProcessors, FollowsTheAffinityMask) {
  EXPECT_GE(available_processors(), 1u);
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(available_processors(), 1u);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

// Volatile and not inlined: the processor must compute them, and between the changes of mode around the call.
[[gnu::noinline]] double third() {
  volatile double one = 1;
  volatile double three = 3;
  return one / three;
}

[[maybe_unused, gnu::noinline]] float half_of_smallest_normal() {
  volatile float smallest = std::numeric_limits<float>::min();
  volatile float half = 0.5f;
  return smallest * half;
}

class FloatingPointScopeTest : public testing::Test {
 protected:
  void TearDown() override { std::fesetenv(FE_DFL_ENV); }
};

TEST_F(FloatingPointScopeTest, SetsRoundToNearestAndRestoresWhatWasSet) {
  const double nearest = third();
  std::fesetround(FE_UPWARD);
  const double upward = third();
  ASSERT_GT(upward, nearest);
  {
    const FloatingPointScope scope;
    EXPECT_EQ(third(), nearest);
  }
  EXPECT_EQ(third(), upward);
}

TEST_F(FloatingPointScopeTest, WorkersRoundToNearestWhateverTheirMakerHadSet) {
  const double nearest = third();
  std::fesetround(FE_UPWARD);
  ThreadPool pool(2);
  double of_worker = 0;
  pool.run([&](const TeamMember& member) {
    if (member.index() == 1) of_worker = third();
  });
  EXPECT_EQ(of_worker, nearest);
}

#if defined(__x86_64__)
TEST_F(FloatingPointScopeTest, KeepsSubnormalNumbersAndRestoresFlushToZero) {
  constexpr unsigned kFlushAndDenormalsAreZero = 0x8040;
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | kFlushAndDenormalsAreZero);
  ASSERT_EQ(half_of_smallest_normal(), 0.0f);
  {
    const FloatingPointScope scope;
    EXPECT_EQ(half_of_smallest_normal(), std::numeric_limits<float>::min() / 2);
  }
  EXPECT_EQ(half_of_smallest_normal(), 0.0f);
}
#endif

}  // namespace
}  // namespace gradus
