#include "gradus/data/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::AllOf;
using testing::HasSubstr;

void expect_error(const std::string& name, ErrorCode code, const testing::Matcher<std::string>& message) {
  try {
    static_cast<void>(load_table(name));
    ADD_FAILURE() << name << " loaded";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(std::string(error.what()), message);
  }
}

TEST(SourceTest, AMistypedNameGetsTheNearestOneAndTheKindsOfPath) {
  expect_error("digts", ErrorCode::kInvalidArgument,
               AllOf(HasSubstr("did you mean 'digits'?"), HasSubstr("spirals"), HasSubstr(".npz")));
  expect_error("", ErrorCode::kInvalidArgument, HasSubstr("unknown data set ''"));
}

TEST(SourceTest, AMissingFileSaysWhichOne) {
  expect_error("no_such.csv", ErrorCode::kNotFound, HasSubstr("reading no_such.csv: no such file"));
  expect_error("folder/none", ErrorCode::kNotFound, HasSubstr("reading folder/none: no such file"));
}

TEST(SourceTest, ACsvIsReadByItsEnding) {
  const test::TemporaryFolder folder;
  for (const char* name : {"a.csv", "b.TSV", "c.txt"}) {
    const Table table = load_table(folder.write(name, "length;species\n1.5;a\n2.5;b\n3;a\n").string());
    EXPECT_EQ(table.rows, 3U) << name;
    EXPECT_EQ(table.column_list(), "length, species") << name;
  }
}

TEST(SourceTest, ANpyAloneIsToldWhatToDo) {
  const test::TemporaryFolder folder;
  expect_error(folder.write("x.npy", "?").string(), ErrorCode::kUnsupported, HasSubstr("numpy.savez"));
}

TEST(SourceTest, AnUnknownEndingNamesTheKnownOnes) {
  const test::TemporaryFolder folder;
  expect_error(folder.write("x.xlsx", "?").string(), ErrorCode::kUnsupported,
               AllOf(HasSubstr("'.xlsx'"), HasSubstr(".csv")));
}

TEST(SourceTest, AFolderIsTakenForIdxFiles) {
  GRADUS_REQUIRE_FILE(folder, data_path, "mnist");
  EXPECT_EQ(load_table(folder.string()).rows, 70'000U);
}

TEST(SourceTest, TheDataFolderIsTheUsersCache) {
  const char* before = std::getenv("XDG_CACHE_HOME");
  const std::string saved = before == nullptr ? "" : before;
  setenv("XDG_CACHE_HOME", "/somewhere", 1);
  EXPECT_EQ(default_data_folder(), "/somewhere/gradus");
  unsetenv("XDG_CACHE_HOME");
  EXPECT_EQ(default_data_folder(), std::filesystem::path(std::getenv("HOME")) / ".cache" / "gradus");
  if (before != nullptr) setenv("XDG_CACHE_HOME", saved.c_str(), 1);
}

}  // namespace
}  // namespace gradus
