#include "gradus/core/mapped_file.h"

#include <gmock/gmock.h>

#include <filesystem>

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
  EXPECT_EQ(MappedFile(folder.write("a", "")).bytes(), "");
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
