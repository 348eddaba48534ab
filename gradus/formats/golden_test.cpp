#include "gradus/formats/golden.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <random>

#include "gradus/core/error.h"
#include "gradus/data/safetensors.h"
#include "gradus/formats/model.h"
#include "gradus/formats/model_fixture.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Golden : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_.path() / "model.safetensors"; }
  Model saved(const Model& model) const {
    save_model(path(), model);
    return load_model(path());
  }
  // The check of a saved file one of whose tensors has been changed on purpose.
  GoldenCheck check_with(const std::string& tensor, std::size_t entry, float value) const {
    save_model(path(), test::trained_digits());
    Safetensors file = read_safetensors(path());
    file.metadata.erase("weights_sha256");
    for (auto& [name, content] : file.tensors) {
      if (name == tensor) std::get<std::vector<float>>(content.values)[entry] = value;
    }
    write_safetensors(path(), file);
    return check_golden(load_model(path()), "it");
  }
  test::TemporaryFolder folder_;
};

std::vector<std::string> names_of(const std::vector<GoldenStage>& stages) {
  std::vector<std::string> names;
  for (const GoldenStage& stage : stages) names.push_back(stage.name);
  return names;
}

TEST_F(Golden, TravelsWithTheFileAndHoldsToTheLastBit) {
  for (const char* precision : {"float", "double"}) {
    RunConfig config;
    config.precision = precision;
    const Model read = saved(test::trained_digits(config));
    EXPECT_EQ(read.golden.rows(), 3u);
    EXPECT_THAT(names_of(read.golden.stages),
                ElementsAre("transform", "layer 1 (relu)", "layer 2 (dense)", "predictions"));
    const GoldenCheck check = check_golden(read, "it");
    EXPECT_TRUE(check.exact);
    EXPECT_EQ(check.first_difference(), nullptr);
    for (const StageCheck& stage : check.stages) EXPECT_EQ(stage.largest_difference, 0) << stage.name;
  }
}

TEST_F(Golden, NamesTheFirstLayerThatDiffers) {
  GoldenCheck check = check_with("2.bias", 7, 0.5F);
  ASSERT_NE(check.first_difference(), nullptr);
  EXPECT_EQ(check.first_difference()->name, "layer 2 (dense)");
  EXPECT_EQ(check.first_difference()->unit, 7u);
  EXPECT_NEAR(check.first_difference()->largest_difference, 0.5, 0.3);
  check = check_with("0.weight", 64 * 5 + 20, 3);
  ASSERT_NE(check.first_difference(), nullptr);
  EXPECT_EQ(check.first_difference()->name, "layer 1 (relu)");
  EXPECT_EQ(check.first_difference()->unit, 5u);
}

TEST_F(Golden, TheRowsAreThoseOfTheDataWhereTheyAreAtHand) {
  const Model model = saved(test::trained_digits());
  for (const float value : model.golden.inputs)
    EXPECT_TRUE(value >= 0 && value <= 16 && value == std::floor(value)) << value;
}

TEST_F(Golden, RowsThatAreDrawnFitTheTransform) {
  Transform transform;
  transform.inputs.resize(3);
  transform.inputs[1].kind = ColumnKind::kBoolean;
  transform.inputs[2].kind = ColumnKind::kCategory;
  transform.inputs[2].categories = {"x", "y", "z"};
  transform.scaling = Scaling::kFeature;
  transform.shift = {100, 0, 0, 0, 0};
  transform.scale = {2, 1, 1, 1, 1};
  const GoldenVectors golden = golden_inputs(transform);
  EXPECT_EQ(golden, golden_inputs(transform));
  ASSERT_EQ(golden.rows(), 3u);
  for (std::size_t r = 0; r < 3; ++r) {
    const float* row = golden.inputs.data() + r * 5;
    EXPECT_NEAR(row[0], 100, 3);
    EXPECT_TRUE(row[1] == 0 || row[1] == 1) << row[1];
    EXPECT_EQ(row[2] + row[3] + row[4], 1);
  }
}

