#include "gradus/report/display_text.h"

#include <gtest/gtest.h>

#include "gradus/report/ansi.h"

namespace gradus::report {
namespace {

TEST(DisplayText, KnowsHowManyColumnsTextTakes) {
  EXPECT_EQ(display_width("loss"), 4);
  EXPECT_EQ(display_width("Größe"), 5);
  EXPECT_EQ(display_width("重み"), 4);
  EXPECT_EQ(display_width("e\xCC\x81"), 1);  // a combining accent
  EXPECT_EQ(display_width("🙂"), 2);
  EXPECT_EQ(display_width(""), 0);
}

TEST(DisplayText, ControlCharactersAndBrokenUtf8BecomeHarmless) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a\xEF\xBF\xBD[31mb");
  EXPECT_EQ(printable("\xC3"), "\xEF\xBF\xBD");
  EXPECT_EQ(printable("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");  // an overlong slash
  EXPECT_EQ(display_width("a\nb"), 3);
}

TEST(DisplayText, LinesAndColoursOfReportsStayAndOtherSequencesDoNot) {
  EXPECT_EQ(printable_lines("a\tb\n\x1b]0;c\a\n"), "a\tb\n\xEF\xBF\xBD]0;c\xEF\xBF\xBD\n");
  const std::string coloured =
      "a " + ansi::foreground(33) + "b\n" + ansi::background(0) + std::string(ansi::kReset);
  EXPECT_EQ(printable_report(coloured), coloured);
  EXPECT_EQ(printable_lines(coloured).find('\x1b'), std::string::npos);
  for (const std::string bad :
       {"\x1b", "\x1b[2J", "\x1b[8m", "\x1b[38;5;m", "\x1b[38;5;33", "\x1b[38;5;33H", "\x1b[00m"})
    EXPECT_EQ(printable_report("a" + bad), "a\xEF\xBF\xBD" + bad.substr(1)) << bad.substr(1);
  EXPECT_EQ(printable_report("\x1b\x1b[0m\xC2\x9B\r"), "\xEF\xBF\xBD\x1b[0m\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(DisplayText, ShortensWithAnEllipsisAndNeverOverTheWidth) {
  EXPECT_EQ(shorten("learning rate", 8), "learnin…");
  EXPECT_EQ(shorten("loss", 4), "loss");
  EXPECT_EQ(shorten("loss", 1), "…");
  EXPECT_EQ(shorten("loss", 0), "");
  EXPECT_EQ(shorten("重み付け", 4), "重…");
  for (int width = 0; width < 12; ++width)
    EXPECT_LE(display_width(shorten("重み Größe 🙂", width)), width);
}

TEST(DisplayText, PadsToExactlyTheWidth) {
  EXPECT_EQ(pad_right("ab", 4), "ab  ");
  EXPECT_EQ(pad_left("ab", 4), "  ab");
  EXPECT_EQ(pad_left("abcdef", 4), "abc…");
  EXPECT_EQ(pad_right("重み付け", 4), "重… ");
}

TEST(DisplayText, WrapsAtBlanks) {
  EXPECT_EQ(wrap("one two three", 8, 2), "one two\n  three");
  EXPECT_EQ(wrap("  a  b  cc", 7, 2), "  a  b\n  cc");
  EXPECT_EQ(wrap("unbreakable word", 4, 0), "unbreakable\nword");
  EXPECT_EQ(wrap("a b\nc d\n", 3, 1), "a b\nc d\n");
  EXPECT_EQ(wrap("one two three", 0, 2), "one two three");
}

}  // namespace
}  // namespace gradus::report
