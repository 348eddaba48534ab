// What the reader makes of well-formed files, and of those that people have.
#include "gradus/data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::NanSensitiveDoubleEq;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Table parse(const std::string& text) {
  return parse_csv(text, "t.csv");
}

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  return names;
}

std::vector<std::string> texts_of(const Column& column) {
  std::vector<std::string> texts;
  for (const std::int32_t code : column.codes) {
    texts.push_back(code < 0 ? "<missing>" : column.categories[static_cast<std::size_t>(code)]);
  }
  return texts;
}

TEST(CsvTest, ReadsHeaderNumbersCategoriesAndTruthValues) {
  const Table table = parse("age,city,smoker\n31,Oslo,yes\n28.5,Bergen,no\n");
  EXPECT_EQ(table.source, "t.csv");
  EXPECT_EQ(table.rows, 2u);
  EXPECT_THAT(names_of(table), ElementsAre("age", "city", "smoker"));
  EXPECT_EQ(table.columns[0].kind, ColumnKind::kNumber);
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(31, 28.5));
  EXPECT_EQ(table.columns[1].kind, ColumnKind::kCategory);
  EXPECT_THAT(table.columns[1].categories, ElementsAre("Bergen", "Oslo"));
  EXPECT_THAT(table.columns[1].codes, ElementsAre(1, 0));
  EXPECT_EQ(table.columns[2].kind, ColumnKind::kBoolean);
  EXPECT_THAT(table.columns[2].numbers, ElementsAre(1, 0));
  EXPECT_THAT(table.columns[2].categories, ElementsAre("no", "yes"));
  EXPECT_EQ(table.default_target, "");
  EXPECT_THAT(table.notes, IsEmpty());
}

TEST(CsvTest, UnderstandsEveryWayToWriteANumber) {
  const Table table = parse("x,y\n1e5,a\n+3, b\n 3 ,c\n-.5,d\n1.,e\n\"7\",f\n1E-400,g\n0.1,h\n");
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1e5, 3, 3, -0.5, 1, 7, 0, 0.1));
}

TEST(CsvTest, NumbersBeyondDoublesAreZeroOrNoNumbers) {
  const std::string zeros(400, '0');
  const Table table = parse("x,y\n0." + zeros + "1,a\n1e-999,b\n-0.0000000000000001e-320,c\n");
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(0, 0, 0));
  EXPECT_THAT([&] { (void)parse("x,y\n1,a\n1" + zeros + ".5,b\n"); },
              testing::ThrowsMessage<Error>(HasSubstr("line 3, column 'x': '1000")));
}

TEST(CsvTest, WhatIsAlmostANumberIsText) {
  for (const std::string text : {".", "-", "1.2.3", "+-3", "+", "1e", "0x10", "1,5", "--1", "1-2"}) {
    const Table table = parse("x,y\n\"" + text + "\",1\n");
    EXPECT_THAT(texts_of(table.columns[0]), ElementsAre(text));
  }
  const std::string long_one = "0," + std::string(70, '1');
  for (const std::string& text : {std::string("1.000,5"), std::string("1,2,3"), long_one}) {
    EXPECT_THAT(texts_of(parse("x;y\n" + text + ";1\n").columns[0]), ElementsAre(text));
  }
}

TEST(CsvTest, NumbersAreRoundedAsTheStandardLibraryDoes) {
  std::uint64_t state = 1;
  std::vector<std::string> cells = {"0",
                                    "-0",
                                    "-0.0",
                                    "000.100",
                                    "999999999999999",
                                    "9999999999999999",
                                    "0.999999999999999",
                                    "123456789012345.",
                                    ".123456789012345",
                                    "-.5",
                                    "9007199254740993",
                                    "0.3"};
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    std::string digits = std::to_string(state >> (state % 60));
    digits.insert(state / 7 % (digits.size() + 1), ".");
    cells.push_back(digits == "." ? "0" : digits);
  }
  std::string text = "a,b\n";
  for (const std::string& cell : cells) text += cell + ",1\n";
  const SharedArray<double> numbers = parse(text).columns[0].numbers;
  ASSERT_EQ(numbers.size(), cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const double expected = std::strtod(cells[i].c_str(), nullptr);
    ASSERT_EQ(numbers[i], expected) << cells[i];
    ASSERT_EQ(std::signbit(numbers[i]), std::signbit(expected)) << cells[i];
  }
}

