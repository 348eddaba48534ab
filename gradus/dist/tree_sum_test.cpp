#include "gradus/dist/tree_sum.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/dist/open_processes.h"
#include "tests/support/process_threads.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

constexpr std::size_t kSize = 1003;

// Values whose sum depends on the order of additions.
float value_of(std::size_t slice, std::size_t i, std::size_t round) {
  const auto mixed = static_cast<float>((slice * 7919 + i * 104729 + round * 31) % 1000);
  return (mixed - 500.0F) / 3.0F + (slice % 3 == 0 ? 1e6F : 1e-3F);
}

void fill(TreeSum<float>& sum, const SliceTree& tree, std::size_t rank, std::size_t round) {
  const SliceRange nodes = tree.nodes_of(rank);
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    for (std::size_t i = 0; i < kSize; ++i) {
      std::vector<float> places(places_for(tree.slices()));
      sum_slices(
          tree.nodes()[nodes.begin + n].slices, 0,
          [&](std::size_t slice, std::size_t place) { places[place] = value_of(slice, i, round); },
          [&](std::size_t place) { places[place] += places[place + 1]; });
      sum.partial(n)[i] = places[0];
    }
  }
}

// The totals that each of the processes has after two rounds of three ranges.
std::vector<std::vector<float>> totals(std::size_t slices, std::size_t processes, bool share_memory = true) {
  std::vector<std::vector<float>> result(processes);
  const auto work = [&](ProcessGroup& group) {
    const SliceTree tree(slices, group.size());
    TreeSum<float> sum(group, tree, kSize, 0);
    for (std::size_t round = 0; round < 2; ++round) {
      fill(sum, tree, group.rank(), round);
      sum.start(600, kSize);
      sum.start(5, 600);
      sum.start(0, 5);
      sum.finish();
    }
    result[group.rank()].assign(sum.total().begin(), sum.total().end());
  };
  test::in_processes(processes, work, share_memory);
  return result;
}

TEST(TreeSum, EveryNumberOfProcessesGivesTheSameBits) {
  for (const std::size_t slices : {1U, 2U, 5U, 8U, 11U}) {
    const std::vector<float> expected = totals(slices, 1).front();
    for (std::size_t processes = 2; processes <= slices; ++processes) {
      for (const bool share_memory : {false, true}) {
        for (const std::vector<float>& total : totals(slices, processes, share_memory))
          EXPECT_EQ(total, expected) << slices << " slices, " << processes << " processes, " << share_memory;
      }
    }
  }
}

// Twice what is summed, over two rounds.
void take_twice(ProcessGroup& group, const std::vector<float>& expected) {
  const SliceTree tree(5, group.size());
  TreeSum<float> sum(group, tree, kSize, 0);
  std::vector<float> kept(kSize);  // of this process's share
  sum.set_at_share([&](std::size_t begin, std::span<const float> sums) {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sum.total()[begin + i] = 2 * sums[i];
      kept[begin + i] = sums[i];
    }
  });
  sum.gather(kept);  // nothing yet, and nobody waits
  for (std::size_t round = 0; round < 2; ++round) {
    fill(sum, tree, group.rank(), round);
    sum.start(600, kSize);
    sum.start(5, 600);
    sum.start(0, 5);
    sum.finish();
  }
  EXPECT_THAT(std::ranges::count(kept, 0.0F), testing::Gt(static_cast<std::ptrdiff_t>(kSize / 2)));
  sum.gather(kept);
  EXPECT_EQ(kept, expected);
  for (std::size_t i = 0; i < kSize; ++i) EXPECT_EQ(sum.total()[i], 2 * expected[i]) << i;
}

TEST(TreeSum, ProcessesMayMakeSomethingElseOfTheirShares) {
  const std::vector<float> expected = totals(5, 1).front();
  for (const bool share_memory : {false, true})
    test::in_processes(
        3, [&](ProcessGroup& group) { take_twice(group, expected); }, share_memory);
}

// As of a network of as many layers.
TEST(TreeSum, TakesManyRangesAtOnce) {
  constexpr std::size_t kRanges = 3000;
  for (const bool share_memory : {false, true}) {
    test::in_processes(
        2,
        [&](ProcessGroup& group) {
          const SliceTree tree(2, 2);
          TreeSum<float> sum(group, tree, kRanges, 1);
          for (std::size_t i = 0; i < kRanges; ++i)
            sum.partial(0)[i] = static_cast<float>(i * (1 + group.rank()));
          for (std::size_t i = kRanges; i-- > 0;) sum.start(i, i + 1);
          sum.finish();
          for (std::size_t i = 0; i < kRanges; ++i) EXPECT_EQ(sum.total()[i], static_cast<float>(3 * i)) << i;
        },
        share_memory);
  }
}

TEST(TreeSum, AnotherOrderOfSlicesIsAnotherSum) {
  const SliceTree tree(8, 1);
  TreeSum<float> sum(alone(), tree, kSize, 0);
  fill(sum, tree, 0, 1);
  std::size_t different = 0;
  for (std::size_t i = 0; i < kSize; ++i) {
    float in_a_row = 0;
    for (std::size_t slice = 0; slice < 8; ++slice) in_a_row += value_of(slice, i, 1);
    different += in_a_row == sum.total()[i] ? 0 : 1;
  }
  EXPECT_GT(different, 0U);
}

TEST(WholeLetters, AreNotCut) {
  EXPECT_EQ(whole_letters("abc", 5), 3U);
  EXPECT_EQ(whole_letters("abc", 3), 3U);
  EXPECT_EQ(whole_letters("abc", 2), 2U);
  const std::string letters = "a\u00e4\u20ac";  // of one, two and three bytes
  const std::size_t expected[] = {0, 1, 1, 3, 3, 3, 6};
  for (std::size_t most = 0; most <= letters.size(); ++most)
    EXPECT_EQ(whole_letters(letters, most), expected[most]) << most;
}

void expect_refused(const std::filesystem::path& folder, const std::string& why,
                    const std::string& what_to_do) {
  try {
    (void)open_processes(folder);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr(why), testing::HasSubstr(what_to_do)));
  }
}

TEST(OpenProcesses, SaysWhatIsMissingAndWhatToDo) {
  expect_refused("/nowhere", "/nowhere/gradus_mpi.so", "build it again");
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / kMpiModule) << "no module";
  expect_refused(folder.path(), "gradus_mpi.so", "install openmpi-bin");
}

}  // namespace
}  // namespace gradus
