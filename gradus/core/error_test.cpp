#include "gradus/core/error.h"

#include <gmock/gmock.h>

namespace gradus {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Error, CarriesItsCodeAndMessage) {
  const Error error(ErrorCode::kBadData, "reading a.csv: no rows; at least one is needed; check the file");
  EXPECT_EQ(error.code(), ErrorCode::kBadData);
  EXPECT_STREQ(error.what(), "reading a.csv: no rows; at least one is needed; check the file");
}

TEST(Assert, NamesTheConditionThePlaceAndTheValues) {
  const int rows = 3;
  try {
    GRADUS_ASSERT(rows == 4, rows, "of batch");
    FAIL() << "nothing was thrown";
  } catch (const InternalError& error) {
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("error_test.cpp:"), HasSubstr("rows == 4"), HasSubstr("; 3; of batch")));
  }
}

TEST(Assert, IsSilentWhenTheConditionHolds) {
  EXPECT_NO_THROW(GRADUS_ASSERT(1 + 1 == 2));
}

}  // namespace
}  // namespace gradus
