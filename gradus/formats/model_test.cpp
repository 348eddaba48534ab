#include "gradus/formats/model.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <limits>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/safetensors.h"
#include "gradus/formats/model_fixture.h"
#include "gradus/formats/model_json.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

long peak_kilobytes() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

class ModelFile : public testing::Test {
 protected:
  static Model trained(const std::string& precision, RunConfig config = {}) {
    config.precision = precision;
    return test::trained_digits(config);
  }

  std::filesystem::path path() const { return folder_.path() / "model.safetensors"; }

  // The file with one text of its metadata replaced, read again.
  std::string error_with(const std::string& key, const std::string& value) const {
    save_model(path(), trained("float"));
    Safetensors file = read_safetensors(path());
    if (value.empty()) {
      file.metadata.erase(key);
    } else {
      file.metadata[key] = value;
    }
    write_safetensors(path(), file);
    return error_of_loading();
  }

  std::string error_of_loading() const {
    try {
      (void)load_model(path());
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  test::TemporaryFolder folder_;
};

TEST_F(ModelFile, AFlippedBitInAWeightIsFound) {
  save_model(path(), trained("float"));
  std::string bytes = read_file(path());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file_atomically(path(), bytes);
  EXPECT_THAT(error_of_loading(), testing::HasSubstr("the weights are damaged: their SHA-256 is "));
}

TEST_F(ModelFile, WeightsThatAreNotFiniteAreNamed) {
  Model model = trained("float");
  std::get<AlignedBuffer<float>>(model.parameters)[0] = std::numeric_limits<float>::quiet_NaN();
  save_model(path(), model);
  EXPECT_THAT(error_of_loading(), testing::HasSubstr("entry 0 of tensor 0.weight is nan; expected finite"));
}

TEST_F(ModelFile, PredictsTheSameAfterTheRoundTrip) {
  for (const char* precision : {"float", "double"}) {
    const Model model = trained(precision);
    save_model(path(), model);
    const Model read = load_model(path());
    EXPECT_EQ(read.network, model.network);
    EXPECT_EQ(read.loss, model.loss);
    EXPECT_EQ(read.config, model.config);
    EXPECT_EQ(read.metrics, model.metrics);
    EXPECT_EQ(weights_sha256(read), weights_sha256(model));
    const Table table = load_table("digits");
    const Dataset before = apply(model.transform, model.target, table, true);
    const Dataset after = apply(read.transform, read.target, table, true);
    EXPECT_EQ(predictions(read, after).values, predictions(model, before).values);
    EXPECT_EQ(figures(read, after).loss, figures(model, before).loss);
  }
}

// JSON has no infinity: such a figure must not make the file unreadable.
TEST_F(ModelFile, MetricsThatAreNotFiniteAreLeftOut) {
  Model model = trained("float");
  model.metrics = {{"test_loss", 0.5}, {"test_rmse", std::numeric_limits<double>::infinity()}};
  save_model(path(), model);
  EXPECT_THAT(load_model(path()).metrics, testing::ElementsAre(testing::Pair("test_loss", 0.5)));
}

TEST_F(ModelFile, SameModelSameBytes) {
  const Model model = trained("float");
  save_model(path(), model);
  const std::string first = read_file(path());
  save_model(path(), load_model(path()));
  EXPECT_EQ(read_file(path()), first);
}

TEST_F(ModelFile, NormalizationAndDropoutComeBackAndPredictTheSame) {
  for (const char* normalization : {"batch", "layer"}) {
    RunConfig config;
    config.normalization = normalization;
    config.dropout = 0.25;
    const Model model = trained("float", config);
    save_model(path(), model);
    const Model read = load_model(path());
    EXPECT_EQ(read.network, model.network);
    EXPECT_EQ(weights_sha256(read), weights_sha256(model));
    const Table table = load_table("digits");
    const Dataset data = apply(model.transform, model.target, table, true);
    EXPECT_EQ(predictions(read, data).values, predictions(model, data).values);
    EXPECT_EQ(figures(read, data).loss, figures(model, data).loss);
  }
}

TEST_F(ModelFile, RunningStatisticsAreTensorsOfTheirOwnAndPartOfTheHash) {
  RunConfig config;
  config.normalization = "batch";
  Model model = trained("float", config);
  save_model(path(), model);
  const Safetensors file = read_safetensors(path());
  EXPECT_EQ(file.find("1.weight")->shape, (std::vector<std::size_t>{12}));
  EXPECT_EQ(file.find("1.running_var")->shape, (std::vector<std::size_t>{12}));
  EXPECT_EQ(file.find("0.bias"), nullptr);
  const std::string before = weights_sha256(model);
  auto& block = std::get<AlignedBuffer<float>>(model.parameters);
  block[parameter_table(model.network).trained_size] += 1;
  EXPECT_NE(weights_sha256(model), before);
}

TEST_F(ModelFile, ANegativeRunningVarianceIsDamage) {
  RunConfig config;
  config.normalization = "batch";
  Model model = trained("float", config);
  for (const ParameterInfo& tensor : parameter_table(model.network).tensors) {
    if (tensor.name == "1.running_var")
      std::get<AlignedBuffer<float>>(model.parameters)[tensor.offset + 3] = -1;
  }
  save_model(path(), model);
  EXPECT_THAT(error_of_loading(), testing::HasSubstr("entry 3 of tensor 1.running_var is -1"));
}

TEST_F(ModelFile, TensorsBearPyTorchsNamesAndShapes) {
  save_model(path(), trained("float"));
  const Safetensors file = read_safetensors(path());
  EXPECT_EQ(file.find("0.weight")->shape, (std::vector<std::size_t>{12, 64}));
  EXPECT_EQ(file.find("2.weight")->shape, (std::vector<std::size_t>{10, 12}));
  EXPECT_EQ(file.find("2.bias")->shape, (std::vector<std::size_t>{10}));
}

TEST_F(ModelFile, DamageIsNamed) {
  EXPECT_NE(error_with("format", "other").find("expected gradus"), std::string::npos);
  EXPECT_NE(error_with("network", "{").find("its network is damaged"), std::string::npos);
  EXPECT_NE(error_with("network", "").find("no 'network'"), std::string::npos);
  EXPECT_NE(error_with("format_version", "99").find("use a newer one"), std::string::npos);
  EXPECT_NE(error_with("loss", R"({"kind":"guess"})").find("its loss is damaged"), std::string::npos);
  EXPECT_NE(error_with("network", R"({"inputs":64,"layers":[{"kind":"convolution"}]})")
                .find("layer of kind 'convolution'; known: dense, activation"),
            std::string::npos);
  EXPECT_NE(error_with("network", R"({"inputs":64,"layers":[{"kind":"dense","outputs":10,"bias":true}]})")
                .find("0.weight"),
            std::string::npos);
}

TEST_F(ModelFile, ATargetOfAnotherWidthThanTheNetworkIsRefused) {
  for (const std::size_t classes : {std::size_t{3}, std::size_t{20'000}}) {
    TargetCoding target;
    for (std::size_t i = 0; i < classes; ++i) target.classes.push_back(std::to_string(i));
    EXPECT_THAT(
        error_with("target", to_json(target)),
        testing::HasSubstr(fmt::format("its network has 10 outputs, its target {} classes", classes)));
  }
}

TEST_F(ModelFile, ALossThatDoesNotFitTheTargetIsRefused) {
  TargetCoding regression;
  regression.task = Task::kRegression;
  EXPECT_THAT(error_with("target", to_json(regression)),
              testing::HasSubstr("its loss is softmax_cross_entropy, its task regression"));
  EXPECT_THAT(error_with("loss", loss_to_json({.kind = LossKind::kHuber})),
              testing::HasSubstr("its loss is huber, its task classification"));
  EXPECT_THAT(error_with("loss", loss_to_json({.kind = LossKind::kBinaryCrossEntropy})),
              testing::HasSubstr("its network has 10 outputs, its target 10 classes, its loss "
                                 "binary_cross_entropy takes 1 and 2"));
  EXPECT_THAT(error_with("loss", loss_to_json({.class_weights = {1, 2, 3}})),
              testing::HasSubstr("its loss has 3 class weights, its target 10 classes"));
  EXPECT_EQ(error_with("loss", loss_to_json({.class_weights = std::vector<double>(10, 2)})), "no error");
}

TEST_F(ModelFile, EverySettingOfTheLossComesBack) {
  const LossSpec loss = {.kind = LossKind::kSoftmaxCrossEntropy,
                         .reduction = Reduction::kSum,
                         .huber_delta = 2.5,
                         .label_smoothing = 0.125,
                         .class_weights = {1, 0.5}};
  EXPECT_EQ(loss_from_json(loss_to_json(loss), "it"), loss);
  EXPECT_EQ(loss_from_json(loss_to_json({}), "it"), LossSpec{});
}

TEST_F(ModelFile, AModelWhosePartsDoNotFitIsNotWritten) {
  Model model = trained("float");
  model.target.task = Task::kRegression;
  model.loss.kind = LossKind::kMeanSquaredError;
  try {
    save_model(path(), model);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("writing the model: its network has 10 outputs, its regression 1"));
  }
}

// Its block would take 7 GB: the tensors must be looked at first.
TEST_F(ModelFile, AWidthThatNoTensorBearsAsksForNoMemory) {
  const long before = peak_kilobytes();
  const std::string error = error_with("network", R"({"inputs":64,"layers":[
      {"kind":"dense","outputs":28000000,"bias":false},{"kind":"dense","outputs":10,"bias":true}]})");
  EXPECT_THAT(error, testing::HasSubstr("0.weight is of another shape or type"));
  EXPECT_THAT(error, testing::HasSubstr("(28000000, 64)"));
  EXPECT_LT(peak_kilobytes() - before, 1'000'000);
}

TEST_F(ModelFile, DataOfAnotherWidthNamesBoth) {
  const Model model = trained("float");
  try {
    (void)apply(model.transform, model.target, load_table("xor"), false);
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    EXPECT_NE(std::string(error.what()).find("64"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace gradus