TEST_F(Golden, AnOtherNumericsVersionMayDifferABit) {
  Model model = saved(test::trained_digits());
  auto& values = model.golden.stages[1].values;
  const auto largest = std::ranges::max_element(values);
  *largest = static_cast<double>(std::nextafter(static_cast<float>(*largest), 1e9F));
  ASSERT_NE(check_golden(model, "it").first_difference(), nullptr);
  --model.numerics_version;
  EXPECT_EQ(check_golden(model, "it").first_difference(), nullptr);
}

TEST_F(Golden, AnOldFileHasNone) {
  save_model(path(), test::trained_digits());
  Safetensors file = read_safetensors(path());
  file.metadata.erase("golden");
  write_safetensors(path(), file);
  EXPECT_EQ(check_golden(load_model(path()), "it").rows, 0u);
}

TEST_F(Golden, FloatsAsTextComeBackToTheBit) {
  std::mt19937 random(7);
  GoldenVectors golden{
      .cols = 1, .inputs = {1}, .stages = {{.name = "transform", .cols = 1000, .values = {}}}};
  for (int i = 0; i < 1000; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    golden.stages[0].values.push_back(std::isfinite(value) ? static_cast<double>(value) : 0);
  }
  EXPECT_EQ(golden_from_json(golden_to_json(golden), true, "it"), golden);
}

TEST_F(Golden, PredictionsThatAreFloatsByChanceComeBackToTheBit) {
  const GoldenStage stage{.name = "predictions", .cols = 1, .values = {static_cast<double>(0.1F)}};
  const GoldenVectors golden{.cols = 1, .inputs = {1}, .stages = {stage}};
  EXPECT_EQ(golden_from_json(golden_to_json(golden), true, "it"), golden);
}

TEST_F(Golden, ThoseOfNoRowsComeBackAsNone) {
  const GoldenVectors none{.cols = 0, .inputs = {}, .stages = {}};
  EXPECT_EQ(golden_to_json(none), R"({"inputs":[],"stages":[]})");
  EXPECT_EQ(golden_from_json(golden_to_json(none), true, "it"), none);
}

// As a newer gradus may write it; of what stands twice the first counts.
TEST_F(Golden, WhatItDoesNotKnowIsPassedOver) {
  const GoldenVectors read = golden_from_json(
      R"({"by":[1],"inputs":[[1]],"inputs":[[2]],"stages":[{"name":"a","unit":"m","values":[[3]]}],"stages":[]})",
      true, "it");
  EXPECT_THAT(read.inputs, ElementsAre(1));
  ASSERT_EQ(read.stages.size(), 1u);
  EXPECT_EQ(read.stages[0].name, "a");
  EXPECT_THAT(read.stages[0].values, ElementsAre(3));
}

TEST_F(Golden, DamageIsNamed) {
  const auto error_of = [](const std::string& text) {
    try {
      (void)golden_from_json(text, true, "it");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error_of("{"), HasSubstr("its golden vectors are damaged"));
  EXPECT_THAT(error_of(R"({"inputs":[[1,2],[3]],"stages":[]})"), HasSubstr("rows are not of one width"));
  EXPECT_THAT(error_of(R"({"inputs":[[null]],"stages":[]})"), HasSubstr("an input is no number"));
  EXPECT_THAT(error_of(R"({"inputs":[[1]],"stages":[{"name":"transform","values":[[1],[2]]}]})"),
              HasSubstr("another number of rows"));
  EXPECT_THAT(error_of(R"({"inputs":[[]],"stages":[]})"), HasSubstr("rows are not of one width"));
  for (const char* part : {R"({"inputs":[[1]]})", R"({"stages":[]})", "{}"})
    EXPECT_THAT(error_of(part), HasSubstr("its inputs or stages are missing"));
  std::string stages = "{}";
  for (int i = 0; i < 20'000; ++i) stages += ",{}";
  EXPECT_THAT(error_of(R"({"inputs":[],"stages":[)" + stages + "]}"), HasSubstr("it holds too many stages"));
  EXPECT_THAT(error_of(std::string(100'000, '[')), HasSubstr("damaged"));
}

TEST_F(Golden, ThoseOfAnotherNetworkAreRefused) {
  Model model = saved(test::trained_digits());
  model.golden.stages[1].name = "layer 1 (tanh)";
  try {
    (void)check_golden(model, "it");
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("have a stage 1: 'layer 1 (tanh)'"));
  }
}

}  // namespace
}  // namespace gradus
