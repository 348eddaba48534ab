// Each kind of damage, with the line a person gets to see.
#include <gtest/gtest.h>

#include <string>

#include "gradus/core/error.h"
#include "gradus/data/csv.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

std::string message_of(const std::string& text) {
  try {
    const Table table = parse_csv(text, "x.csv");
    return "read " + std::to_string(table.rows) + " rows of " + table.column_list();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    return error.what();
  }
}

// A header and `rows` rows "i,i" where one cell of column b is another text.
std::string numbers_with(int rows, int odd_row, const std::string& odd) {
  std::string text = "a,b\n";
  for (int i = 1; i <= rows; ++i) {
    text += std::to_string(i) + "," + (i == odd_row ? odd : std::to_string(i)) + "\n";
  }
  return text;
}

TEST(CsvErrorsTest, ARaggedRowNamesItsLineAndBothWidths) {
  EXPECT_EQ(message_of("a,b,c\n1,2,3\n1,2\n1,2,3\n"),
            "reading x.csv: line 3 has 2 fields; the header has 3; check quotes and separators on that line");
  EXPECT_EQ(
      message_of("1,2\n3,4\n5,6,7\n"),
      "reading x.csv: line 3 has 3 fields; the first line has 2; check quotes and separators on that line");
  EXPECT_EQ(message_of("a,b\n1,2\n3\n"),
            "reading x.csv: line 3 has 1 field; the header has 2; check quotes and separators on that line");
}

TEST(CsvErrorsTest, LinesAreCountedThroughQuotedLineBreaks) {
  EXPECT_EQ(message_of("a,b\n\"x\ny\n\",2\n1,2,3\n"),
            "reading x.csv: line 5 has 3 fields; the header has 2; check quotes and separators on that line");
}

TEST(CsvErrorsTest, ATextAmongNumbersNamesBoth) {
  const std::string expected =
      "reading x.csv: line 1001, column 'b': 'abc' is not a number; the column holds numbers, such as '1' on "
      "line 2; "
      "correct the cell, or leave it empty where the value is missing";
  EXPECT_EQ(message_of(numbers_with(2000, 1000, "abc")), expected) << "among the rows that decide";
  EXPECT_EQ(message_of(numbers_with(1000, 1000, "abc")), expected) << "the last row";
}

TEST(CsvErrorsTest, ATextFarBelowNumbersNamesBoth) {
  EXPECT_EQ(message_of(numbers_with(5000, 4999, "None")),
            "reading x.csv: line 5000, column 'b': 'None' is not a number; the column holds numbers, such as "
            "'1' on line 2; "
            "correct the cell, or leave it empty where the value is missing");
}

TEST(CsvErrorsTest, InfinityNamesLineAndColumn) {
  for (const std::string odd : {"inf", "-inf", "+Inf", "INFINITY", "1e999"}) {
    for (const int row : {2, 1500}) {
      EXPECT_EQ(message_of(numbers_with(2000, row, odd)),
                "reading x.csv: line " + std::to_string(row + 1) + ", column 'b': '" + odd +
                    "' is not finite; expected a number; correct the cell, or leave it empty where the value "
                    "is missing");
    }
  }
}

TEST(CsvErrorsTest, MessagesShowNoControlCharactersAndNoWholeNovel) {
  const std::string message = message_of(numbers_with(100, 50, "\"\x1b[31m" + std::string(1000, 'z') + "\""));
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_LT(message.size(), 300u) << message;
  EXPECT_NE(message_of(numbers_with(100, 50,
                                    "a\x7f"
                                    "b"))
                .find("column 'b': 'a?b' is not a number"),
            std::string::npos);
}

TEST(CsvErrorsTest, MessagesCutNoLetterInTwo) {
  const std::string ends(100, 'z');
  for (const std::string letter : {"\u00fc", "\u20ac", "\U0001F600"}) {
    for (std::size_t before = 40 - letter.size() + 1; before < 40; ++before) {
      const std::string begin(before, 'a');
      EXPECT_NE(message_of(numbers_with(100, 50, begin + letter + ends)).find("'" + begin + "...' is not"),
                std::string::npos)
          << letter << ", " << before;
    }
    const std::string begin(40 - letter.size(), 'a');
    EXPECT_NE(
        message_of(numbers_with(100, 50, begin + letter + ends)).find("'" + begin + letter + "...' is not"),
        std::string::npos)
        << letter;
  }
}

TEST(CsvErrorsTest, BothDecimalSignsInOneColumnNameBothLines) {
  EXPECT_EQ(message_of("a;b\n1,5;1\n2;2\n3.5;3\n"),
            "reading x.csv: column 'a' has a decimal point on line 4 and a decimal comma on line 2; write "
            "all its numbers "
            "one way");
}

