// Training on arrays against the formulas of scikit-learn's MLP written out for one layer, and the full batch against it.
#include "gradus/train/array_training.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/random.h"
#include "gradus/optim/lbfgs.h"
#include "gradus/train/full_batch.h"

namespace gradus {
namespace {

constexpr std::size_t kRows = 23;
constexpr std::size_t kInputs = 3;
constexpr std::size_t kOutputs = 2;

struct Arrays {
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> weights;
};

Arrays arrays() {
  Pcg64 random(5);
  Arrays made;
  for (std::size_t i = 0; i < kRows * kInputs; ++i) made.x.push_back(random.uniform() - 0.5);
  for (std::size_t i = 0; i < kRows * kOutputs; ++i) made.y.push_back(random.uniform());
  for (std::size_t i = 0; i < kRows; ++i) made.weights.push_back(0.5 + random.uniform());
  return made;
}

ArrayTrainingSpec linear_spec(UpdateRule rule) {
  ArrayTrainingSpec spec;
  spec.network = multilayer_perceptron(kInputs, {}, kOutputs, Activation::kRelu);
  spec.loss.kind = LossKind::kHalfSquaredError;
  spec.penalty.l2 = 0.3;
  spec.optimizer = default_optimizer(rule);
  spec.optimizer.epsilon_before_correction = true;
  spec.step.penalty_over_batch = true;
  spec.batch_size = 10;
  return spec;
}

// The weights (inputs, outputs) and biases of scikit-learn's loop, batch by batch in the rows' order.
class WrittenOut {
 public:
  WrittenOut() : w_((kInputs + 1) * kOutputs), m_(w_.size()), v_(w_.size()) {}

  double epoch(const Arrays& data, std::size_t batch, double rate, bool adam, double slope_factor) {
    double losses = 0;
    for (std::size_t first = 0; first < kRows; first += batch) {
      const std::size_t rows = std::min(batch, kRows - first);
      losses += step(data, first, rows, rate, adam, slope_factor) * static_cast<double>(rows);
    }
    return losses / kRows;
  }

  [[nodiscard]] const std::vector<double>& weights() const { return w_; }

 private:
  double step(const Arrays& data, std::size_t first, std::size_t rows, double rate, bool adam,
              double slope_factor) {
    std::vector<double> gradient(w_.size());
    double loss = 0;
    double total = 0;
    for (std::size_t b = first; b < first + rows; ++b) total += data.weights[b];
    for (std::size_t b = first; b < first + rows; ++b) {
      for (std::size_t k = 0; k < kOutputs; ++k) {
        double p = w_[kInputs * kOutputs + k];
        for (std::size_t i = 0; i < kInputs; ++i) p += data.x[b * kInputs + i] * w_[i * kOutputs + k];
        const double r = p - data.y[b * kOutputs + k];
        loss += data.weights[b] * r * r / 2 / kOutputs / total;
        const double slope = slope_factor * data.weights[b] * r / kOutputs / total;
        for (std::size_t i = 0; i < kInputs; ++i)
          gradient[i * kOutputs + k] += data.x[b * kInputs + i] * slope;
        gradient[kInputs * kOutputs + k] += slope;
      }
    }
    for (std::size_t i = 0; i < kInputs * kOutputs; ++i) {
      loss += 0.3 / 2 * w_[i] * w_[i] / total;
      gradient[i] += 0.3 * w_[i] / total;
    }
    ++steps_;
    const double correction = std::sqrt(1 - std::pow(0.999, steps_)) / (1 - std::pow(0.9, steps_));
    for (std::size_t i = 0; i < w_.size(); ++i) {
      if (adam) {
        m_[i] = 0.9 * m_[i] + 0.1 * gradient[i];
        v_[i] = 0.999 * v_[i] + 0.001 * gradient[i] * gradient[i];
        w_[i] -= rate * correction * m_[i] / (std::sqrt(v_[i]) + 1e-8);
      } else {
        v_[i] = 0.9 * v_[i] - rate * gradient[i];
        w_[i] += 0.9 * v_[i] - rate * gradient[i];
      }
    }
    return loss;
  }

