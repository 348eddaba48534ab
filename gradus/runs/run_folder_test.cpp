#include "gradus/runs/run_folder.h"

#include <gtest/gtest.h>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

TEST(RunFolder, NumbersGoOnFromTheLargest) {
  const test::TemporaryFolder folder;
  const auto runs = folder.path() / "a" / "runs";
  EXPECT_EQ(make_run_folder(runs).number, 1u);
  EXPECT_EQ(make_run_folder(runs).path, runs / "2");
  std::filesystem::create_directory(runs / "17");
  std::filesystem::create_directory(runs / "18 copy");
  EXPECT_EQ(make_run_folder(runs).number, 18u);
}

TEST(RunFolder, AFileInTheWayIsNamed) {
  const test::TemporaryFolder folder;
  const auto file = folder.write("runs", "not a folder");
  try {
    (void)make_run_folder(file);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFile);
    EXPECT_NE(std::string(error.what()).find(file.string()), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gradus
