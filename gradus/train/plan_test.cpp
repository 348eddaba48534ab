#include "gradus/train/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gradus/core/error.h"
#include "gradus/train/training_fixture.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

std::string error_of(const RunConfig& config) {
  try {
    (void)set_up(config, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Plan, DecidesEverythingThatWasLeftOpen) {
  const Plan plan = set_up(small_config(), {}).plan;
  for (const Field& field : fields()) {
    if (field.name == "validation" || field.name == "test") continue;  // sizes: decided by the data each time
    if (field.name == "threads") continue;  // by the machine, and without a trace in the result
    EXPECT_NE(field_text(plan.config, field), "auto") << field.name;
  }
  EXPECT_EQ(plan.config.loss, "softmax_cross_entropy");
  EXPECT_EQ(plan.config.initializer, "he_normal");
  EXPECT_EQ(plan.config.standardize, "global");
  EXPECT_FALSE(plan.choices.empty());
}

TEST(Plan, ADecidedConfigurationRepeatsTheRun) {
  const Experiment first = set_up(small_config(), {});
  RunConfig config;
  parse_toml(to_toml(first.plan.config), "config.toml", config);
  EXPECT_EQ(set_up(config, {}).plan.config, first.plan.config);
  EXPECT_EQ(weights_of(train_quietly(config)), weights_of(train_quietly(small_config())));
}

TEST(Plan, BinaryLossesHaveOneOutput) {
  RunConfig config = small_config();
  config.positive = {"0", "1"};
  config.loss = "binary_cross_entropy";
  EXPECT_EQ(set_up(config, {}).plan.network.outputs(), 1u);
}

TEST(Plan, RefusesWhatDoesNotFitTogether) {
  RunConfig config = small_config();
  config.loss = "binary_cross_entropy";
  EXPECT_NE(error_of(config).find("needs two classes; the target has 10"), std::string::npos)
      << error_of(config);

  config = small_config();
  config.output_activation = "softmax";
  EXPECT_NE(error_of(config).find("already contains softmax"), std::string::npos) << error_of(config);

  config = small_config();
  config.task = "regression";
  config.loss = "softmax_cross_entropy";
  EXPECT_NE(error_of(config).find("is for classes"), std::string::npos) << error_of(config);

  config = small_config();
  config.batch_size = 5000;
  EXPECT_NE(error_of(config).find("5000 is larger than the training part"), std::string::npos)
      << error_of(config);

  config = small_config();
  config.class_weights = {"1", "2"};
  EXPECT_NE(error_of(config).find("got 2 weights; the target has 10 classes"), std::string::npos)
      << error_of(config);
}

TEST(Plan, BatchNormalizationMeetsNoBatchOfOneRow) {
  RunConfig config = small_config();
  config.validation = "0";
  config.normalization = "batch";
  config.batch_size = 1;
  EXPECT_NE(error_of(config).find("holds one row"), std::string::npos) << error_of(config);
  config.train_count = 97;
  config.batch_size = 32;
  EXPECT_NE(error_of(config).find("with 32 of the 97 training rows a batch holds one row"), std::string::npos)
      << error_of(config);
  config.drop_last = true;
  EXPECT_EQ(error_of(config), "no error");
  config.drop_last = false;
  config.batch_size.reset();
  EXPECT_EQ(set_up(config, {}).plan.config.batch_size, 33);
  config.normalization = "layer";
  EXPECT_EQ(set_up(config, {}).plan.config.batch_size, 32);
}

TEST(Plan, RefusesAnOrderThatIsNone) {
  const test::TemporaryFolder folder;
  RunConfig config = small_config();
  config.split_order = folder.path();
  EXPECT_NE(error_of(config).find(config.split_order), std::string::npos) << error_of(config);
  config.split_order = folder.write("order.txt", "\n");
  EXPECT_NE(error_of(config).find("it is empty"), std::string::npos) << error_of(config);
  config.split_order = folder.write("order.txt", "1 2 x");
  EXPECT_NE(error_of(config).find("entry 3 is 'x'"), std::string::npos) << error_of(config);
}

TEST(Plan, RefusesSamplesOfASetThatIsNotGenerated) {
  RunConfig config = small_config();
  config.samples = 100;
  EXPECT_NE(error_of(config).find("not generated"), std::string::npos) << error_of(config);
}

TEST(Plan, RefusesClassWeightsThatAreAllNone) {
  RunConfig config = small_config();
  config.class_weights = std::vector<std::string>(10, "0");
  EXPECT_NE(error_of(config).find("every weight is 0"), std::string::npos) << error_of(config);
}

TEST(PartSize, ReadsSharesCountsNoneAndFiles) {
  EXPECT_EQ(part_size_from_text("0.25").value().share, 0.25);
  EXPECT_EQ(part_size_from_text("899").value().count, 899u);
  EXPECT_EQ(part_size_from_text("0").value().kind, PartSize::Kind::kNone);
  EXPECT_EQ(part_size_from_text("auto").value().kind, PartSize::Kind::kAuto);
  EXPECT_FALSE(part_size_from_text("test.csv").has_value());
  EXPECT_THROW((void)part_size_from_text("-3"), Error);
  EXPECT_THROW((void)part_size_from_text("2.5"), Error);
  EXPECT_THROW((void)part_size_from_text("1.0"), Error);
  EXPECT_THROW((void)part_size_from_text("nan"), Error);
}

}  // namespace
}  // namespace gradus
