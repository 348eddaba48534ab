#include "gradus/core/mapped_file.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::AllOf;
using testing::HasSubstr;

void expect_error(const std::filesystem::path& path, ErrorCode code,
                  const testing::Matcher<std::string>& message) {
  try {
    const MappedFile file(path);
    ADD_FAILURE() << path << " was mapped: " << file.bytes().size() << " bytes";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), message);
  }
}

TEST(MappedFile, HasTheBytesOfTheFileAlsoWhenItIsGone) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("a", std::string("one\0two", 7));
  const MappedFile file(path);
  std::filesystem::remove(path);
  EXPECT_EQ(file.bytes(), std::string_view("one\0two", 7));
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  const test::TemporaryFolder folder;
  const MappedFile file(folder.write("a", ""));
  EXPECT_EQ(file.bytes(), "");
  file.release();
}

// Bytes of this process's memory that the file's pages take.
std::size_t resident(const MappedFile& file) {
  std::ifstream maps("/proc/self/smaps");
  std::ostringstream begin;
  begin << std::hex << reinterpret_cast<std::uintptr_t>(file.bytes().data()) << '-';
  bool here = false;
  for (std::string line; std::getline(maps, line);) {
    here = here || line.starts_with(begin.str());
    if (here && line.starts_with("Rss:")) return std::stoul(line.substr(4)) * 1024;
  }
  return 0;
}

TEST(MappedFile, WhatIsReleasedLeavesTheMemoryAndComesBack) {
  const test::TemporaryFolder folder;
  const std::string content(1'000'000, 'x');
  const MappedFile file(folder.write("a", content));
  EXPECT_EQ(file.bytes(), content);
  EXPECT_GE(resident(file), content.size());
  file.release();
  EXPECT_EQ(resident(file), 0u);
  file.read_ahead(file.bytes().data() + 5000, 100'000);
  file.read_ahead(file.bytes().data() + content.size(), 0);
  EXPECT_EQ(file.bytes(), content);
}

TEST(MappedFile, TheErrorNamesPathAndReason) {
  const test::TemporaryFolder folder;
  const auto nowhere = folder.path() / "nowhere";
  expect_error(nowhere, ErrorCode::kNotFound,
               AllOf(HasSubstr("reading " + nowhere.string()), HasSubstr("No such file")));
  expect_error(folder.path(), ErrorCode::kFile, HasSubstr("it is not a regular file"));
}

}  // namespace
}  // namespace gradus
