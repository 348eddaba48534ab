#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "gradus/core/error.h"
#include "gradus/data/table_test_support.h"
#include "gradus/data/transform.h"

namespace gradus {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::StartsWith;

Transform sample() {
  Transform transform;
  transform.block_features = 4;
  transform.block_prefix = "pixel";
  transform.picture_rows = 2;
  transform.picture_cols = 2;
  transform.inputs = {{"age", ColumnKind::kNumber, {}, 1.0 / 3, true},
                      {"c \"é\"", ColumnKind::kCategory, {"a", "b\n"}, 0, false}};
  transform.scaling = Scaling::kFeature;
  transform.shift = {0.1, -0.0, 5e-324, 1e308, 4.884164579855314, 0, 0};
  transform.scale = {1, 2, 3, 1.0 / 3, 78.87550070784701, 1, 1};
  transform.ones_column = true;
  return transform;
}

TargetCoding sample_target() {
  TargetCoding target;
  target.name = "digit";
  target.classes = {"1|2", "0"};
  target.positive = {"0"};
  target.negative = {"1", "2"};
  target.mean = 0.1;
  target.deviation = 1.0 / 7;
  return target;
}

std::string replaced(std::string text, const std::string& old_part, const std::string& new_part) {
  const std::size_t at = text.find(old_part);
  EXPECT_NE(at, std::string::npos) << old_part << " is not in " << text;
  return at == std::string::npos ? text : text.replace(at, old_part.size(), new_part);
}

TEST(TransformJsonTest, ATransformComesBackToTheLastBit) {
  const Transform before = sample();
  const Transform after = transform_from_json(to_json(before), "m");
  EXPECT_EQ(to_json(after), to_json(before));
  EXPECT_EQ(after.shift, before.shift);
  EXPECT_TRUE(std::signbit(after.shift[1]));
  EXPECT_EQ(after.scale, before.scale);
  EXPECT_EQ(after.feature_names(), before.feature_names());
  EXPECT_EQ(after.inputs[0].fill, 1.0 / 3);
  EXPECT_TRUE(after.inputs[0].had_missing);
  EXPECT_EQ(after.inputs[1].kind, ColumnKind::kCategory);
  EXPECT_EQ(after.scaling, Scaling::kFeature);
  EXPECT_EQ(after.picture_cols, 2U);
}

TEST(TransformJsonTest, ATransformOfManyColumnsComesBack) {
  Transform transform;
  transform.scaling = Scaling::kFeature;
  for (std::size_t i = 0; i < 40'000; ++i) {
    transform.inputs.emplace_back().name = "gene" + std::to_string(i);
    transform.shift.push_back(static_cast<double>(i) / 3);
    transform.scale.push_back(1 + static_cast<double>(i) / 7);
  }
  const Transform read = transform_from_json(to_json(transform), "m");
  EXPECT_EQ(read.inputs.size(), 40'000u);
  EXPECT_EQ(read.inputs.back().name, "gene39999");
  EXPECT_EQ(read.shift, transform.shift);
  EXPECT_EQ(read.scale, transform.scale);
}

TEST(TransformJsonTest, ATargetComesBackToTheLastBit) {
  const TargetCoding after = target_from_json(to_json(sample_target()), "m");
  EXPECT_EQ(to_json(after), to_json(sample_target()));
  EXPECT_EQ(after.deviation, 1.0 / 7);
  EXPECT_EQ(after.negative, sample_target().negative);
}

TEST(TransformJsonTest, TextThatIsNotUtf8IsRefused) {
  Transform transform = sample();
  transform.inputs[0].name = "\xff";
  EXPECT_THAT(error_of([&] { static_cast<void>(to_json(transform)); }), HasSubstr("not UTF-8"));
}

void expect_refused(const std::string& text) {
  try {
    static_cast<void>(transform_from_json(text, "model.safetensors"));
    ADD_FAILURE() << "accepted: " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    EXPECT_THAT(std::string(error.what()), StartsWith("reading the transform in model.safetensors: "));
  }
}

TEST(TransformJsonTest, HostileTransformsAreRefused) {
  const std::string good = to_json(sample());
  for (const char* text : {"", "{", "null", "[]", "{}", "3"}) expect_refused(text);
  expect_refused(replaced(good, "\"block_features\":4", "\"block_features\":-4"));
  expect_refused(replaced(good, "\"block_features\":4", "\"block_features\":4.5"));
  expect_refused(replaced(good, "\"block_features\":4", "\"block_features\":99999999999999999"));
  expect_refused(replaced(good, "\"block_features\":4", "\"block_features\":5"));
  expect_refused(replaced(good, "\"block_features\":4,", ""));
  expect_refused(replaced(good, "\"shift\":[0.1,", "\"shift\":["));
  expect_refused(replaced(good, "\"shift\":[0.1,", "\"shift\":[\"a\","));
  expect_refused(replaced(good, "\"shift\":[0.1,", "\"shift\":[null,"));
  expect_refused(replaced(good, "\"scale\":[1.0,", "\"scale\":[0.0,"));
  expect_refused(replaced(good, "\"scale\":[1.0,", "\"scale\":[1e999,"));
  expect_refused(replaced(good, "\"scaling\":\"feature\"", "\"scaling\":\"zscore\""));
  expect_refused(replaced(good, "\"kind\":\"number\"", "\"kind\":\"boolean?\""));
  expect_refused(replaced(good, "\"categories\":[]", "\"categories\":[\"a\"]"));
  expect_refused(replaced(good, "\"ones_column\":true", "\"ones_column\":1"));
}

TEST(TransformJsonTest, EveryCutOfTheTextIsRefused) {
  const std::string good = to_json(sample());
  for (std::size_t length = 0; length < good.size(); ++length) expect_refused(good.substr(0, length));
}

TEST(TransformJsonTest, HostileTargetsAreRefused) {
  const std::string good = to_json(sample_target());
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"\"task\":\"classification\"", "\"task\":\"both\""},
      {"\"deviation\":0.14", "\"deviation\":-0.14"},
      {"\"mean\":0.1", "\"mean\":\"x\""},
      {"\"positive\":[\"0\"]", "\"positive\":[]"},
      {"[\"1|2\",\"0\"]", "[\"1\"]"},
  };
  for (const auto& [old_part, new_part] : changes) {
    const std::string text = replaced(good, old_part, new_part);
    EXPECT_THAT(error_of([&] { static_cast<void>(target_from_json(text, "m")); }),
                StartsWith("reading the target in m: "))
        << text;
  }
  EXPECT_EQ(error_of([&] { static_cast<void>(target_from_json(good + '\0', "m")); }),
            "reading the target in m: it holds a NUL byte");
}

}  // namespace
}  // namespace gradus