TEST(CsvTest, KnowsEverySignOfAMissingCell) {
  const Table table = parse("x,c\n1,a\n,\n?,?\nNA,na\nN/A,n/a\nnan,NaN\nnull,NULL\n -nan , \n2,b\n");
  EXPECT_THAT(table.columns[0].numbers,
              ElementsAre(1, NanSensitiveDoubleEq(kNan), NanSensitiveDoubleEq(kNan),
                          NanSensitiveDoubleEq(kNan), NanSensitiveDoubleEq(kNan), NanSensitiveDoubleEq(kNan),
                          NanSensitiveDoubleEq(kNan), NanSensitiveDoubleEq(kNan), 2));
  EXPECT_EQ(table.columns[0].missing, 7u);
  EXPECT_EQ(table.columns[1].missing, 7u);
  EXPECT_THAT(table.columns[1].categories, ElementsAre("a", "b"));
  EXPECT_THAT(table.columns[1].codes, ElementsAre(0, -1, -1, -1, -1, -1, -1, -1, 1));
}

TEST(CsvTest, BlanksAndTabsAroundACellSayNothing) {
  const Table table = parse("x,c\n\t1\t,\ta \n\"\t2 \",b\n 3\t,\t\n");
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 2, 3));
  EXPECT_THAT(texts_of(table.columns[1]), ElementsAre("a", "b", "<missing>"));
  const Table tabs = parse("x\tc\n 1 \t a\n\t b \n3\t\n");
  EXPECT_THAT(tabs.columns[0].numbers, ElementsAre(1, NanSensitiveDoubleEq(kNan), 3));
  EXPECT_THAT(texts_of(tabs.columns[1]), ElementsAre("a", "b", "<missing>"));
}

TEST(CsvTest, AColumnWithoutAnyValueIsNumbersAndANote) {
  const Table table = parse("x,y\n1,\n2,NA\n");
  EXPECT_EQ(table.columns[1].kind, ColumnKind::kNumber);
  EXPECT_EQ(table.columns[1].missing, 2u);
  EXPECT_THAT(table.notes, ElementsAre("column y: every cell is missing"));
}

TEST(CsvTest, FindsEachSeparator) {
  for (const char separator : {',', ';', '\t', '|'}) {
    std::string text = "a,b,c\n1,2,3\n4,5,6\n";
    std::ranges::replace(text, ',', separator);
    const Table table = parse(text);
    EXPECT_THAT(names_of(table), ElementsAre("a", "b", "c")) << "separator '" << separator << "'";
    EXPECT_THAT(table.columns[2].numbers, ElementsAre(3, 6)) << "separator '" << separator << "'";
    EXPECT_EQ(table.notes.empty(), separator == ',');
  }
  EXPECT_THAT(parse("a\tb\n1\t2\n").notes, ElementsAre("separator tab"));
}

TEST(CsvTest, OtherSeparatorsInsideFieldsDoNotMislead) {
  const Table table =
      parse("title,genres,year\nHeat,Action|Crime,1995\nBabe,Comedy,1995\n\"It; too\",Drama|War|X,1996\n");
  EXPECT_THAT(names_of(table), ElementsAre("title", "genres", "year"));
  EXPECT_THAT(texts_of(table.columns[1]), ElementsAre("Action|Crime", "Comedy", "Drama|War|X"));
}

