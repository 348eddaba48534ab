// Optimizers against PyTorch: ten steps on two tensors (three and two entries) with a rate that changes every
// step. tools/make_optimizer_golden.py makes the numbers. The usual mistakes are planted to show that the
// numbers tell them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "gradus/optim/optimizer.h"

namespace gradus {
namespace {

constexpr std::size_t kSteps = 10;
constexpr std::size_t kFirstTensor = 3;  // entries; the second has the rest
using Values = std::array<double, 5>;
constexpr Values kStart = {1.0, -0.75, 0.5, 2.0, -1.25};

// Exact in binary; entry 0 is small, so that epsilon's place shows.
double gradient(std::size_t step, std::size_t index) {
  const double scale = index == 0 ? 0x1p-12 : 0.125;
  return (static_cast<double>((7 * index + 5 * step) % 13) - 6) * scale;
}

double learning_rate(std::size_t step) {
  return (20 - static_cast<double>(step)) / 256;
}

struct Golden {
  UpdateRule rule;
  double weight_decay;
  Values parameters;
};

// clang-format off
constexpr Golden kGolden[] = {
    {UpdateRule::kSgd, 0.0,
     {1.0000743865966797, -0.7783203125, 0.5576171875, 2.0166015625, -1.26806640625}},
    {UpdateRule::kSgd, 0.125,
     {0.9269023665834447, -0.7203765018949743, 0.5184646516134278, 1.8691894282756834, -1.1766604097597793}},
    {UpdateRule::kMomentum, 0.0,
     {1.0003836476431887, -0.9994948600874023, 0.751044409909668, 2.0719183610166017, -1.287715873102539}},
    {UpdateRule::kMomentum, 0.125,
     {0.7297244675958636, -0.7685226428052419, 0.5924380577680266, 1.518978890085885, -0.9546152105146638}},
    {UpdateRule::kNesterov, 0.0,
     {1.0004196694755494, -1.0028656865786618, 0.7835571564187012, 2.081328087414941, -1.3020106920422851}},
    {UpdateRule::kNesterov, 0.125,
     {0.6943184670905616, -0.7306621528018075, 0.5953524596250551, 1.451706551716981, -0.925139812788792}},
    {UpdateRule::kRmsprop, 0.0,
     {1.5789887163011647, -1.966243317112087, 1.232820232960314, 1.7362658047220751, -1.1652408928941151}},
    {UpdateRule::kRmsprop, 0.125,
     {0.0016662402459250805, -1.1335901623140567, 0.699847699033407, 0.9780897835763702, -0.6908974580383596}},
    {UpdateRule::kAdagrad, 0.0,
     {1.058048787568234, -0.8719116830640928, 0.5731304518424671, 1.9737390938320343, -1.2411645142908911}},
    {UpdateRule::kAdagrad, 0.125,
     {0.6963497728608967, -0.8282361584416568, 0.5387783111219937, 1.8687036098753675, -1.1659344143161132}},
    {UpdateRule::kAdam, 0.0,
     {1.1824601618916173, -0.9920749424018777, 0.6904561532999239, 2.003327212741125, -1.191624208546531}},
    {UpdateRule::kAdam, 0.125,
     {0.41355105301775286, -0.8843584251529855, 0.6145216414166959, 1.757147622101712, -1.042464441560267}},
    {UpdateRule::kAdamw, 0.0,
     {1.1824601618916173, -0.9920749424018777, 0.6904561532999239, 2.003327212741125, -1.191624208546531}},
    {UpdateRule::kAdamw, 0.125,
     {1.0992803221618572, -0.9252896560672011, 0.6451415054213715, 1.85778860781375, -1.1052721292464667}},
};
// clang-format on

OptimizerSpec spec_of(const Golden& golden) {
  OptimizerSpec spec = default_optimizer(golden.rule);
  spec.weight_decay = golden.weight_decay;
  return spec;
}

std::string label(const Golden& golden) {
  return std::string(name_of(golden.rule)) + " with weight decay " + std::to_string(golden.weight_decay);
}

template <class T>
Values run(const OptimizerSpec& spec, const KernelSet<T>& set) {
  AlignedBuffer<T> parameters(kStart.size());
  AlignedBuffer<T> gradients(kStart.size());
  for (std::size_t i = 0; i < kStart.size(); ++i) parameters[i] = static_cast<T>(kStart[i]);
  Optimizer<T> optimizer(spec, kStart.size(), set);
  for (std::size_t t = 0; t < kSteps; ++t) {
    for (std::size_t i = 0; i < kStart.size(); ++i) gradients[i] = static_cast<T>(gradient(t, i));
    optimizer.step(parameters.span(), gradients.span(), learning_rate(t));
  }
  Values values;
  for (std::size_t i = 0; i < kStart.size(); ++i) values[i] = parameters[i];
  return values;
}

double worst_relative_error(const Values& values, const Values& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    worst = std::max(worst, std::abs(values[i] - expected[i]) / std::abs(expected[i]));
  }
  return worst;
}

std::vector<std::string_view> all_kernel_sets() {
  std::vector<std::string_view> names = available_kernel_sets();
  names.push_back("reference");
  return names;
}

TEST(OptimizerGolden, EveryRuleInDoubleIsPyTorchs) {
  for (const std::string_view set : all_kernel_sets()) {
    for (const Golden& golden : kGolden) {
      const Values values = run<double>(spec_of(golden), kernels<double>(set));
      EXPECT_LE(worst_relative_error(values, golden.parameters), 1e-12)
          << label(golden) << ", kernels " << set << ": " << testing::PrintToString(values) << " instead of "
          << testing::PrintToString(golden.parameters);
    }
  }
}

TEST(OptimizerGolden, EveryRuleInFloatIsPyTorchsToSinglePrecision) {
  for (const std::string_view set : all_kernel_sets()) {
    for (const Golden& golden : kGolden) {
      const Values values = run<float>(spec_of(golden), kernels<float>(set));
      for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_NEAR(values[i], golden.parameters[i], 1e-5)
            << label(golden) << ", kernels " << set << ", entry " << i;
      }
    }
  }
}

