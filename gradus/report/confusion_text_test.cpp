#include "gradus/report/confusion_text.h"

#include <gmock/gmock.h>

#include <sstream>

#include "gradus/core/error.h"
#include "gradus/report/display_text.h"

namespace gradus::report {
namespace {

using testing::HasSubstr;
using testing::Not;

const ConfusionTable kPenguins = {{"Adelie", "Chinstrap", "Gentoo"}, {1451, 3, 0, 2, 67, 1, 0, 0, 124}};

// k classes, all right but one sample of each, taken for the next class.
ConfusionTable letters(std::size_t k, const std::string& prefix = "") {
  ConfusionTable table;
  table.counts.assign(k * k, 0);
  for (std::size_t i = 0; i < k; ++i) {
    table.classes.push_back(prefix + static_cast<char>('A' + i));
    table.counts[i * k + i] = 100;
    table.counts[i * k + (i + 1) % k] = 1 + i % 3;
  }
  return table;
}

TEST(ConfusionTable, AddsUp) {
  EXPECT_EQ(kPenguins.total(), 1648u);
  EXPECT_EQ(kPenguins.correct(), 1642u);
  EXPECT_EQ(kPenguins.row_total(1), 70u);
  EXPECT_DOUBLE_EQ(kPenguins.share(1, 0), 2.0 / 70);
  EXPECT_EQ(kPenguins.summary(), "1,642 of 1,648 right, 99.6 %");
  EXPECT_EQ((ConfusionTable{{"a"}, {0}}).summary(), "no samples");
}

TEST(ConfusionTable, ListsConfusionsByFrequencyThenPlace) {
  const auto wrong = most_frequent_confusions(kPenguins, 2);
  ASSERT_EQ(wrong.size(), 2u);
  EXPECT_EQ(wrong[0].count, 3u);
  EXPECT_EQ(wrong[1].actual, 1u);
  EXPECT_EQ(wrong[1].predicted, 0u);
}

TEST(ConfusionText, ShowsTheMatrix) {
  EXPECT_EQ(confusion_text(kPenguins),
            "rows: true class, columns: predicted\n"
            "              Adelie Chinstrap    Gentoo\n"
            "Adelie         1,451         3         ·\n"
            "Chinstrap          2        67         1\n"
            "Gentoo             ·         ·       124\n");
}

TEST(ConfusionText, ListsConfusionsWhereTheMatrixDoesNotFit) {
  const std::string text = confusion_text(letters(26), {.width = 80, .listed = 2});
  EXPECT_EQ(text,
            "51 of 2,651 wrong, most often:\n"
            "TRUE  PREDICTED  COUNT  OF CLASS\n"
            "C     D              3     2.9 %\n"
            "F     G              3     2.9 %\n");
  EXPECT_THAT(confusion_text(letters(26), {.width = 120}), HasSubstr("rows: true class"));
}

TEST(ConfusionText, DoesNotShortenNamesUntilTheyAreTheSame) {
  const ConfusionTable table = letters(4, "a long common beginning ");
  EXPECT_THAT(confusion_text(table, {.width = 60}), HasSubstr("most often"));
}

TEST(ConfusionText, NoLineIsWiderThanAsked) {
  for (const std::size_t k : {1u, 2u, 5u, 10u, 26u}) {
    for (int width = 24; width < 120; width += 7) {
      std::istringstream lines(confusion_text(letters(k, "class "), {.width = width}));
      for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
    }
  }
}

TEST(ConfusionText, ShadesOnlyWhenAsked) {
  EXPECT_THAT(confusion_text(kPenguins), Not(HasSubstr("\x1b")));
  EXPECT_THAT(confusion_text(kPenguins, {.colour = true}), HasSubstr("\x1b[48;5;75m"));
}

TEST(ConfusionText, CountsThatAreNotSquareAreABug) {
  EXPECT_THROW((void)confusion_text({{"a", "b"}, {1, 2, 3}}), InternalError);
}

}  // namespace
}  // namespace gradus::report