TEST(CsvErrorsTest, AnEmptyFileSaysSo) {
  for (const std::string text : {"", "\n\n", "  \r\n", "\xef\xbb\xbf"}) {
    EXPECT_EQ(message_of(text), "reading x.csv: the file is empty; expected a table with a line per sample");
  }
}

TEST(CsvErrorsTest, AHeaderAloneSaysSo) {
  EXPECT_EQ(message_of("a,b\n"),
            "reading x.csv: it has a header (2 columns) and no rows; expected a line per sample");
}

TEST(CsvErrorsTest, AnUnclosedQuoteNamesTheLineWhereItOpens) {
  EXPECT_EQ(message_of("a,b\n1,2\n\"x,3\n4,5\n"),
            "reading x.csv: line 3: a quote that opens here is never closed; close it, or write a quote "
            "inside a field as "
            "two");
}

TEST(CsvErrorsTest, TextBehindAClosingQuoteNamesItsField) {
  EXPECT_EQ(message_of("a,b\nx,\"the \"big\" one\"\n"),
            "reading x.csv: line 2: text follows the closing quote of field 2; write a quote inside a field "
            "as two");
}

TEST(CsvErrorsTest, OneColumnOfTextIsNoTable) {
  EXPECT_EQ(message_of("5.1 3.5 1.4\n4.9 3.0 1.4\n"),
            "reading x.csv: no line has more than one field; expected two or more columns separated by , ; "
            "tab or |");
}

TEST(CsvErrorsTest, BinaryFilesAreToldByTheirNulByte) {
  EXPECT_EQ(message_of(std::string("a,b\n1,2\n\0,3\n", 12)),
            "reading x.csv: byte 8 on line 3 is NUL, so it is no text; expected CSV: a spreadsheet has to be "
            "saved as CSV, "
            "a compressed file unpacked");
}

TEST(CsvErrorsTest, OtherEncodingsAreNamed) {
  EXPECT_EQ(message_of(std::string("\xff\xfe"
                                   "a\0,\0",
                                   6)),
            "reading x.csv: it is UTF-16; expected UTF-8; save it again as CSV UTF-8");
  EXPECT_EQ(message_of(std::string("\xfe\xff\0a\0,", 6)),
            "reading x.csv: it is UTF-16; expected UTF-8; save it again as CSV UTF-8");
  EXPECT_EQ(message_of("city,x\nZ\xfcrich,1\n"),
            "reading x.csv: line 2 is not UTF-8 (byte 8 is 0xfc); save it again as CSV UTF-8");
  for (const std::string bad : {"\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xf0\x9f-\x80",
                                "\xf0\x9f\x98-", "\xf5\x80\x80\x80", "\x80"}) {
    EXPECT_NE(message_of("city,x\n" + bad + ",1\n").find("is not UTF-8"), std::string::npos);
  }
  EXPECT_EQ(message_of("ort,x\nZ\u00fcrich \u20ac \U0001F600,1\n"), "read 1 rows of ort, x");
}

// In time that grows with their number, not its square: 50,000 of them would take minutes.
TEST(CsvErrorsTest, EqualNamesAreNumbered) {
  std::string header = "c,c_2";
  std::string row = "1,2";
  for (int i = 0; i < 50'000; ++i) {
    header += ",c";
    row += ",3";
  }
  const Table table = parse_csv(header + "\n" + row + "\n", "x.csv");
  EXPECT_EQ(table.columns[1].name, "c_2");
  EXPECT_EQ(table.columns[2].name, "c_3");
  EXPECT_EQ(table.columns.back().name, "c_50002");
}

TEST(CsvErrorsTest, ALineOfEndlessFieldsIsRefused) {
  EXPECT_EQ(message_of(std::string(100'000, ',') + "\n"),
            "reading x.csv: line 1 has more than 100000 fields; at most 100000 columns are read");
}

TEST(CsvErrorsTest, AMissingFileIsNotFoundAndAFolderIsNoFile) {
  const test::TemporaryFolder folder;
  try {
    const Table table = read_csv(folder.path() / "absent.csv");
    FAIL() << table.column_list();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
  try {
    const Table table = read_csv(folder.path());
    FAIL() << table.column_list();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFile);
  }
}

// The reader has to end in a table or a gradus::Error, whatever it is given.
TEST(CsvErrorsTest, NoCutOfAFileDoesWorseThanAnError) {
  const std::string text = "a;\"b\"\"x\";c\r\n1,5;\"two\nlines\";true\r\n;?;FALSE\r\n3;inf;\"no\n\"";
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    for (std::size_t length = 0; begin + length <= text.size(); ++length) {
      const std::string message = message_of(text.substr(begin, length));
      ASSERT_FALSE(message.empty());
    }
  }
}

}  // namespace
}  // namespace gradus
