#include "gradus/nn/activation.h"

#include <gmock/gmock.h>

#include "gradus/core/error.h"

namespace gradus {
namespace {

using ::testing::HasSubstr;

TEST(Activation, EveryNameRoundTrips) {
  ASSERT_EQ(activation_names().size(), 12u);
  for (std::size_t i = 0; i < activation_names().size(); ++i) {
    const std::string_view name = activation_names()[i];
    EXPECT_EQ(activation_from_name(name), static_cast<Activation>(i)) << name;
    EXPECT_EQ(name_of(static_cast<Activation>(i)), name);
  }
  EXPECT_EQ(name_of(Activation::kIdentity), "identity");
  EXPECT_EQ(name_of(Activation::kLeakyRelu), "leaky_relu");
  EXPECT_EQ(name_of(Activation::kSoftmax), "softmax");
}

TEST(Activation, AnUnknownNameIsAnErrorThatSuggestsTheNearest) {
  try {
    (void)activation_from_name("rleu");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    EXPECT_THAT(error.what(), HasSubstr("unknown activation 'rleu'; did you mean 'relu'?"));
  }
}

}  // namespace
}  // namespace gradus
