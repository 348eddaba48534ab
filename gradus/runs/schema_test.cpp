#include "gradus/runs/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus::internal {
namespace {

constexpr std::array<std::string_view, 3> kSteps = {
    "CREATE TABLE a(x); INSERT INTO a VALUES(1)",
    "ALTER TABLE a ADD COLUMN y DEFAULT 2; UPDATE a SET x = x + 10", "ALTER TABLE a RENAME COLUMN y TO z"};

TEST(Schema, AnOlderStoreIsBroughtUpStepByStep) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "a.sqlite";
  migrate(Database(file, Access::kMake), std::span(kSteps).first(1));
  EXPECT_EQ(Database(file, Access::kExisting).number("SELECT x FROM a"), 1);
  const Database database(file, Access::kExisting);
  migrate(database, kSteps);
  migrate(database, kSteps);
  EXPECT_EQ(database.number("PRAGMA user_version"), 3);
  EXPECT_EQ(database.number("SELECT x * 100 + z FROM a"), 1102);
}

TEST(Schema, AStepThatFailsLeavesTheOlderStoreAsItWas) {
  const test::TemporaryFolder folder;
  const Database database(folder.path() / "a.sqlite", Access::kMake);
  migrate(database, std::span(kSteps).first(1));
  const std::array<std::string_view, 3> broken = {kSteps[0], kSteps[1], "UPDATE nothing SET x = 1"};
  EXPECT_THROW(migrate(database, broken), Error);
  EXPECT_EQ(database.number("PRAGMA user_version"), 1);
  EXPECT_EQ(database.number("SELECT x FROM a"), 1);
}

TEST(Schema, AnotherProcessThatKeepsTheStoreLockedIsWaitedFor) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "a.sqlite";
  const Database first(file, Access::kMake);
  first.execute("PRAGMA journal_mode = WAL");
  migrate(first, kSteps);
  Transaction held(first);
  const Database second(file, Access::kExisting);
  EXPECT_EQ(second.number("SELECT x FROM a"), 11);  // readers go on
  second.execute("PRAGMA busy_timeout = 20");       // not to wait ten seconds for it
  try {
    const Transaction refused(second);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFile);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("another process has kept it locked"));
  }
}

}  // namespace
}  // namespace gradus::internal
