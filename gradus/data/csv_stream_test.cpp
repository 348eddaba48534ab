// A file read part by part gives the rows and the errors that reading it whole gives.
#include "gradus/data/csv_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/data/cells.h"
#include "gradus/data/csv.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::HasSubstr;

constexpr std::size_t kSmallPart = 300;  // after the first: some ten of the lines below

void append_cells(const Table& table, std::vector<std::string>& cells) {
  for (std::size_t row = 0; row < table.rows; ++row) {
    for (const Column& column : table.columns) {
      const bool missing = internal::is_missing(column, row);
      cells.push_back(column.name + "=" + (missing ? "missing" : internal::cell_text(column, row)));
    }
  }
}

class CsvStreamTest : public testing::Test {
 protected:
  // All cells, and how many parts they came in.
  std::pair<std::vector<std::string>, std::size_t> streamed(const std::string& text) const {
    InputFile file(folder_.write("t.csv", text));
    CsvStream stream(file, kSmallPart);
    std::vector<std::string> cells;
    Table part;
    std::size_t parts = 0;
    std::size_t rows = 0;
    for (; stream.next(part); ++parts) {
      EXPECT_EQ(part.rows_before, rows);
      rows += part.rows;
      append_cells(part, cells);
    }
    EXPECT_EQ(stream.bytes(), text.size());
    return {cells, parts};
  }

  void expect_same_cells(const std::string& text) const {
    std::vector<std::string> whole;
    append_cells(parse_csv(text, "t.csv"), whole);
    const auto [cells, parts] = streamed(text);
    EXPECT_GT(parts, 10u);
    ASSERT_EQ(cells.size(), whole.size());
    for (std::size_t i = 0; i < cells.size(); ++i) ASSERT_EQ(cells[i], whole[i]) << "cell " << i;
  }

  // Both ways say the same but for the folder.
  void expect_same_error(const std::string& text, const std::string& expected) const {
    std::string whole;
    try {
      (void)parse_csv(text, "t.csv");
    } catch (const Error& error) {
      whole = error.what();
    }
    EXPECT_THAT(whole, HasSubstr(expected));
    try {
      (void)streamed(text);
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData);
      EXPECT_THAT(error.what(), HasSubstr(whole.substr(std::string("reading ").size())));
    }
  }

 private:
  test::TemporaryFolder folder_;
};

// Numbers, truth values, texts with line breaks, missing cells.
std::string lines(int count, const std::string& end = "\n") {
  std::string text = "n,yes,what,rare" + end;
  for (int i = 0; i < count; ++i) {
    text += std::to_string(i) + (i % 2 ? ",yes," : ",no,") +
            (i % 3 ? "plain" : "\"two\nlines, \"\"quoted\"\"\"") + (i > 1500 ? ",late" : ",") + end;
  }
  return text;
}

TEST_F(CsvStreamTest, GivesTheRowsOfTheWholeFile) {
  expect_same_cells(lines(3000));
}

TEST_F(CsvStreamTest, WhateverEndsItsLines) {
  expect_same_cells(lines(3000, "\r\n"));
  std::string last_line_open = lines(3000);
  last_line_open.pop_back();
  expect_same_cells(last_line_open);
  expect_same_cells(lines(3000) + "\n\n  \n");
  expect_same_cells("\xef\xbb\xbf" + lines(3000));
}

TEST_F(CsvStreamTest, WithOtherSeparatorsAndWithoutAHeader) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += std::to_string(i) + ",5;" + std::to_string(i % 7) + "\n";
  expect_same_cells(text);
}

// The first part holds no whole record, and is read on.
TEST_F(CsvStreamTest, ACellMayHaveMoreLinesThanAPart) {
  std::string poem;
  for (int i = 0; i < 3000; ++i) poem += "line " + std::to_string(i) + "\n";
  const std::string text = "n,poem\n1,\"" + poem + "\"\n2,short\n";
  EXPECT_THAT(streamed(text).first, testing::ElementsAre("n=1", "poem=" + poem, "n=2", "poem=short"));
}

// Among the first 200 records commas split more evenly, but the first part has one record of a thousand lines.
TEST_F(CsvStreamTest, LinesBehindTheFirstPartDoNotDecideHowAFileIsWritten) {
  std::string text = "1,2;\"";
  for (int i = 0; i < 1000; ++i) text += "a line\n";
  text += "\"\n";
  for (int i = 0; i < 3000; ++i) text += "4,5\n";
  expect_same_error(text, "line 1002 has 1 field; the first line has 2");
}

TEST_F(CsvStreamTest, BlankLinesDoNotDecideHowAFileIsWritten) {
  std::string text(1100, '\n');
  for (int i = 0; i < 3000; ++i) text += "7;5,25\n" + std::string(i < 10 ? 300 : 0, '\n');
  expect_same_cells(text);
  EXPECT_THAT(streamed(text).first.at(1), "x1=5.25");
}

// The header is a part of its own: what is noted of it is told with the first rows.
TEST_F(CsvStreamTest, NotesOfAPartWithoutRowsAreKept) {
  std::string text = "a;a;\"" + std::string(2000, '\n') + "\"\n";
  for (int i = 0; i < 100; ++i) text += "1;2;3\n";
  InputFile file(test::TemporaryFolder().write("t.csv", text));
  CsvStream stream(file, kSmallPart, false, 3);
  Table part;
  ASSERT_TRUE(stream.next(part));
  EXPECT_EQ(part.notes, parse_csv(text, "t.csv").notes);
}

TEST_F(CsvStreamTest, ASmallFileIsOnePart) {
  EXPECT_EQ(streamed("a,b\n1,2\n3,4\n").second, 1u);
}

TEST_F(CsvStreamTest, SaysWhatReadingItWholeSays) {
  expect_same_error(lines(3000) + "1,yes,plain\n", "line 4002 has 3 fields; the header has 4");
  expect_same_error(lines(3000) + "one,yes,plain,\n", "line 4002, column 'n': 'one' is not a number");
  expect_same_error(lines(3000) + "inf,yes,plain,\n", "line 4002, column 'n': 'inf' is not finite");
  expect_same_error(lines(3000) + "1,yes,\"plain,\n2,no,,\n3,no,,\n",
                    "line 4002: a quote that opens here is never closed");
  expect_same_error(lines(3000) + "1,yes,\"plain\"x,\n",
                    "line 4002: text follows the closing quote of field 3");
  expect_same_error(lines(3000) + std::string(1, '\0') + ",yes,plain,\n", "on line 4002 is NUL");
  expect_same_error(lines(3000) + "\xff,yes,plain,\n", "line 4002 is not UTF-8");
  expect_same_error("", "the file is empty");
  expect_same_error("a,b\n", "it has a header (2 columns) and no rows");
  expect_same_error("a\nb\n", "no line has more than one field");
}

TEST_F(CsvStreamTest, GivesUpOnALineWithoutEnd) {
  InputFile file("/dev/zero");
  CsvStream stream(file);
  Table part;
  try {
    (void)stream.next(part);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "reading /dev/zero: line 1 is longer than 64 MB; expected a table with a line per sample");
  }
}

}  // namespace
}  // namespace gradus