enum class Mistake {
  kNone,
  kCounterPerTensor,     // Adam's t advanced for each tensor
  kNoBiasCorrection,     // of Adam's moments
  kEpsilonInRoot,        // sqrt(v + epsilon)
  kDampenedGradient,     // v = mu v + (1 - mu) g
  kRateInVelocity,       // v = mu v + learning_rate g
  kNoLookAhead,          // nesterov as momentum
  kOtherDecay,           // decoupled where it is coupled, and the other way round
  kSecondTensorNoDecay,  // biases spared
};

// The equations of optimizer.h written out once more, with room for one mistake.
class Planted {
 public:
  Planted(const OptimizerSpec& spec, Mistake mistake) : spec_(spec), mistake_(mistake) {}

  Values run() {
    Values w = kStart;
    for (std::size_t step = 0; step < kSteps; ++step) {
      for (std::size_t i = 0; i < w.size(); ++i) {
        if (i == 0 || (i == kFirstTensor && mistake_ == Mistake::kCounterPerTensor)) ++count_;
        w[i] = updated(w[i], i, gradient(step, i), learning_rate(step));
      }
    }
    return w;
  }

 private:
  double updated(double w, std::size_t i, double g, double rate) {
    const bool spared = mistake_ == Mistake::kSecondTensorNoDecay && i >= kFirstTensor;
    const double decay = spared ? 0 : spec_.weight_decay;
    const bool decoupled = (spec_.rule == UpdateRule::kAdamw) != (mistake_ == Mistake::kOtherDecay);
    if (decoupled) {
      w *= 1 - rate * decay;
    } else {
      g += decay * w;
    }
    switch (spec_.rule) {
      case UpdateRule::kSgd:
        return w - rate * g;
      case UpdateRule::kMomentum:
      case UpdateRule::kNesterov:
        return w - velocity_step(i, g, rate);
      case UpdateRule::kRmsprop:
        second_[i] = spec_.decay * second_[i] + (1 - spec_.decay) * g * g;
        return w - rate * g / root(second_[i]);
      case UpdateRule::kAdagrad:
        second_[i] += g * g;
        return w - rate * g / root(second_[i]);
      case UpdateRule::kAdam:
      case UpdateRule::kAdamw:
        return w - adam_step(i, g, rate);
    }
    return w;
  }

