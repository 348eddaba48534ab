// What a person reads where libcurl is missing or is none.
#include "gradus/data/curl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "gradus/core/error.h"

namespace gradus::internal {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

std::string message_of_opening(const char* library) {
  try {
    (void)open_curl(std::array{library});
    return "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNetwork);
    return error.what();
  }
}

TEST(CurlTest, AMissingLibraryIsNamedWithWhatToInstall) {
  const std::string message = message_of_opening("libnowhere.so.4");
  EXPECT_THAT(message, HasSubstr("downloading: libnowhere.so.4: cannot open shared object file"));
  EXPECT_THAT(message, EndsWith("; downloads need libcurl 7.85 or newer: install libcurl4"));
}

TEST(CurlTest, AnotherLibraryIsNotTakenForLibcurl) {
  EXPECT_THAT(message_of_opening("libm.so.6"), HasSubstr("undefined symbol: curl_global_init"));
}

TEST(CurlTest, TheSecondNameServesWhereTheFirstIsMissing) {
  const Curl opened = open_curl(std::array{"libnowhere.so.4", "libcurl.so.4"});
  EXPECT_STREQ(opened.reason(CURLE_OK), curl().reason(CURLE_OK));
}

}  // namespace
}  // namespace gradus::internal
