#include "gradus/report/text_table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "gradus/core/error.h"
#include "gradus/report/display_text.h"

namespace gradus::report {
namespace {

TextTable epochs() {
  TextTable table({{"epoch", Align::kRight}, {"loss", Align::kRight}, {"note"}});
  table.add_row({"0", "0.6074", ""});
  table.add_row({"10", "0.2628", "best so far, its weights are kept"});
  return table;
}

TEST(TextTable, AlignsColumnsAndLeavesNoBlanksAtTheEnd) {
  EXPECT_EQ(epochs().render(),
            "EPOCH    LOSS  NOTE\n"
            "    0  0.6074\n"
            "   10  0.2628  best so far, its weights are kept\n");
}

TEST(TextTable, ShortensTextBeforeNumbers) {
  EXPECT_EQ(epochs().render(30),
            "EPOCH    LOSS  NOTE\n"
            "    0  0.6074\n"
            "   10  0.2628  best so far, i…\n");
}

TEST(TextTable, NoLineIsWiderThanAsked) {
  for (int width = 1; width < 60; ++width) {
    std::istringstream lines(epochs().render(width));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
  }
}

TEST(TextTable, GrowsLineByLineWithFixedWidths) {
  const std::vector<Column> columns = {{"epoch", Align::kRight}, {"loss", Align::kRight, 8}, {"note"}};
  EXPECT_EQ(header_line(columns), "EPOCH      LOSS  NOTE\n");
  EXPECT_EQ(row_line(columns, std::vector<std::string>{"3", "0.4336", "best"}), "    3    0.4336  best\n");
}

TEST(TextTable, ARowOfAnotherLengthIsABug) {
  TextTable table({{"a"}, {"b"}});
  EXPECT_THROW(table.add_row({"1"}), InternalError);
}

}  // namespace
}  // namespace gradus::report