TEST(CsvTest, ReadsDecimalCommasBesideSemicolons) {
  const Table table = parse("a;b\n1,5;x\n2;y\n-0,25;z\n");
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1.5, 2, -0.25));
  EXPECT_THAT(table.notes, ElementsAre("separator ;", "column a: decimal comma"));
}

TEST(CsvTest, ReadsDecimalCommasWithoutAHeader) {
  const Table table = parse("1,5;2,5\n2,5;3,5\n");
  EXPECT_EQ(table.columns.size(), 2u);
  EXPECT_THAT(table.columns[1].numbers, ElementsAre(2.5, 3.5));
}

TEST(CsvTest, QuotedFieldsMayHoldSeparatorsQuotesAndLineBreaks) {
  const Table table =
      parse("name,x\n\"Smith, \"\"Jo\"\"\",1\n\"two\nlines\",2\n \"blank before\" ,3\n\"\",4\n5\" pipe,5\n");
  EXPECT_THAT(texts_of(table.columns[0]),
              ElementsAre("Smith, \"Jo\"", "two\nlines", "blank before", "<missing>", "5\" pipe"));
  EXPECT_THAT(table.columns[1].numbers, ElementsAre(1, 2, 3, 4, 5));
}

TEST(CsvTest, LongCellsMayHoldQuotesToo) {
  std::string text = "name,x\n";
  std::vector<std::string> names;
  for (const std::size_t length : {10u, 600u, 20u, 5000u, 30u}) {
    const std::string word(length, 'n');
    names.push_back(word + "\"" + word);
    text += "\"" + word + "\"\"" + word + "\",1\n";
  }
  EXPECT_EQ(texts_of(parse(text).columns[0]), names);
}

TEST(CsvTest, EveryLineEndAndByteOrderMarkGiveTheSameTable) {
  for (const std::string text :
       {"a,b\n1,x\n2,y\n", "a,b\r\n1,x\r\n2,y\r\n", "a,b\r\n1,\"x\"\r\n2,\"y\" \r\n", "a,b\r1,x\r2,y\r",
        "a,b\n1,x\n2,y", "\xef\xbb\xbf\x61,b\r\n1,x\r\n2,y", "\n\na,b\n\n1,x\n \n2,y\n\n\n"}) {
    const Table table = parse(text);
    EXPECT_THAT(names_of(table), ElementsAre("a", "b")) << testing::PrintToString(text);
    EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 2)) << testing::PrintToString(text);
    EXPECT_THAT(texts_of(table.columns[1]), ElementsAre("x", "y")) << testing::PrintToString(text);
  }
}

TEST(CsvTest, NamesTheColumnsOfAFileWithoutAHeader) {
  const Table table = parse("5.1,3.5,setosa\n6.2,2.9,virginica\n");
  EXPECT_EQ(table.rows, 2u);
  EXPECT_THAT(names_of(table), ElementsAre("x0", "x1", "x2"));
  EXPECT_THAT(table.notes, ElementsAre("no header: columns named x0..x2"));
}

TEST(CsvTest, FindsAHeaderOverTextColumnsWhenNothingBelowRepeatsIt) {
  EXPECT_THAT(names_of(parse("shape,colour\nround,red\nflat,red\n")), ElementsAre("shape", "colour"));
  EXPECT_THAT(names_of(parse("p,x,s\ne,x,s\np,b,y\n")), ElementsAre("x0", "x1", "x2"));
  EXPECT_THAT(names_of(parse("p,p\ne,x\nf,b\n")), ElementsAre("x0", "x1")) << "two of one name";
}

TEST(CsvTest, GivesEveryColumnANameOfItsOwn) {
  const Table table = parse(",a,a,a_2\n10,1,2,3\n11,4,5,6\n");
  EXPECT_THAT(names_of(table), ElementsAre("Unnamed: 0", "a", "a_2", "a_2_2"));
  EXPECT_THAT(table.notes, Contains("column 1 has no name: called 'Unnamed: 0'"));
  EXPECT_THAT(table.notes, Contains("column 3 is a second 'a': called 'a_2'"));
  EXPECT_THAT(table.notes, Contains("column Unnamed: 0 seems to number the rows (distinct whole numbers)"));
}

