// Large files, which are read in blocks, give the table and the errors that line by line reading gives. What a file
// says depends on the row, so that a lost, doubled or misplaced row shows.
#include "gradus/data/csv_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "gradus/core/error.h"
#include "gradus/data/csv.h"
#include "gradus/data/table.h"

namespace gradus {
namespace {

constexpr int kRows = 200'000;  // some megabytes: blocks for several threads

using Writer = std::string (*)(int row);

std::string lines_of(const std::string& header, Writer line) {
  std::string text = header;
  for (int row = 0; row < kRows; ++row) text += line(row);
  return text;
}

std::string plain_line(int row) {
  return std::to_string(row) + ",-0." + std::to_string(row) + ",c" + std::to_string(row % 3) + "\n";
}

double second_of(int row) {
  return -std::stod("0." + std::to_string(row));
}

void expect_plain_table(const Table& table) {
  ASSERT_EQ(table.rows, static_cast<std::size_t>(kRows));
  ASSERT_EQ(table.columns.size(), 3u);
  ASSERT_EQ(table.columns[0].numbers.size(), table.rows);
  ASSERT_EQ(table.columns[1].numbers.size(), table.rows);
  ASSERT_EQ(table.columns[2].codes.size(), table.rows);
  for (int row = 0; row < kRows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    ASSERT_EQ(table.columns[0].numbers[at], row) << "row " << row;
    ASSERT_EQ(table.columns[1].numbers[at], second_of(row)) << "row " << row;
    ASSERT_EQ(table.columns[2].codes[at], row % 3) << "row " << row;
  }
  EXPECT_THAT(table.columns[2].categories, testing::ElementsAre("c0", "c1", "c2"));
}

std::string message_of(const std::string& text) {
  try {
    return "read " + std::to_string(parse_csv(text, "x.csv").rows) + " rows";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(CsvBlocksTest, EveryRowOfALargeFileIsInItsPlace) {
  expect_plain_table(parse_csv(lines_of("a,b,c\n", plain_line), "x.csv"));
}

TEST(CsvBlocksTest, TheLastLineNeedsNoEnd) {
  std::string text = lines_of("a,b,c\n", plain_line);
  text.pop_back();
  expect_plain_table(parse_csv(text, "x.csv"));
}

TEST(CsvBlocksTest, BlanksBlankLinesQuotesAndOtherLineEndsChangeNothing) {
  const std::string text = lines_of("a,b,c\n", [](int row) {
    std::string line = plain_line(row);
    const std::string bare = line.substr(0, line.size() - 1);
    if (row % 5'000 == 4'000) return "\r\n \n" + bare + "\r\n";
    if (row % 7'000 == 6'000) return " " + bare + " \r\n\n";
    if (row % 50'000 == 40'000) return bare + "\r";
    if (row % 60'000 == 50'000)
      return '"' + bare.substr(0, bare.find(',')) + '"' + bare.substr(bare.find(',')) + "\n";
    return line;
  });
  expect_plain_table(parse_csv(text, "x.csv"));
}

// Each stands once, blocks apart from the others.
TEST(CsvBlocksTest, WhatIsRareChangesNothingWhereverItStands) {
  const std::string text = lines_of("a,b,c\n", [](int row) {
    std::string line = plain_line(row);
    const std::string bare = line.substr(0, line.size() - 1);
    const std::size_t comma = bare.find(',');
    if (row == 30'000) return bare + "\r\n";
    if (row == 60'000) return bare + "\r";
    if (row == 90'000) return "\t" + bare + "\t\n";
    if (row == 120'000) return '"' + bare.substr(0, comma) + '"' + bare.substr(comma) + "\n";
    if (row == 150'000) return "\n\r\n" + line;
    return line;
  });
  expect_plain_table(parse_csv(text, "x.csv"));
}

TEST(CsvBlocksTest, EmptyCellsBetweenTabsAreMissing) {
  const Table table = parse_csv(lines_of("a\tb\tc\n",
                                         [](int row) {
                                           const std::string end = row % 3 == 0 ? "\t\tx\n" : "\t7\t \n";
                                           return std::to_string(row) + end;
                                         }),
                                "x.tsv");
  ASSERT_EQ(table.rows, static_cast<std::size_t>(kRows));
  for (std::size_t row = 0; row < table.rows; ++row) {
    ASSERT_EQ(table.columns[0].numbers[row], static_cast<double>(row));
    ASSERT_EQ(std::isnan(table.columns[1].numbers[row]), row % 3 == 0) << row;
    ASSERT_EQ(table.columns[2].codes[row], row % 3 == 0 ? 0 : -1) << row;
  }
}

TEST(CsvBlocksTest, ALastLineOfMoreThanABlockNeedsNoEnd) {
  const std::string novel(1'000'000, 'n');
  const Table table = parse_csv(lines_of("a,b,c\n", plain_line) + "7,8," + novel, "x.csv");
  ASSERT_EQ(table.rows, kRows + 1u);
  EXPECT_EQ(table.columns[0].numbers[kRows], 7);
  EXPECT_EQ(table.columns[2].categories[3], novel);
}

TEST(CsvBlocksTest, AQuotedCellMayBeLongerThanABlock) {
  const std::string novel(1'000'000, 'n');
  std::string text = lines_of("a,b,c\n", plain_line);
  text += "7,8,\"" + novel + "\n" + novel + "\"\n" + lines_of("", plain_line);
  const Table table = parse_csv(text, "x.csv");
  ASSERT_EQ(table.rows, 2u * kRows + 1);
  EXPECT_EQ(table.columns[0].numbers[kRows], 7);
  EXPECT_EQ(table.columns[2].categories[3], novel + "\n" + novel);
  EXPECT_EQ(table.columns[0].numbers[table.rows - 1], kRows - 1);
}

TEST(CsvBlocksTest, MissingCellsAndEveryWayToWriteANumber) {
  const Table table = parse_csv(lines_of("a,b\n",
                                         [](int row) -> std::string {
                                           switch (row % 5) {
                                             case 0:
                                               return "+1.5e-3,0.12345678901234567\n";
                                             case 1:
                                               return "NA,-0\n";
                                             case 2:
                                               return ".5,12345678901234567890\n";
                                             case 3:
                                               return ",5.\n";
                                             default:
                                               return "-7,?\n";
                                           }
                                         }),
                                "x.csv");
  ASSERT_EQ(table.rows, static_cast<std::size_t>(kRows));
  EXPECT_EQ(table.columns[0].missing, 2u * kRows / 5);
  EXPECT_EQ(table.columns[1].missing, 1u * kRows / 5);
  for (std::size_t row = 0; row < table.rows; row += 5) {
    const double* a = &table.columns[0].numbers[row];
    const double* b = &table.columns[1].numbers[row];
    ASSERT_EQ(a[0], 1.5e-3) << "row " << row;
    ASSERT_TRUE(std::isnan(a[1]) && std::isnan(a[3])) << "row " << row;
    ASSERT_EQ(a[2], 0.5) << "row " << row;
    ASSERT_EQ(a[4], -7) << "row " << row;
    ASSERT_EQ(b[0], 0.12345678901234567) << "row " << row;
    ASSERT_TRUE(b[1] == 0 && std::signbit(b[1])) << "row " << row;
    ASSERT_EQ(b[2], 12345678901234567890.0) << "row " << row;
    ASSERT_EQ(b[3], 5) << "row " << row;
    ASSERT_TRUE(std::isnan(b[4])) << "row " << row;
  }
}

TEST(CsvBlocksTest, ErrorsFarBelowNameLineAndColumn) {
  const std::string good =
      lines_of("a,b,c\n", [](int row) { return (row == 50'000 ? "\n" : "") + plain_line(row); });
  const std::string more = lines_of("", plain_line);
  EXPECT_EQ(
      message_of(good + "\n1,2\n" + more),
      "reading x.csv: line 200004 has 2 fields; the header has 3; check quotes and separators on that line");
  EXPECT_EQ(
      message_of(good + "1,2,c,4\n" + more),
      "reading x.csv: line 200003 has 4 fields; the header has 3; check quotes and separators on that line");
  EXPECT_EQ(message_of(good + "1,2x,c\n" + more),
            "reading x.csv: line 200003, column 'b': '2x' is not a number; the column holds numbers, such as "
            "'-0.0' "
            "on line 2; correct the cell, or leave it empty where the value is missing");
  EXPECT_EQ(
      message_of(good + "1,inf,c\n" + more),
      "reading x.csv: line 200003, column 'b': 'inf' is not finite; expected a number; correct the cell, or "
      "leave it empty where the value is missing");
  EXPECT_EQ(message_of(good + "1,2,\"c\n" + more),
            "reading x.csv: line 200003: a quote that opens here is never closed; close it, or write a quote "
            "inside "
            "a field as two");
}

TEST(CsvBlocksTest, DecimalSignsAreComparedThroughTheWholeFile) {
  const std::string whole = lines_of("a;b\n", [](int row) { return std::to_string(row) + ";1\n"; });
  EXPECT_EQ(message_of(whole + "1.5;1\n" + whole.substr(4) + "1,5;1\n" + whole.substr(4)),
            "reading x.csv: column 'a' has a decimal point on line 200002 and a decimal comma on line "
            "400003; write "
            "all its numbers one way");
  const std::string tens = lines_of("a;b\n", [](int) -> std::string { return "1e1;1\n"; });
  EXPECT_EQ(parse_csv(tens, "x.csv").columns[0].numbers[kRows - 1], 10);
  EXPECT_EQ(message_of(tens + "1.5e1;1\n" + tens.substr(4) + "1,5;1\n" + tens.substr(4)),
            "reading x.csv: column 'a' has a decimal point on line 200002 and a decimal comma on line "
            "400003; write "
            "all its numbers one way");
  const std::string points = lines_of("a;b\n", [](int row) { return std::to_string(row) + ".5;2.5e1\n"; });
  const Table pointed = parse_csv(points, "x.csv");
  ASSERT_EQ(pointed.rows, static_cast<std::size_t>(kRows));
  EXPECT_EQ(pointed.columns[0].numbers[kRows - 1], kRows - 0.5);
  EXPECT_EQ(pointed.columns[1].numbers[kRows - 1], 25);
  const std::string commas = lines_of("a;b\n", [](int row) { return std::to_string(row) + ",5;1\n"; });
  const Table table = parse_csv(commas, "x.csv");
  ASSERT_EQ(table.rows, static_cast<std::size_t>(kRows));
  EXPECT_EQ(table.columns[0].numbers[table.rows - 1], kRows - 0.5);
}

}  // namespace
}  // namespace gradus
