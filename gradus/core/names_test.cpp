#include "gradus/core/names.h"

#include <gtest/gtest.h>

#include "gradus/core/error.h"

namespace gradus {
namespace {

constexpr std::string_view kKnown[] = {"identity", "sigmoid", "tanh", "relu", "leaky_relu"};

TEST(NearestName, ForgivesAThirdOfTheLettersInEveryKindOfEdit) {
  EXPECT_EQ(nearest_name("relu", kKnown), "relu");
  EXPECT_EQ(nearest_name("rleu", kKnown), "relu");   // neighbours swapped: one edit, four letters allow one
  EXPECT_EQ(nearest_name("relux", kKnown), "relu");  // one too many
  EXPECT_EQ(nearest_name("rel", kKnown), "relu");    // one too few
  EXPECT_EQ(nearest_name("sigmiod", kKnown), "sigmoid");
  EXPECT_EQ(nearest_name("sgimodi", kKnown), "sigmoid");  // two swaps, seven letters allow two
  EXPECT_EQ(nearest_name("leakyrelu", kKnown), "leaky_relu");
}

TEST(NearestName, IgnoresCase) {
  EXPECT_EQ(nearest_name("ReLU", kKnown), "relu");
  EXPECT_EQ(nearest_name("TAHN", kKnown), "tanh");
}

TEST(NearestName, IsEmptyWhereNothingIsNear) {
  EXPECT_EQ(nearest_name("softmax", kKnown), "");
  EXPECT_EQ(nearest_name("rule", kKnown), "");  // two edits of four letters
  EXPECT_EQ(nearest_name("re", kKnown), "");
  EXPECT_EQ(nearest_name("", kKnown), "");
  EXPECT_EQ(nearest_name("relu", {}), "");
}

TEST(NearestName, TakesTheFirstOfEquallyNearOnes) {
  constexpr std::string_view kTwins[] = {"test", "text"};
  EXPECT_EQ(nearest_name("tet", kTwins), "test");
}

TEST(UnknownNameMessage, SuggestsAndListsWhatIsKnown) {
  EXPECT_EQ(
      unknown_name_message("activation", "rleu", kKnown),
      "unknown activation 'rleu'; did you mean 'relu'? known: identity, sigmoid, tanh, relu, leaky_relu");
  EXPECT_EQ(unknown_name_message("activation", "softmax", kKnown),
            "unknown activation 'softmax'; known: identity, sigmoid, tanh, relu, leaky_relu");
}

TEST(IndexOfName, IsThePlaceOrAnErrorThatSuggests) {
  EXPECT_EQ(index_of_name("activation", "identity", kKnown), 0U);
  EXPECT_EQ(index_of_name("activation", "relu", kKnown), 3U);
  try {
    (void)index_of_name("activation", "rleu", kKnown);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    EXPECT_EQ(std::string(error.what()), unknown_name_message("activation", "rleu", kKnown));
  }
}

TEST(Join, PutsTheSeparatorBetween) {
  EXPECT_EQ(join({}), "");
  EXPECT_EQ(join(std::span(kKnown).first(1)), "identity");
  EXPECT_EQ(join(std::span(kKnown).first(3), "|"), "identity|sigmoid|tanh");
}

}  // namespace
}  // namespace gradus