TEST(CsvTest, NotesAColumnThatOnlyNumbersTheRows) {
  EXPECT_THAT(parse("ID,x\n3,1\n1,2\n2,1\n").notes,
              ElementsAre(HasSubstr("column ID seems to number the rows")));
  EXPECT_THAT(parse("Index,x\n0,1\n1,2\n").notes,
              ElementsAre("column Index seems to number the rows (distinct whole numbers)"));
  EXPECT_THAT(parse("id,x\na,1\nb,2\n").notes, IsEmpty());
  EXPECT_THAT(parse("id,x\n1,1\n,2\n").notes, IsEmpty());
  EXPECT_THAT(parse("id,x\n1,1\n").notes, IsEmpty());
  EXPECT_THAT(parse("id,x\n3,1\n3,2\n2,1\n").notes, IsEmpty());
  EXPECT_THAT(parse("id,x\n3.5,1\n1,2\n2,1\n").notes, IsEmpty());
}

TEST(CsvTest, KeepsTheTextOfCategoriesThatLookLikeNumbers) {
  const Table table = parse("code,x\n007,1\nA1,2\n1.50,3\n");
  EXPECT_EQ(table.columns[0].kind, ColumnKind::kCategory);
  EXPECT_THAT(texts_of(table.columns[0]), ElementsAre("007", "A1", "1.50"));
  EXPECT_THAT(table.notes,
              ElementsAre("column code: 2 of its first 3 cells are numbers, others text ('A1' on line 3): "
                          "read as categories"));
}

TEST(CsvTest, TextsAmongManyNumbersAreCategoriesUnlessTheyAreRare) {
  std::string text = "code,x\n";
  for (int i = 1; i <= 90; ++i) text += (i % 9 == 0 ? "A" + std::to_string(i) : std::to_string(i)) + ",1\n";
  const Table table = parse(text);
  EXPECT_EQ(table.columns[0].kind, ColumnKind::kCategory);
  EXPECT_THAT(table.notes,
              ElementsAre("column code: 80 of its first 90 cells are numbers, others text ('A9' on line 10): "
                          "read as categories"));
}

TEST(CsvTest, MissingCellsFarBelowTextAreMissing) {
  std::string text = "code,x\n";
  for (int i = 0; i < 1500; ++i) text += "A" + std::to_string(i % 3) + ",1\n";
  const Column column = parse(text + "NA,1\n,1\nA1,1\n").columns[0];
  EXPECT_EQ(column.missing, 2u);
  EXPECT_EQ(column.codes[1500], -1);
  EXPECT_EQ(column.codes[1501], -1);
  EXPECT_EQ(column.codes[1502], 1);
}

TEST(CsvTest, NumbersFarBelowTextStayCategories) {
  std::string text = "code,x\n";
  for (int i = 0; i < 1500; ++i) text += "A" + std::to_string(i % 3) + ",1\n";
  text += "42,1\n";
  const Table table = parse(text);
  EXPECT_THAT(table.columns[0].categories, ElementsAre("42", "A0", "A1", "A2"));
}

TEST(CsvTest, TruthValuesMayBeWrittenInAnyCaseAndBeAlone) {
  const Table table = parse("a,b,c\nTRUE,yes,Yes\ntrue,yes,maybe\n,yes,No\n");
  EXPECT_EQ(table.columns[0].kind, ColumnKind::kBoolean);
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 1, NanSensitiveDoubleEq(kNan)));
  EXPECT_THAT(table.columns[0].categories, ElementsAre("false", "TRUE"));
  EXPECT_EQ(table.columns[1].kind, ColumnKind::kBoolean);
  EXPECT_EQ(table.columns[2].kind, ColumnKind::kCategory);
}