  std::vector<double> w_;
  std::vector<double> m_;
  std::vector<double> v_;
  int steps_ = 0;
};

std::vector<double> flat(const NetworkSpec& network, std::span<const double> block) {
  std::vector<double> values;
  for (const ParameterInfo& tensor : parameter_table(network).tensors) {
    const auto part = block.subspan(tensor.offset, tensor.size());
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

void expect_like_written_out(UpdateRule rule, double slope_factor) {
  ArrayTrainingSpec spec = linear_spec(rule);
  spec.step.slope_factor = slope_factor;
  const Arrays data = arrays();
  const std::vector<double> zeros(parameter_table(spec.network).block_size);
  ArrayTraining<double> training(spec, zeros);
  training.set_data(data.x, nullptr, {{}, data.y, data.weights});
  std::vector<std::uint32_t> order(kRows);
  std::iota(order.begin(), order.end(), 0U);
  WrittenOut expected;
  double rate = 0.1;
  for (int epoch = 0; epoch < 6; ++epoch) {
    const double loss = training.epoch(order, 10, rate);
    EXPECT_NEAR(loss, expected.epoch(data, 10, rate, rule == UpdateRule::kAdam, slope_factor), 1e-13)
        << "epoch " << epoch;
    if (rule != UpdateRule::kNesterov) continue;
    training.scale_velocity(2);  // velocities hold the rate, which halves
    rate /= 2;
  }
  EXPECT_THAT(flat(spec.network, training.parameters()),
              testing::Pointwise(testing::DoubleNear(1e-13), expected.weights()));
}

TEST(ArrayTraining, IsScikitLearnsAdam) {
  expect_like_written_out(UpdateRule::kAdam, 1);
}

TEST(ArrayTraining, IsScikitLearnsNesterovUnderAFallingRate) {
  expect_like_written_out(UpdateRule::kNesterov, 1);
}

TEST(ArrayTraining, MakesItsOversizedGradientOfSeveralOutputsOnRequest) {
  expect_like_written_out(UpdateRule::kAdam, kOutputs);
}

TEST(ArrayTraining, GoesOnWithOtherData) {
  const ArrayTrainingSpec spec = linear_spec(UpdateRule::kAdam);
  const Arrays data = arrays();
  const std::vector<double> zeros(parameter_table(spec.network).block_size);
  std::vector<std::uint32_t> order(kRows);
  std::iota(order.begin(), order.end(), 0U);
  ArrayTraining<double> once(spec, zeros);
  once.set_data(data.x, nullptr, {{}, data.y, {}});
  (void)once.epoch(order, 10, 0.01);
  (void)once.epoch(order, 10, 0.01);
  ArrayTraining<double> twice(spec, zeros);
  for (int i = 0; i < 2; ++i) {
    const Arrays again = data;
    const auto owner = std::make_shared<std::vector<double>>(again.x);
    twice.set_data(*owner, owner, {{}, again.y, {}});
    (void)twice.epoch(order, 10, 0.01);
  }
  EXPECT_EQ(flat(spec.network, once.parameters()), flat(spec.network, twice.parameters()));
}

TEST(ArrayTraining, GoesOnFromItsMemoryAsIfItHadNeverStopped) {
  for (const double l2 : {0.0, 0.3}) {  // the step's own layout, and the flat one
    ArrayTrainingSpec spec = linear_spec(UpdateRule::kAdam);
    spec.penalty.l2 = l2;
    const Arrays data = arrays();
    const std::vector<double> zeros(parameter_table(spec.network).block_size);
    std::vector<std::uint32_t> order(kRows);
    std::iota(order.begin(), order.end(), 0U);
    ArrayTraining<double> whole(spec, zeros);
    whole.set_data(data.x, nullptr, {{}, data.y, {}});
    (void)whole.epoch(order, 10, 0.01);
    ArrayTraining<double> second(spec, whole.parameters());
    second.set_data(data.x, nullptr, {{}, data.y, {}});
    second.restore(whole.optimizer_memory(), 1);
    EXPECT_EQ(whole.epoch(order, 10, 0.01), second.epoch(order, 10, 0.01));
    EXPECT_EQ(flat(spec.network, whole.parameters()), flat(spec.network, second.parameters()));
    EXPECT_THAT(
        [&] {
          second.restore({3, {1.0}, {}}, 0);
        },
        testing::ThrowsMessage<Error>(testing::HasSubstr("1 values")));
  }
}

TEST(ArrayTraining, FollowsItsScheduleStepByStep) {
  ArrayTrainingSpec spec = linear_spec(UpdateRule::kSgd);
  spec.schedule.kind = ScheduleKind::kCosine;
  spec.total_steps = 6;  // two epochs of three batches
  const Arrays data = arrays();
  const std::vector<double> zeros(parameter_table(spec.network).block_size);
  std::vector<std::uint32_t> order(kRows);
  std::iota(order.begin(), order.end(), 0U);
  ArrayTraining<double> training(spec, zeros);
  training.set_data(data.x, nullptr, {{}, data.y, {}});
  EXPECT_TRUE(std::isnan(training.learning_rate()));
  Schedule schedule(spec.schedule, 6);
  (void)training.epoch(order, 10, 0.1);
  EXPECT_EQ(training.learning_rate(), 0.1 * schedule.factor(2, 0));
  const OptimizerMemory<double> memory = training.optimizer_memory();
  (void)training.epoch(order, 10, 0.1);
  EXPECT_EQ(training.learning_rate(), 0.1 * schedule.factor(5, 1));
  training.restore(memory, 1);
  (void)training.epoch(order, 10, 0.1);
  EXPECT_EQ(training.learning_rate(), 0.1 * schedule.factor(5, 1))
      << "after going back to the first epoch's end";
}

TEST(ArrayTraining, RefusesArraysThatDoNotFitAndOtherKinds) {
  const ArrayTrainingSpec spec = linear_spec(UpdateRule::kAdam);
  const Arrays data = arrays();
  const std::vector<double> zeros(parameter_table(spec.network).block_size);
  ArrayTraining<double> training(spec, zeros);
  const auto take = [&](std::size_t features, const ArrayTargets& targets) {
    return [&training, &data, features, targets] {
      training.set_data(std::span<const double>(data.x).first(features), nullptr, targets);
    };
  };
  EXPECT_THAT(take(5, {{}, data.y, {}}),
              testing::ThrowsMessage<Error>(testing::HasSubstr("5 features; expected 69")));
  EXPECT_THAT(take(69, {{}, data.y, {1.0}}),
              testing::ThrowsMessage<Error>(testing::HasSubstr("1 weights; expected 23")));
  EXPECT_NO_THROW(take(69, {{}, data.y, {}})());
  EXPECT_THAT(take(69, {{}, data.y, data.weights}),
              testing::ThrowsMessage<Error>(testing::HasSubstr("another kind")));
}

TEST(ArrayTraining, StopsWhenToldTo) {
  ArrayTrainingSpec spec = linear_spec(UpdateRule::kSgd);
  const std::size_t rows = 400'000;
  const std::vector<double> x(rows * kInputs, 0.1);
  const std::vector<double> zeros(parameter_table(spec.network).block_size);
  ArrayTraining<double> training(spec, zeros);
  training.set_data(x, nullptr, {{}, std::vector<double>(rows * kOutputs, 0.5), {}});
  std::vector<std::uint32_t> order(rows * 50, 0U);
  bool asked = false;
  (void)training.epoch(order, 1, 0.01, [&] { return asked = true; });
  EXPECT_TRUE(asked);
}

template <class T>
void expect_derivative(LossKind kind, double tolerance) {
  const NetworkSpec network = multilayer_perceptron(kInputs, {4}, kOutputs, Activation::kTanh);
  const Arrays data = arrays();
  const std::vector<T> x(data.x.begin(), data.x.end());
  ArrayTargets targets;
  targets.weights = data.weights;
  if (kind == LossKind::kSoftmaxCrossEntropy) {
    for (std::size_t b = 0; b < kRows; ++b) targets.labels.push_back(static_cast<std::int32_t>(b % kOutputs));
  } else {
    targets.values = data.y;
  }
  FullBatch<T> loss(network, {.kind = kind}, {.l2 = 0.3}, {x.data(), kRows, kInputs}, targets);
  std::vector<double> at(parameter_table(network).block_size);
  Pcg64 random(6);
  for (const ParameterInfo& tensor : parameter_table(network).tensors) {
    for (std::size_t i = 0; i < tensor.size(); ++i) at[tensor.offset + i] = random.uniform() - 0.5;
  }
  std::vector<double> gradient(at.size());
  std::vector<double> unused(at.size());
  (void)loss(at, gradient);
  const double half = std::sqrt(tolerance) / 10;
  for (const ParameterInfo& tensor : parameter_table(network).tensors) {
    const std::size_t i = tensor.offset;
    const double middle = at[i];
    at[i] = middle + half;
    const double above = loss(at, unused);
    at[i] = middle - half;
    const double below = loss(at, unused);
    at[i] = middle;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * half), tolerance) << tensor.name;
  }
}

TEST(FullBatch, ItsGradientIsThatOfItsValue) {
  expect_derivative<double>(LossKind::kHalfSquaredError, 1e-8);
  expect_derivative<double>(LossKind::kSoftmaxCrossEntropy, 1e-8);
  expect_derivative<float>(LossKind::kSoftmaxCrossEntropy, 2e-3);
}

TEST(FullBatch, IsMinimizedWhereItsGradientVanishes) {
  const NetworkSpec network = multilayer_perceptron(kInputs, {}, kOutputs, Activation::kRelu);
  const Arrays data = arrays();
  FullBatch<double> loss(network, {.kind = LossKind::kHalfSquaredError}, {.l2 = 0.3},
                         {data.x.data(), kRows, kInputs}, {{}, data.y, {}});
  std::vector<double> x(parameter_table(network).block_size);
  const LbfgsResult result =
      minimize_lbfgs(std::ref(loss), x, {.gradient_tolerance = 1e-10, .value_tolerance = 0});
  EXPECT_EQ(result.end, LbfgsEnd::kConverged);
  std::vector<double> gradient(x.size());
  EXPECT_EQ(loss(x, gradient), result.value);
  for (const double slope : gradient) EXPECT_NEAR(slope, 0, 1e-10);
}

}  // namespace
}  // namespace gradus
