#include "gradus/server/query_lists.h"

#include <gmock/gmock.h>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

using ::testing::ElementsAre;

TEST(QueryLists, RunsAreNumbersAndRanges) {
  EXPECT_THAT(run_list("7", 10), ElementsAre(7));
  EXPECT_THAT(run_list("3,5-7,6", 10), ElementsAre(3, 5, 6, 7));
  for (const char* wrong : {"", "a", "1,,2", "5-3", "-4", "1-", "1.5", "../1", "99999999999999999999"})
    EXPECT_THROW((void)run_list(wrong, 10), Error) << wrong;
}

TEST(QueryLists, NobodyAsksForMoreThanIsGiven) {
  EXPECT_EQ(run_list("1-10", 10).size(), 10u);
  EXPECT_THROW((void)run_list("1-11", 10), Error);
  EXPECT_THROW((void)run_list("1-6,11-15", 10), Error);
  EXPECT_THROW((void)run_list("0-18446744073709551615", 10), Error);
  EXPECT_THROW((void)word_list("a,b,c", 2), Error);
}

TEST(QueryLists, WordsAndCounts) {
  EXPECT_THAT(word_list("train_loss,test_loss", 5), ElementsAre("train_loss", "test_loss"));
  EXPECT_TRUE(word_list("", 5).empty());
  EXPECT_EQ(count_of("", 4, 2000), 2000u);
  EXPECT_EQ(count_of("40", 4, 2000), 40u);
  for (const char* wrong : {"3", "2001", "x", "-5"})
    EXPECT_THROW((void)count_of(wrong, 4, 2000), Error) << wrong;
}

}  // namespace
}  // namespace gradus::server
