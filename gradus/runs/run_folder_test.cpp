#include "gradus/runs/run_folder.h"

#include <gtest/gtest.h>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

TEST(RunFolder, TheLargestNumberIsFound) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(largest_run_number(folder.path() / "absent"), 0u);
  EXPECT_EQ(largest_run_number(folder.path()), 0u);
  for (const char* name : {"9", "17", "18 copy", "-20", "x99", "9223372036854775807", "18446744073709551615"})
    std::filesystem::create_directory(folder.path() / name);
  EXPECT_EQ(largest_run_number(folder.path()), 17u);
}

TEST(RunFolder, NumbersThatAreTakenArePassedOver) {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "4");
  EXPECT_EQ(make_run_folder(folder.path(), 3).path, folder.path() / "3");
  EXPECT_EQ(make_run_folder(folder.path(), 3).number, 5u);
}

TEST(RunFolder, AFileInTheWayIsNamed) {
  const test::TemporaryFolder folder;
  const auto file = folder.write("runs", "not a folder");
  try {
    (void)make_run_folder(file, 1);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFile);
    EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gradus
