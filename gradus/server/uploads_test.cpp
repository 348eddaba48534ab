#include "gradus/server/uploads.h"

#include <gmock/gmock.h>

#include <fstream>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "tests/support/test_support.h"

namespace gradus::server {
namespace {

constexpr const char* kTable = "a,b,y\n1,2,no\n3,4,yes\n5,6,no\n";

TEST(Uploads, AreKeptUnderNumbersOfOurs) {
  const test::TemporaryFolder folder;
  const Uploads uploads(folder.path() / "uploads");
  EXPECT_TRUE(uploads.all().empty());
  const Upload first = uploads.add(kTable, "../../etc/passwd");
  const Upload second = uploads.add(kTable, "Häuser.csv");
  EXPECT_EQ(first.path, folder.path() / "uploads" / "1" / "table.csv");
  EXPECT_EQ(second.name, "Häuser.csv");
  EXPECT_EQ(read_file(second.path), kTable);
  ASSERT_EQ(uploads.all().size(), 2u);
  EXPECT_EQ(uploads.all()[0].id, second.id);
  EXPECT_EQ(uploads.all()[1].name, "../../etc/passwd");  // a text to be shown
  EXPECT_EQ(uploads.find(first.id)->path, first.path);
}

// Configurations of runs go on naming it.
TEST(Uploads, TheNumberOfADeletedTableIsNotGivenAgain) {
  const test::TemporaryFolder folder;
  const Uploads uploads(folder.path());
  const Upload first = uploads.add(kTable, "a.csv");
  uploads.remove(first.id);
  EXPECT_FALSE(uploads.find(first.id));
  EXPECT_TRUE(uploads.all().empty());
  EXPECT_THROW(uploads.remove(first.id), Error);
  EXPECT_EQ(uploads.add(kTable, "b.csv").id, "upload-2");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "1"));
}

TEST(Uploads, WhatIsNoTableOrHasNoNameLeavesNothing) {
  const test::TemporaryFolder folder;
  const Uploads uploads(folder.path() / "uploads");
  EXPECT_THROW((void)uploads.add("a,b\n1\n", "ragged.csv"), Error);
  EXPECT_THROW((void)uploads.add("", "empty.csv"), Error);
  for (const std::string& name :
       {std::string(), std::string("two\nlines"), std::string(101, 'x'), std::string("\xff.csv"),
        std::string("a\0b", 3), std::string("rubbed out\x7f")})
    EXPECT_THROW((void)uploads.add(kTable, name), Error) << name;
  EXPECT_TRUE(uploads.all().empty());
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "uploads"));
}

TEST(Uploads, WhatElseLiesInTheFolderIsNoTable) {
  const test::TemporaryFolder folder;
  const Uploads uploads(folder.path());
  const Upload upload = uploads.add(kTable, "a.csv");
  folder.write("notes.txt", "mine");
  std::filesystem::create_directory(folder.path() / "7");
  ASSERT_EQ(uploads.all().size(), 1u);
  EXPECT_EQ(uploads.all()[0].id, upload.id);
}

TEST(Uploads, OnlyAnIdFindsOne) {
  const test::TemporaryFolder folder;
  const Uploads uploads(folder.path());
  (void)uploads.add(kTable, "a.csv");
  for (const char* text : {"", "1", "upload-", "upload-2", "upload-1/", "upload-../1", "upload-01x",
                           "upload--1", "../1/table.csv", "upload-99999999999999999999"})
    EXPECT_FALSE(uploads.find(text)) << text;
  EXPECT_TRUE(uploads.find("upload-1"));
}

}  // namespace
}  // namespace gradus::server
