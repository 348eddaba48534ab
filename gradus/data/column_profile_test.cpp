#include "gradus/data/column_profile.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "gradus/data/csv.h"

namespace gradus {
namespace {

using testing::ElementsAre;
using testing::Pair;

Column column(const std::string& csv) {
  return parse_csv(csv, "test").columns.front();
}

TEST(ColumnProfile, NumbersByTheirMoments) {
  const ColumnProfile made = profile(column("a,b\n1,x\n3,x\n,x\n5,x\n"));
  EXPECT_EQ(made.distinct, 3u);
  EXPECT_DOUBLE_EQ(made.mean, 3);
  EXPECT_DOUBLE_EQ(made.deviation, std::sqrt(8.0 / 3));
  EXPECT_EQ(made.low, 1);
  EXPECT_EQ(made.high, 5);
  ASSERT_EQ(made.histogram.size(), ColumnProfile::kBins);
  EXPECT_EQ(made.histogram.front(), 1u);
  EXPECT_EQ(made.histogram[10], 1u);
  EXPECT_EQ(made.histogram.back(), 1u);
  EXPECT_THAT(made.counts, ElementsAre(Pair("1", 1u), Pair("3", 1u), Pair("5", 1u)));
}

TEST(ColumnProfile, CategoriesByTheirCountsTheMostFrequentFirst) {
  const ColumnProfile made = profile(column("a,b\nred,1\nblue,1\nred,1\n?,1\ngreen,1\n"));
  EXPECT_EQ(made.distinct, 3u);
  EXPECT_THAT(made.counts, ElementsAre(Pair("red", 2u), Pair("blue", 1u), Pair("green", 1u)));
  EXPECT_TRUE(std::isnan(made.mean));
  EXPECT_TRUE(made.histogram.empty());
}

TEST(ColumnProfile, TruthValuesByTheirNames) {
  const ColumnProfile made = profile(column("a,b\nno,1\nyes,1\nyes,1\nyes,1\n"));
  EXPECT_THAT(made.counts, ElementsAre(Pair("yes", 3u), Pair("no", 1u)));
  EXPECT_DOUBLE_EQ(made.mean, 0.75);
}

TEST(ColumnProfile, ManyValuesAreCountedAsFarAsTheyMatter) {
  Column many;
  std::vector<double> numbers(5000);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  many.numbers = std::move(numbers);
  const ColumnProfile made = profile(many);
  EXPECT_EQ(made.distinct, ColumnProfile::kMostDistinct);
  EXPECT_TRUE(made.counts.empty());
  EXPECT_EQ(std::accumulate(made.histogram.begin(), made.histogram.end(), std::uint64_t{0}), 5000u);
}

TEST(ColumnProfile, NothingAtAllAndOneValueOnly) {
  Column empty;
  empty.numbers = std::vector<double>{std::nan(""), std::nan("")};
  EXPECT_EQ(profile(empty).distinct, 0u);
  EXPECT_TRUE(profile(empty).histogram.empty());
  Column same;
  same.numbers = std::vector<double>{7, 7, 7};
  EXPECT_EQ(profile(same).histogram.front(), 3u);
  EXPECT_EQ(profile(same).deviation, 0);
}

}  // namespace
}  // namespace gradus
