// Properties of the losses; their figures: loss_golden_test.cpp.
#include "gradus/nn/loss.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/random.h"

namespace gradus {
namespace {

using ::testing::HasSubstr;

// A batch with everything that any loss may ask for.
struct Batch {
  std::size_t rows;
  std::size_t outputs;
  std::vector<double> output;
  std::vector<double> values;
  std::vector<std::int32_t> labels;
  std::vector<double> weights;

  [[nodiscard]] Targets<double> targets(LossKind kind) const {
    Targets<double> targets{.labels = {}, .values = {}, .weights = weights};
    if (is_classification(kind) && (outputs == 1 || !is_binary(kind))) {
      targets.labels = labels;
    } else {
      targets.values = {values.data(), rows, outputs};
    }
    return targets;
  }
};

// Outputs and values in (0, 1), which every loss takes.
Batch random_batch(std::size_t rows, std::size_t outputs, std::uint64_t seed = 3) {
  Generator generator(GeneratorKind::kPcg64, seed);
  Batch batch{.rows = rows, .outputs = outputs, .output = {}, .values = {}, .labels = {}, .weights = {}};
  for (std::size_t i = 0; i < rows * outputs; ++i) {
    batch.output.push_back(generator.uniform(0.01, 0.99));
    batch.values.push_back(generator.uniform());
  }
  for (std::size_t b = 0; b < rows; ++b) {
    batch.labels.push_back(
        static_cast<std::int32_t>(generator.integers(0, outputs == 1 ? 2 : std::int64_t(outputs))));
  }
  return batch;
}

struct Result {
  double loss;
  std::vector<double> gradient;
  std::vector<double> terms;
  double total_weight;
  double mean;
};

Result evaluate(const LossSpec& spec, const Batch& batch) {
  LossFunction<double> loss(spec, batch.outputs, batch.rows);
  Result result{.loss = 0,
                .gradient = std::vector<double>(batch.output.size()),
                .terms = {},
                .total_weight = 0,
                .mean = 0};
  result.loss = loss({batch.output.data(), batch.rows, batch.outputs}, batch.targets(spec.kind),
                     {result.gradient.data(), batch.rows, batch.outputs});
  result.terms.assign(loss.terms().begin(), loss.terms().end());
  result.total_weight = loss.total_weight();
  result.mean = loss.mean();
  return result;
}

std::vector<LossKind> all_kinds() {
  std::vector<LossKind> kinds;
  for (const std::string_view name : loss_names()) kinds.push_back(loss_from_name(name));
  return kinds;
}

void expect_near(const std::vector<double>& actual, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << i;
}

TEST(Loss, EveryNameRoundTripsAndAnUnknownOneSuggestsTheNearest) {
  ASSERT_EQ(loss_names().size(), 9u);
  for (const std::string_view name : loss_names()) EXPECT_EQ(name_of(loss_from_name(name)), name);
  try {
    (void)loss_from_name("hubber");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("unknown loss 'hubber'; did you mean 'huber'?"));
  }
}

TEST(Loss, FusedLossesSayWhatMakesAPredictionOfTheOutput) {
  EXPECT_EQ(prediction_activation(LossKind::kSoftmaxCrossEntropy), Activation::kSoftmax);
  EXPECT_EQ(prediction_activation(LossKind::kBinaryCrossEntropy), Activation::kSigmoid);
  EXPECT_EQ(prediction_activation(LossKind::kNegativeLogLikelihood), Activation::kIdentity);
  EXPECT_EQ(prediction_activation(LossKind::kHuber), Activation::kIdentity);
}

TEST(Loss, OneSampleAtATimeGivesTheTermsOfTheBatch) {
  for (const LossKind kind : all_kinds()) {
    for (const std::size_t outputs : {std::size_t{1}, std::size_t{3}}) {
      SCOPED_TRACE(::testing::Message() << name_of(kind) << ", " << outputs << " outputs");
      if (outputs == 1 && is_classification(kind) && !is_binary(kind)) continue;
      const Batch batch = random_batch(5, outputs);
      const Result whole = evaluate({.kind = kind, .reduction = Reduction::kSum}, batch);
      for (std::size_t b = 0; b < batch.rows; ++b) {
        const auto begin = static_cast<std::ptrdiff_t>(b * outputs);
        const auto end = begin + static_cast<std::ptrdiff_t>(outputs);
        const Batch one{.rows = 1,
                        .outputs = outputs,
                        .output = {batch.output.begin() + begin, batch.output.begin() + end},
                        .values = {batch.values.begin() + begin, batch.values.begin() + end},
                        .labels = {batch.labels[b]},
                        .weights = {}};
        const Result single = evaluate({.kind = kind}, one);
        EXPECT_EQ(single.loss, whole.terms[b]) << b;
        EXPECT_EQ(single.gradient,
                  std::vector<double>(whole.gradient.begin() + begin, whole.gradient.begin() + end));
      }
    }
  }
}

TEST(Loss, TheMeanIsTheSumOverTheBatchSize) {
  for (const LossKind kind : all_kinds()) {
    SCOPED_TRACE(name_of(kind));
    const Batch batch = random_batch(8, 3);
    const Result mean = evaluate({.kind = kind}, batch);
    const Result sum = evaluate({.kind = kind, .reduction = Reduction::kSum}, batch);
    EXPECT_DOUBLE_EQ(mean.loss * 8, sum.loss);
    EXPECT_EQ(mean.total_weight, 8);
    for (std::size_t i = 0; i < mean.gradient.size(); ++i)
      EXPECT_DOUBLE_EQ(mean.gradient[i] * 8, sum.gradient[i]);
  }
}

TEST(Loss, MeanIsTheSameForBothReductionsAndWeights) {
  for (const LossKind kind : all_kinds()) {
    SCOPED_TRACE(name_of(kind));
    Batch batch = random_batch(8, 3);
    batch.weights = {1, 2, 0, 0.5, 1, 3, 1, 1};
    const Result mean = evaluate({.kind = kind}, batch);
    const Result sum = evaluate({.kind = kind, .reduction = Reduction::kSum}, batch);
    EXPECT_EQ(mean.mean, mean.loss);
    EXPECT_EQ(sum.mean, mean.loss);
    EXPECT_EQ(sum.mean, sum.loss / 9.5);
  }
}

TEST(Loss, WeightsOfOneChangeNothing) {
  for (const LossKind kind : all_kinds()) {
    SCOPED_TRACE(name_of(kind));
    Batch batch = random_batch(7, 3);
    const Result plain = evaluate({.kind = kind}, batch);
    batch.weights.assign(7, 1);
    LossSpec spec{.kind = kind};
    if (is_classification(kind) && !is_binary(kind)) spec.class_weights.assign(3, 1);
    const Result weighted = evaluate(spec, batch);
    EXPECT_EQ(weighted.loss, plain.loss);
    EXPECT_EQ(weighted.gradient, plain.gradient);
  }
}

TEST(Loss, AWeightOfTwoIsTheSampleTwice) {
  for (const LossKind kind : all_kinds()) {
    SCOPED_TRACE(name_of(kind));
    Batch weighted = random_batch(4, 3);
    weighted.weights = {1, 1, 1, 2};
    Batch twice = random_batch(4, 3);
    twice.rows = 5;
    for (std::size_t k = 0; k < 3; ++k) {
      twice.output.push_back(twice.output[9 + k]);
      twice.values.push_back(twice.values[9 + k]);
    }
    twice.labels.push_back(twice.labels[3]);
    const Result a = evaluate({.kind = kind}, weighted);
    const Result b = evaluate({.kind = kind}, twice);
    EXPECT_NEAR(a.loss, b.loss, 1e-15 * std::abs(b.loss) * 4);
    EXPECT_EQ(a.total_weight, 5);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(a.gradient[9 + k], 2 * b.gradient[9 + k], 1e-14);
  }
}

TEST(Loss, ClassWeightsMultiplySampleWeights) {
  Batch batch = random_batch(3, 1);
  batch.labels = {0, 1, 1};
  batch.weights = {1, 2, 3};
  Batch product = batch;
  product.weights = {0.5, 8, 12};
  for (const LossKind kind : {LossKind::kBinaryCrossEntropy, LossKind::kBinaryCrossEntropyProbability}) {
    const Result a = evaluate({.kind = kind, .class_weights = {0.5, 4}}, batch);
    const Result b = evaluate({.kind = kind}, product);
    EXPECT_EQ(a.loss, b.loss);
    EXPECT_EQ(a.gradient, b.gradient);
    EXPECT_EQ(a.total_weight, 20.5);
  }
}

TEST(Loss, ABatchWithoutAnyWeightHasLossAndGradientZero) {
  for (const LossKind kind : all_kinds()) {
    Batch batch = random_batch(2, 3);
    batch.weights = {0, 0};
    const Result result = evaluate({.kind = kind}, batch);
    EXPECT_EQ(result.loss, 0) << name_of(kind);
    EXPECT_EQ(result.mean, 0) << name_of(kind);
    for (const double g : result.gradient) EXPECT_EQ(g, 0) << name_of(kind);
  }
}

TEST(Loss, SmoothingZeroIsNoneAndSmoothingMovesTheTarget) {
  Batch batch = random_batch(4, 1);
  const Result smoothed = evaluate({.kind = LossKind::kBinaryCrossEntropy, .label_smoothing = 0.2}, batch);
  Batch moved = batch;
  for (std::size_t b = 0; b < 4; ++b) moved.values[b] = batch.labels[b] == 1 ? 0.9 : 0.1;
  moved.labels.clear();
  LossFunction<double> loss({.kind = LossKind::kBinaryCrossEntropy}, 1, 4);
  const Targets<double> values{.labels = {}, .values = {moved.values.data(), 4, 1}, .weights = {}};
  EXPECT_NEAR(smoothed.loss, loss({moved.output.data(), 4, 1}, values, {}), 1e-15);

  const Result none =
      evaluate({.kind = LossKind::kSoftmaxCrossEntropy, .label_smoothing = 0}, random_batch(4, 3));
  EXPECT_EQ(none.loss, evaluate({.kind = LossKind::kSoftmaxCrossEntropy}, random_batch(4, 3)).loss);
  EXPECT_NE(none.loss, evaluate({.label_smoothing = 0.1}, random_batch(4, 3)).loss);
}

TEST(Loss, TheSoftmaxLossIsUnmovedByASharedOffset) {
  const Batch batch = random_batch(6, 3);
  const Result here = evaluate({}, batch);
  for (const double offset : {-300.0, 0.5, 40.0, 1e4}) {
    Batch moved = batch;
    for (double& z : moved.output) z += offset;
    const Result there = evaluate({}, moved);
    const double rounding = 1e-15 * (1 + std::abs(offset));
    EXPECT_NEAR(there.loss, here.loss, 4 * rounding) << offset;
    expect_near(there.gradient, here.gradient, 4 * rounding);
  }
}

TEST(Loss, FusedLossesAreStableAtHugeLogits) {
  Batch softmax = random_batch(2, 3);
  softmax.output = {1000, -1000, 0, 1000, -1000, 0};
  softmax.labels = {0, 1};
  const Result s = evaluate({.reduction = Reduction::kSum}, softmax);
  EXPECT_EQ(s.terms[0], 0);
  EXPECT_EQ(s.terms[1], 2000);
  expect_near(s.gradient, {0, 0, 0, 1, -1, 0}, 0);

  Batch binary = random_batch(4, 1);
  binary.output = {1000, -1000, 1000, -1000};
  binary.labels = {1, 0, 0, 1};
  const Result b = evaluate({.kind = LossKind::kBinaryCrossEntropy, .reduction = Reduction::kSum}, binary);
  expect_near(b.terms, {0, 0, 1000, 1000}, 0);
  expect_near(b.gradient, {0, 0, 1, -1}, 0);
}

TEST(Loss, TheProbabilityFormIsTheFormulaAndItsSlopeThatOfReport002) {
  Batch batch = random_batch(2, 1);
  batch.output = {0.25, 0.25};
  batch.labels = {1, 0};
  const Result result = evaluate({.kind = LossKind::kBinaryCrossEntropyProbability}, batch);
  expect_near(result.terms, {-std::log(0.25), -std::log(0.75)}, 1e-16);
  expect_near(result.gradient, {-1 / 0.25 / 2, 1 / 0.75 / 2}, 1e-15);
  batch.output = {0.0, 0.25};
  EXPECT_EQ(evaluate({.kind = LossKind::kBinaryCrossEntropyProbability}, batch).loss,
            std::numeric_limits<double>::infinity());
}

// Which the golden figures, PyTorch's, do not have.
TEST(Loss, HalfTheSquaredErrorIsHalfTheMeanSquaredError) {
  const Batch batch = random_batch(5, 2);
  LossSpec spec{.kind = LossKind::kMeanSquaredError};
  const Result whole = evaluate(spec, batch);
  spec.kind = LossKind::kHalfSquaredError;
  const Result half = evaluate(spec, batch);
  EXPECT_GT(half.loss, 0);
  EXPECT_DOUBLE_EQ(2 * half.loss, whole.loss);
  for (std::size_t i = 0; i < half.gradient.size(); ++i)
    EXPECT_DOUBLE_EQ(2 * half.gradient[i], whole.gradient[i]) << i;
}

TEST(Loss, HuberIsALineBeyondASmallDelta) {
  LossFunction<double> loss({.kind = LossKind::kHuber, .huber_delta = 0.25}, 1, 2);
  const std::vector<double> output = {0.5, -0.5};
  const std::vector<double> values = {0, 0};
  std::vector<double> gradient(2);
  const Targets<double> targets{.labels = {}, .values = {values.data(), 2, 1}, .weights = {}};
  EXPECT_DOUBLE_EQ(loss({output.data(), 2, 1}, targets, {gradient.data(), 2, 1}), 0.25 * (0.5 - 0.125));
  EXPECT_THAT(gradient, testing::ElementsAre(0.125, -0.125));  // of the mean of two
}

TEST(Loss, RegressionLossesAreZeroAndFlatAtTheTarget) {
  Batch batch = random_batch(3, 2);
  batch.output = batch.values;
  for (const LossKind kind : {LossKind::kMeanSquaredError, LossKind::kMeanAbsoluteError, LossKind::kHuber}) {
    const Result result = evaluate({.kind = kind}, batch);
    EXPECT_EQ(result.loss, 0) << name_of(kind);
    EXPECT_EQ(result.mean, 0) << name_of(kind);
    for (const double g : result.gradient) EXPECT_EQ(g, 0) << name_of(kind);
  }
}

TEST(Loss, WithoutAGradientTheLossIsTheSame) {
  for (const LossKind kind : all_kinds()) {
    const Batch batch = random_batch(5, 3);
    LossFunction<double> loss({.kind = kind}, 3, 5);
    EXPECT_EQ(loss({batch.output.data(), 5, 3}, batch.targets(kind), {}),
              evaluate({.kind = kind}, batch).loss)
        << name_of(kind);
  }
}

TEST(Loss, ASpecThatMakesNoSenseIsRefused) {
  const auto error_of = [](const LossSpec& spec, std::size_t outputs) -> std::string {
    try {
      const LossFunction<double> loss(spec, outputs, 1);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
      return error.what();
    }
    return "no error";
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(error_of({.kind = LossKind::kHuber, .huber_delta = 0}, 1), HasSubstr("huber_delta = 0"));
  EXPECT_THAT(error_of({.kind = LossKind::kHuber, .huber_delta = nan}, 1), HasSubstr("huber_delta = nan"));
  EXPECT_THAT(error_of({.label_smoothing = 1}, 3), HasSubstr("[0, 1)"));
  EXPECT_THAT(error_of({.kind = LossKind::kHuber, .label_smoothing = 0.1}, 3), HasSubstr("with huber"));
  EXPECT_THAT(error_of({.kind = LossKind::kHuber, .class_weights = {1}}, 1), HasSubstr("no classes"));
  EXPECT_THAT(error_of({.class_weights = {1, -1, 1}}, 3), HasSubstr("class_weights[1] = -1"));
  EXPECT_THAT(error_of({.class_weights = {1, 1}}, 3), HasSubstr("2 class_weights"));
  EXPECT_THAT(error_of({.kind = LossKind::kBinaryCrossEntropy, .class_weights = {1}}, 1),
              HasSubstr("expected 2"));
  EXPECT_EQ(error_of({.kind = LossKind::kBinaryCrossEntropy, .class_weights = {1, 2}}, 1), "no error");
  EXPECT_THAT(error_of({.kind = LossKind::kBinaryCrossEntropy, .class_weights = {1}}, 3),
              HasSubstr("expected 0"));
  EXPECT_THAT(error_of({.class_weights = {-1, 1, 1}}, 3), HasSubstr("class_weights[0] = -1"));
  EXPECT_EQ(error_of({.class_weights = {0, 1, 1}}, 3), "no error");
}

}  // namespace
}  // namespace gradus
