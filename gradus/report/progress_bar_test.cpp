#include "gradus/report/progress_bar.h"

#include <gmock/gmock.h>

#include <sstream>

#include "gradus/report/display_text.h"

namespace gradus::report {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const Progress kHalf = {"epoch 12/100", 0.457, "31,200 samples/s", 12.2, "loss 0.1234"};

// A bar on a string with a clock set by hand.
struct BarOnString {
  explicit BarOnString(bool is_terminal = true)
      : bar(out,
            {.is_terminal = is_terminal, .width = [this] { return width; }, .now = [this] { return now; }}) {}

  int width = 80;
  std::chrono::steady_clock::time_point now;
  std::ostringstream out;
  ProgressBar bar;
};

TEST(ProgressLine, ShowsEverythingWhereThereIsRoom) {
  EXPECT_EQ(progress_line(kHalf, 100),
            "epoch 12/100 ━━━━━━━━━━━━━─────────────────  45 %  31,200 samples/s  0:12 left  loss 0.1234");
  EXPECT_EQ(progress_line(kHalf, 80, false),
            "epoch 12/100 ########-----------  45 %  31,200 samples/s  0:12 left  loss 0.1234");
}

TEST(ProgressLine, DropsTheLessImportantWhereItIsNarrow) {
  EXPECT_EQ(progress_line(kHalf, 60), "epoch 12/100 ━━━━━━━──────────  45 %  0:12 left  loss 0.1234");
  EXPECT_EQ(progress_line(kHalf, 40), "epoch 12/100 ━━━─────  45 %  loss 0.1234");
  EXPECT_EQ(progress_line(kHalf, 30), "epoch 12/100 ━━━━━──────  45 %");
  EXPECT_EQ(progress_line(kHalf, 20), "epoch 12/100  45 %");
  EXPECT_EQ(progress_line(kHalf, 16), "epoch 12/…  45 %");
}

TEST(ProgressLine, NeverWiderThanAsked) {
  for (int width = 1; width < 130; ++width) EXPECT_LE(display_width(progress_line(kHalf, width)), width);
}

TEST(ProgressLine, IsFullOnlyAtTheEnd) {
  EXPECT_THAT(progress_line({"x", 0.9999}, 60), HasSubstr(" 99 %"));
  EXPECT_THAT(progress_line({"x", 1}, 60), HasSubstr("100 %"));
  EXPECT_THAT(progress_line({"x", 7}, 60), HasSubstr("100 %"));
  EXPECT_THAT(progress_line({"x", std::numeric_limits<double>::quiet_NaN()}, 60), HasSubstr("  0 %"));
}

TEST(ProgressBar, IsSilentWhereThereIsNoTerminal) {
  {
    BarOnString on(false);
    EXPECT_FALSE(on.bar.due());
    on.bar.update(kHalf);
    on.bar.clear();
    EXPECT_EQ(on.out.str(), "");
  }
}

TEST(ProgressBar, DrawsAtMostTenTimesASecond) {
  BarOnString on;
  for (int i = 0; i < 1000; ++i) {
    on.bar.update(kHalf);
    on.now += 1ms;
  }
  const std::string written = on.out.str();
  EXPECT_EQ(std::count(written.begin(), written.end(), '\r'), 10);
}

TEST(ProgressBar, FollowsTheWidthAndLeavesTheLastColumnFree) {
  BarOnString on;
  on.width = 40;
  on.bar.update(kHalf);
  EXPECT_EQ(on.out.str(), "\r\x1b[K" + progress_line(kHalf, 39));
}

TEST(ProgressBar, ErasesItselfAndNeverTouchesTheCursor) {
  std::ostringstream out;
  {
    ProgressBar bar(out, {.is_terminal = true});
    bar.update(kHalf);
  }
  EXPECT_THAT(out.str(), testing::EndsWith("\r\x1b[K"));
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b[?25")));
}

TEST(ProgressBar, DrawsAgainAtOnceAfterItWasCleared) {
  BarOnString on;
  on.bar.update(kHalf);
  EXPECT_FALSE(on.bar.due());
  on.bar.clear();
  EXPECT_TRUE(on.bar.due());
}

}  // namespace
}  // namespace gradus::report
