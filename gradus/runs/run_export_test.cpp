#include "gradus/runs/run_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/runs/run_store_fixture.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using ::testing::HasSubstr;

TEST(RunExport, CsvHasARowPerRunAndARowPerPoint) {
  const test::TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path() / "runs");
  RunHeader header = test::header("a, \"b\"");
  header.note = "=cmd()";
  store.add_finished(header, test::finished(0.25));
  const std::uint64_t id = 1;
  const auto files = export_csv(store, std::span(&id, 1), folder.path() / "out");
  ASSERT_EQ(files.size(), 2u);
  const auto rows = test::read_csv_rows(files[1]);
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"run", "series", "step", "epoch", "value"}));
  EXPECT_EQ(rows[6], (std::vector<std::string>{"1", "validation_loss", "30", "2", "0.25"}));
  const std::string table = read_file(files[0]);
  EXPECT_THAT(table, HasSubstr("\n1,\"a, \"\"b\"\"\","));
  EXPECT_THAT(table, HasSubstr(",'=cmd(),"));
  EXPECT_THAT(table, HasSubstr("validation_loss.best"));
  EXPECT_THAT(table, HasSubstr(",adam,"));
}

TEST(RunExport, NamesOfRunsBecomeHarmlessFolders) {
  const test::TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path() / "runs");
  store.add_finished(test::header("../../x y"), test::finished(0.25));
  const std::uint64_t id = 1;
  const auto files = export_tensorboard(store, std::span(&id, 1), folder.path() / "out");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].parent_path(), folder.path() / "out" / "1-.._.._x_y");
  EXPECT_TRUE(std::filesystem::exists(files[0]));
  const std::uint64_t unknown = 2;
  EXPECT_THROW((void)export_tensorboard(store, std::span(&unknown, 1), folder.path() / "none"), Error);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "none"));
}

TEST(RunExport, TooManyPointsAreRefused) {
  const test::TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  store.add_finished(test::header("a"), test::finished(0.25));  // two series of three points
  const std::uint64_t id = 1;
  EXPECT_THAT(series_csv(store, std::span(&id, 1), 6), HasSubstr("\n1,validation_loss,30,2,0.25\n"));
  EXPECT_THROW((void)series_csv(store, std::span(&id, 1), 5), Error);
}

}  // namespace
}  // namespace gradus
