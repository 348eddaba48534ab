// A CSV file by way of the disk is the table that read_csv() makes of it.
#include "gradus/data/column_file.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/csv.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// Bits: NaN is not equal to itself.
std::vector<std::uint64_t> bits_of(const SharedArray<double>& numbers) {
  std::vector<std::uint64_t> bits;
  for (const double number : numbers) bits.push_back(std::bit_cast<std::uint64_t>(number));
  return bits;
}

class ColumnFileTest : public testing::Test {
 protected:
  [[nodiscard]] Table on_disk(const std::string& text) const {
    return read_csv_on_disk(folder_.write("t.csv", text), cache());
  }
  [[nodiscard]] fs::path cache() const { return folder_.path() / "cache"; }
  [[nodiscard]] fs::path cached() const { return fs::directory_iterator(cache())->path(); }

  void expect_same_table(const std::string& text) const {
    const Table expected = parse_csv(text, "t.csv");
    const Table table = on_disk(text);
    EXPECT_EQ(table.rows, expected.rows);
    ASSERT_EQ(table.columns.size(), expected.columns.size());
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const Column& column = table.columns[c];
      EXPECT_EQ(column.name, expected.columns[c].name);
      EXPECT_EQ(column.kind, expected.columns[c].kind) << column.name;
      EXPECT_EQ(column.categories, expected.columns[c].categories) << column.name;
      EXPECT_EQ(column.missing, expected.columns[c].missing) << column.name;
      EXPECT_EQ(column.codes, expected.columns[c].codes) << column.name;
      EXPECT_EQ(bits_of(column.numbers), bits_of(expected.columns[c].numbers)) << column.name;
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(ColumnFileTest, NumbersTextsAndTruthValuesAreTheSame) {
  expect_same_table("n,word,yes,odd\n1.5,b,Yes,1e-3\n,a,no,0.1\n-2,,YES,123456789.123456789\n3e400e,c,,0\n");
  expect_same_table("a;b\n1,5;x\n2,25;y\n");
}

// Several parts of the file: what is text or missing in one of them only, and words that come late.
TEST_F(ColumnFileTest, AFileOfSeveralPartsIsTheSame) {
  std::string text = "n,late,word,flag\n";
  for (int i = 0; text.size() < 10'000'000; ++i) {
    text += fmt::format("{},{},w{},{}\n", i / 7.0, i > 200'000 ? "7" : "",
                        i * 37 % 101 + (i > 100'000 ? 100 : 0), i % 3 == 0 ? "no" : "yes");
  }
  expect_same_table(text);
  EXPECT_THAT(on_disk(text).notes, Not(Contains(HasSubstr("every cell is missing"))));
}

// Of a column that is empty in a part of the file that part says so; of the whole it is said once.
TEST_F(ColumnFileTest, AColumnMayBeEmptyUpToSomeLineOrThroughout) {
  const std::string filler(150, 'w');
  std::string text = "n,early,flag,word,none,filler\n";
  for (int i = 0; text.size() < 9'000'000; ++i) {
    const char* late = i < 50'000 ? ",," : i % 2 == 0 ? ",yes,a" : ",no,b";
    text += fmt::format("{},{}{},,{}\n", i, i < 9 ? "yes" : "", late, filler);
  }
  expect_same_table(text);
  EXPECT_THAT(on_disk(text).notes, testing::ElementsAre("column none: every cell is missing"));
}

TEST_F(ColumnFileTest, WordsThatTurnOutNoTruthValuesInALaterPartAreCategories) {
  std::string text = "flag,x\n";
  while (text.size() < 5'000'000) text += "Yes,1\nyes,2\nno,3\n";
  expect_same_table(text);
  expect_same_table(text + "perhaps,4\n");
}

TEST_F(ColumnFileTest, ASecondReadingTakesTheFileThatIsThere) {
  const std::string text = "a,b\n1,x\n2,y\n";
  (void)on_disk(text);
  const auto made = fs::last_write_time(cached());
  const Table again = read_csv_on_disk(folder_.path() / "t.csv", cache());
  EXPECT_EQ(again.columns[0].numbers[1], 2);
  EXPECT_EQ(fs::last_write_time(cached()), made);
}

TEST_F(ColumnFileTest, ThePathNeedNotBeUtf8) {
  const fs::path folder = folder_.path() / "caf\xe9";
  fs::create_directory(folder);
  write_file_atomically(folder / "t.csv", "a,b\n1,x\n2,y\n", Durability::kProgram);
  EXPECT_EQ(read_csv_on_disk(folder / "t.csv", cache()).rows, 2U);
}

TEST_F(ColumnFileTest, AChangedFileIsReadAnew) {
  (void)on_disk("a,b\n1,x\n2,y\n");
  EXPECT_EQ(on_disk("a,b\n5,x\n6,y\n7,z\n").columns[0].numbers[2], 7);
  EXPECT_EQ(std::distance(fs::directory_iterator(cache()), fs::directory_iterator()), 1);
}

// As tar and rsync leave it.
TEST_F(ColumnFileTest, AChangedFileThatKeptItsTimeIsReadAnew) {
  (void)on_disk("a,b\n1,x\n2,y\n");
  const fs::path path = folder_.path() / "t.csv";
  const auto before = fs::last_write_time(path) + std::chrono::hours(24);  // of another machine's clock
  fs::last_write_time(path, before);
  (void)read_csv_on_disk(path, cache());
  folder_.write("t.csv", "a,b\n5,x\n6,y\n");
  fs::last_write_time(path, before);
  EXPECT_EQ(read_csv_on_disk(path, cache()).columns[0].numbers[0], 5);
}

// Damage to the description, a code that names no category, a file cut short: it is made anew.
TEST_F(ColumnFileTest, ADamagedFileOfNumbersIsMadeAnew) {
  const std::string text = "a,b\n1,x\n2,y\n3,x\n";
  (void)on_disk(text);
  const std::string whole = read_file(cached());
  const fs::path path = cached();
  for (std::size_t at = 0; at < whole.size() - std::size_t{2} * 64; at += 7) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file_atomically(path, damaged, Durability::kProgram);
    const Table table = read_csv_on_disk(folder_.path() / "t.csv", cache());
    ASSERT_EQ(table.columns[0].numbers[2], 3) << at;
  }
  for (std::size_t length = 0; length < whole.size(); length += 31) {
    write_file_atomically(path, whole.substr(0, length), Durability::kProgram);
    const Table table = read_csv_on_disk(folder_.path() / "t.csv", cache());
    ASSERT_EQ(table.columns[1].codes[1], 1) << length;
  }
  std::string code = whole;
  code[code.size() - 1] = 0x7f;
  write_file_atomically(path, code, Durability::kProgram);
  EXPECT_EQ(read_csv_on_disk(folder_.path() / "t.csv", cache()).columns[1].codes[2], 0);
  code.replace(code.size() - 4, 4, "\xfe\xff\xff\xff");  // -2
  write_file_atomically(path, code, Durability::kProgram);
  EXPECT_EQ(read_csv_on_disk(folder_.path() / "t.csv", cache()).columns[1].codes[2], 0);
}

// The checksum is of the description alone, whoever wrote it.
TEST_F(ColumnFileTest, ADescriptionWithAWrongValueIsMadeAnew) {
  constexpr std::size_t kHashAt = 16;
  constexpr std::size_t kTextAt = kHashAt + 64;
  const struct {
    std::string from;
    std::string to;
    double second;  // 0 where the file is taken as it stands
  } cases[] = {{"\"missing\":0", "\"missing\":0", 0},
               {"\"missing\":0", "\"missing\":\"\"", 2},
               {"\"missing\":0", "\"missing\":-1", 2},
               {"\"kind\":\"number\"", "\"kind\":\"colour\"", 2},
               {"\"rows\":2", "\"rows\":3", 2},
               // of which 8 bytes each are 16 in 64 bits
               {"\"rows\":2", "\"rows\":2305843009213693954", 2}};
  for (const auto& c : cases) {
    fs::remove_all(cache());
    (void)on_disk("a,b\n1,3\n2,4\n");
    std::string bytes = read_file(cached());
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data() + 8, sizeof(length));
    std::string text = bytes.substr(kTextAt, length);
    text.replace(text.find(c.from), c.from.size(), c.to);
    length = text.size();
    std::memcpy(bytes.data() + 8, &length, sizeof(length));
    Sha256 hash;
    hash.add(text);
    bytes.replace(kHashAt, bytes.npos, hash.hex() + text);
    bytes.resize((bytes.size() + 63) / 64 * 64 + 64 + 16);  // two columns of 16 bytes
    write_file_atomically(cached(), bytes, Durability::kProgram);
    EXPECT_EQ(read_csv_on_disk(folder_.path() / "t.csv", cache()).columns[0].numbers[1], c.second) << c.to;
  }
}

TEST_F(ColumnFileTest, AMissingFileIsNotFound) {
  try {
    (void)read_csv_on_disk(folder_.path() / "absent.csv", cache());
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_THAT(error.what(), HasSubstr("absent.csv: No such file"));
  }
}

// A pipe gives the first reading; once it has been read another file stands under its name.
TEST_F(ColumnFileTest, AFileThatChangesBetweenItsTwoReadingsIsRefused) {
  const fs::path path = folder_.path() / "t.csv";
  for (const char* second : {"a,b\n1,x\n2,y\n", "a,b\n1,x\n2,y\n3,y\n", "a,b\n1,x\n", "a\n1\n2\n",
                             "a,b\n1,x\n2,z\n", "a,b\nx,x\ny,y\n"}) {
    SCOPED_TRACE(second);
    fs::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    const fs::path other = folder_.write("other.csv", second);
    std::thread writer([&] {
      std::ofstream pipe(path);
      pipe << "a,b\n1,x\n2,y\n" << std::flush;
      fs::rename(other, path);
    });
    try {
      (void)read_csv_on_disk(path, cache());
      ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadData);
      EXPECT_THAT(error.what(),
                  HasSubstr("t.csv: it changed while it was read; run again when it stays as it is"));
    }
    writer.join();
    EXPECT_TRUE(fs::is_empty(cache()));
  }
}

// Whose writer is gone and did not touch them lately: a process of that number may live on another machine.
TEST_F(ColumnFileTest, WhatKilledConversionsLeftGoesAway) {
  const std::string gone = "999999999";  // larger than any process's number
  const std::string own = std::to_string(::getpid());
  const auto hours_ago = fs::file_time_type::clock::now() - std::chrono::hours(2);
  fs::create_directory(cache());
  const std::vector<std::string> kept = {
      ".gradus-" + own + "-0.tmp",   "other.tmp",         ".gradus-" + gone + "-0.part",
      ".gradus--" + gone + "-0.tmp", ".gradus-x-0.tmp",   ".gradus-0-0.tmp",
      ".gradus-" + gone + ".tmp",    ".gradus-1e9-0.tmp", ".gradus-99999999999-0.tmp"};
  std::vector<std::string> names = kept;
  names.push_back(".gradus-" + gone + "-0.tmp");
  for (const std::string& name : names) {
    write_file_atomically(cache() / name, "x", Durability::kProgram);
    fs::last_write_time(cache() / name, hours_ago);
  }
  write_file_atomically(cache() / (".gradus-" + gone + "-1.tmp"), "x", Durability::kProgram);
  (void)on_disk("a,b\n1,x\n2,y\n");
  EXPECT_FALSE(fs::exists(cache() / (".gradus-" + gone + "-0.tmp")));
  EXPECT_TRUE(fs::exists(cache() / (".gradus-" + gone + "-1.tmp")));
  for (const std::string& name : kept) EXPECT_TRUE(fs::exists(cache() / name)) << name;
}

TEST_F(ColumnFileTest, NobodyElseOpensTheFolder) {
  fs::create_directory(cache());
  fs::permissions(cache(), fs::perms::all);
  (void)on_disk("a,b\n1,x\n2,y\n");
  EXPECT_EQ(fs::status(cache()).permissions(), fs::perms::owner_all);
}

TEST_F(ColumnFileTest, ErrorsAreThoseOfTheWholeReaderAndNothingIsLeft) {
  const auto message = [&](const std::string& text) {
    try {
      (void)on_disk(text);
      return std::string("none");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(message("a,b\n1,2\n3\n"), HasSubstr("line 3 has 1 field; the header has 2"));
  EXPECT_THAT(message(""), HasSubstr("the file is empty"));
  EXPECT_THAT(message("a,b\n1,inf\n2,3\n"), HasSubstr("is not finite"));
  EXPECT_TRUE(!fs::exists(cache()) || fs::is_empty(cache()));
}

TEST_F(ColumnFileTest, TextsBeyondTheMostCountAsOne) {
  std::string text = "id,x\n";
  for (std::size_t i = 0; i < kMostTextsOnDisk + 10; ++i) text += fmt::format("t{:06},{}\n", i, i);
  const Table table = on_disk(text);
  EXPECT_EQ(table.columns[0].categories.size(), kMostTextsOnDisk + 1);
  EXPECT_EQ(table.columns[0].codes[kMostTextsOnDisk], table.columns[0].codes[kMostTextsOnDisk + 9]);
  EXPECT_THAT(table.notes, Contains(HasSubstr("more than 65536 different texts")));
}

TEST_F(ColumnFileTest, TextsBeyondTheMostJoinACategoryThatIsCalledLikeThem) {
  std::string text = "id,x\n(other texts),0\n";
  for (std::size_t i = 0; i < kMostTextsOnDisk + 10; ++i) text += fmt::format("t{:06},{}\n", i, i);
  const Table table = on_disk(text);
  EXPECT_EQ(table.columns[0].categories.size(), kMostTextsOnDisk);
  EXPECT_EQ(table.columns[0].codes[kMostTextsOnDisk], table.columns[0].codes[0]);
  EXPECT_NE(table.columns[0].codes[kMostTextsOnDisk - 1], table.columns[0].codes[0]);
}

TEST_F(ColumnFileTest, LongTextsBeyondTheMostBytesCountAsOne) {
  constexpr std::size_t kLength = 1'000'000;
  constexpr std::size_t kFit = kMostTextBytesOnDisk / kLength;
  std::string text = "id,x\n";
  for (std::size_t i = 0; i < kFit + 3; ++i) {
    text += std::string(kLength, static_cast<char>('a' + i)) + fmt::format(",{}\n", i);
  }
  text += "short,1\n" + std::string(kLength, 'a') + ",2\n";
  const Table table = on_disk(text);
  const Column& column = table.columns[0];
  EXPECT_EQ(column.categories.size(), kFit + 1);
  for (const std::size_t row : {kFit + 2, kFit + 3}) EXPECT_EQ(column.codes[row], column.codes[kFit]);
  EXPECT_EQ(column.codes[kFit + 4], column.codes[0]);
  EXPECT_THAT(table.notes, Contains(HasSubstr("or 8 MB of them")));
}

}  // namespace
}  // namespace gradus
