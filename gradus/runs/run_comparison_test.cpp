#include "gradus/runs/run_comparison.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "gradus/core/error.h"
#include "gradus/runs/run_store_fixture.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> names(const std::vector<RunDifference>& differences) {
  std::vector<std::string> found;
  for (const RunDifference& difference : differences) found.push_back(difference.name);
  return found;
}

TEST(RunComparison, TellsWhatDiffersAndNothingElse) {
  const test::TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  RunHeader first = test::header("a");
  RunHeader second = test::header("b");
  second.configuration =
      R"({"optimizer":"sgd","hidden":[64],"epochs":3,"shuffle":true,"learning_rate":1e-3})";
  second.environment.threads = 4;
  store.add_finished(first, test::finished(0.5));
  store.add_finished(second, test::finished(0.25));
  const std::vector<std::uint64_t> ids = {1, 2};
  const RunDifferences found = differences(store, ids);
  EXPECT_THAT(names(found.configuration), testing::UnorderedElementsAre("optimizer", "hidden"));
  const auto optimizer = std::ranges::find(found.configuration, "optimizer", &RunDifference::name);
  EXPECT_THAT(optimizer->values, ElementsAre("\"adam\"", "\"sgd\""));
  EXPECT_THAT(names(found.other), ElementsAre("threads"));
  const std::vector<std::uint64_t> unknown = {1, 3};
  EXPECT_THROW((void)differences(store, unknown), Error);
}

TEST(RunComparison, RepetitionsDifferInTheirSeedAlone) {
  EXPECT_EQ(without_seed(R"({"seed":1,"epochs":3,"threads":1})"),
            without_seed(R"({"epochs":3,"seed":2,"threads":8})"));
  EXPECT_NE(without_seed(R"({"seed":1,"epochs":3})"), without_seed(R"({"seed":1,"epochs":4})"));
  EXPECT_EQ(without_seed("damaged"), "damaged");
}

}  // namespace
}  // namespace gradus
