#include "gradus/study/fold_config.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

// A table beyond the window would be read whole for nothing, or not fit at all.
TEST(FoldConfig, TakesTheTableThatTheRunsTake) {
  const test::TemporaryFolder folder;
  ::setenv("XDG_CACHE_HOME", (folder.path() / "xdg").c_str(), 1);
  std::string text = "a,b,y\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("{},{},{}\n", i * 37 % 41, i * 11 % 17, i % 2);
  RunConfig config;
  config.data = folder.write("t.csv", text).string();
  config.memory = "8MB";
  config.validation = "0";
  TableCache tables;
  (void)set_up(config, {}, tables);
  std::filesystem::remove(config.data);  // whoever reads it a second time notices
  EXPECT_NO_THROW(hold_back_fold(config, 4, 1, {}, tables, folder.path()));
  EXPECT_EQ(config.test, "10");
  ::unsetenv("XDG_CACHE_HOME");
}

}  // namespace
}  // namespace gradus::study