  double velocity_step(std::size_t i, double g, double rate) {
    const double dampening = mistake_ == Mistake::kDampenedGradient ? spec_.momentum : 0;
    const bool rate_inside = mistake_ == Mistake::kRateInVelocity;
    const double added = (1 - dampening) * g * (rate_inside ? rate : 1);
    first_[i] = spec_.momentum * first_[i] + added;
    const bool look_ahead = spec_.rule == UpdateRule::kNesterov && mistake_ != Mistake::kNoLookAhead;
    const double direction = look_ahead ? added + spec_.momentum * first_[i] : first_[i];
    return rate_inside ? direction : rate * direction;
  }

  double adam_step(std::size_t i, double g, double rate) {
    first_[i] = spec_.beta1 * first_[i] + (1 - spec_.beta1) * g;
    second_[i] = spec_.beta2 * second_[i] + (1 - spec_.beta2) * g * g;
    if (mistake_ == Mistake::kNoBiasCorrection) return rate * first_[i] / root(second_[i]);
    const double correction1 = 1 - std::pow(spec_.beta1, count_);
    const double correction2 = 1 - std::pow(spec_.beta2, count_);
    return rate * (first_[i] / correction1) / root(second_[i] / correction2);
  }

  double root(double square) const {
    return mistake_ == Mistake::kEpsilonInRoot ? std::sqrt(square + spec_.epsilon)
                                               : std::sqrt(square) + spec_.epsilon;
  }

  OptimizerSpec spec_;
  Mistake mistake_;
  int count_ = 0;
  Values first_{};
  Values second_{};
};

double planted_error(const Golden& golden, Mistake mistake) {
  return worst_relative_error(Planted(spec_of(golden), mistake).run(), golden.parameters);
}

TEST(OptimizerGolden, TheEquationsWrittenOutAgree) {
  for (const Golden& golden : kGolden)
    EXPECT_LE(planted_error(golden, Mistake::kNone), 1e-12) << label(golden);
}

TEST(OptimizerGolden, EveryPlantedMistakeIsToldApart) {
  using enum UpdateRule;
  const struct {
    Mistake mistake;
    std::vector<UpdateRule> rules;
    bool needs_decay;
  } cases[] = {
      {Mistake::kCounterPerTensor, {kAdam, kAdamw}, false},
      {Mistake::kNoBiasCorrection, {kAdam, kAdamw}, false},
      {Mistake::kEpsilonInRoot, {kRmsprop, kAdagrad, kAdam, kAdamw}, false},
      {Mistake::kDampenedGradient, {kMomentum, kNesterov}, false},
      {Mistake::kRateInVelocity, {kMomentum, kNesterov}, false},
      {Mistake::kNoLookAhead, {kNesterov}, false},
      // For sgd the two decays are one.
      {Mistake::kOtherDecay, {kMomentum, kNesterov, kRmsprop, kAdagrad, kAdam, kAdamw}, true},
      {Mistake::kSecondTensorNoDecay, {kSgd, kMomentum, kNesterov, kRmsprop, kAdagrad, kAdam, kAdamw}, true},
  };
  for (const auto& planted : cases) {
    for (const Golden& golden : kGolden) {
      if (std::ranges::find(planted.rules, golden.rule) == planted.rules.end()) continue;
      if (planted.needs_decay && golden.weight_decay == 0) continue;
      // A thousand times the bound of the agreement above.
      EXPECT_GT(planted_error(golden, planted.mistake), 1e-9)
          << "mistake " << static_cast<int>(planted.mistake) << " in " << label(golden);
    }
  }
}

}  // namespace
}  // namespace gradus