TEST(CsvTest, ZeroAndOneStayNumbers) {
  EXPECT_EQ(parse("a,b\n0,x\n1,y\n").columns[0].kind, ColumnKind::kNumber);
}

TEST(CsvTest, MoreThanADecidingThousandRowsStayInOrder) {
  std::string text = "x,c\n";
  for (int i = 0; i < 5000; ++i)
    text += (i % 10 == 0 ? "" : std::to_string(i)) + (i % 2 == 0 ? ",even\n" : ",odd\n");
  const Table table = parse(text);
  ASSERT_EQ(table.rows, 5000u);
  EXPECT_EQ(table.columns[0].missing, 500u);
  for (std::size_t i = 0; i < table.rows; ++i) {
    const double x = table.columns[0].numbers[i];
    ASSERT_TRUE(i % 10 == 0 ? std::isnan(x) : x == static_cast<double>(i)) << "row " << i << " is " << x;
    ASSERT_EQ(table.columns[1].codes[i], i % 2 == 0 ? 0 : 1) << "row " << i;
  }
}

TEST(CsvTest, OneColumnOfNumbersIsATable) {
  const Table table = parse("x\n1\n2\n");
  EXPECT_THAT(names_of(table), ElementsAre("x"));
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(1, 2));
}

struct Known {
  const char* file;
  std::size_t rows;
  std::size_t columns;
  std::size_t numbers;
  std::size_t booleans;
  std::size_t missing;
};

class KnownTables : public testing::TestWithParam<Known> {};

TEST_P(KnownTables, AreReadAsTheyAre) {
  const Known& known = GetParam();
  GRADUS_REQUIRE_FILE(path, data_path, std::string("tabular/") + known.file);
  const Table table = read_csv(path);
  EXPECT_EQ(table.rows, known.rows);
  EXPECT_EQ(table.columns.size(), known.columns);
  EXPECT_EQ(std::ranges::count(table.columns, ColumnKind::kNumber, &Column::kind), known.numbers);
  EXPECT_EQ(std::ranges::count(table.columns, ColumnKind::kBoolean, &Column::kind), known.booleans);
  std::size_t missing = 0;
  for (const Column& column : table.columns) {
    missing += column.missing;
    EXPECT_EQ(column.kind == ColumnKind::kCategory ? column.codes.size() : column.numbers.size(), known.rows)
        << column.name;
  }
  EXPECT_EQ(missing, known.missing);
  EXPECT_THAT(table.notes, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    CsvTest, KnownTables,
    testing::Values(Known{"iris.csv", 150, 5, 4, 0, 0}, Known{"wine.csv", 178, 14, 13, 0, 0},
                    Known{"breast_cancer.csv", 569, 31, 30, 0, 0}, Known{"diabetes.csv", 442, 11, 11, 0, 0},
                    Known{"penguins.csv", 344, 7, 4, 0, 19}, Known{"titanic.csv", 891, 15, 6, 3, 869},
                    Known{"diamonds.csv", 53'940, 10, 7, 0, 0}),
    [](const auto& test) {
      const std::string file = test.param.file;
      return file.substr(0, file.find('.'));
    });

TEST(CsvTest, TitanicIsReadCellByCell) {
  GRADUS_REQUIRE_FILE(path, data_path, "tabular/titanic.csv");
  const Table table = read_csv(path);
  EXPECT_EQ(table.find("age")->missing, 177u);
  EXPECT_EQ(table.find("deck")->missing, 688u);
  EXPECT_THAT(table.find("deck")->categories, ElementsAre("A", "B", "C", "D", "E", "F", "G"));
  EXPECT_EQ(table.find("alive")->kind, ColumnKind::kBoolean);
  EXPECT_THAT(table.find("adult_male")->categories, ElementsAre("False", "True"));
  EXPECT_EQ(table.find("fare")->numbers[1], 71.2833);
}

}  // namespace
}  // namespace gradus
