// Losses and gradients made by PyTorch in float64; the rows are the output of tools/make_loss_golden.py.
#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "gradus/nn/loss.h"

namespace gradus {
namespace {

constexpr std::size_t kRows = 4;
constexpr std::size_t kOutputs = 3;
const std::vector<double> kZ = {0.5, -1.25, 2.0, -0.75, 0.1, 0.3, 3.0, -2.0, 0.0, 1.5, 1.5, -0.4};
const std::vector<double> kY = {1.0, -1.0, 0.25, 0.0, 0.6, 0.3, 1.0, -2.1, 1.5, 1.4, -0.5, 0.0};
const std::vector<double> kY01 = {1.0, 0.0, 0.25, 0.0, 0.6, 0.3, 1.0, 0.0, 1.0, 0.4, 1.0, 0.0};
const std::vector<std::int32_t> kLabels = {2, 0, 0, 1};

struct Golden {
  LossKind kind;
  Reduction reduction;
  double huber_delta;
  double label_smoothing;
  double class_weights[kOutputs];  // all 0: none
  double sample_weights[kRows];    // all 0: none
  double loss;
  double gradient[kRows * kOutputs];
};

// clang-format off
constexpr Golden kGolden[] = {
    {LossKind::kMeanSquaredError, Reduction::kMean, 1.0, 0.0,
     {}, {},
     1.218125,
     {-0.08333333333333333, -0.041666666666666664, 0.29166666666666663, -0.125, -0.08333333333333333, 0.0, 0.3333333333333333, 0.01666666666666668, -0.25, 0.01666666666666668, 0.3333333333333333, -0.06666666666666667}},
    {LossKind::kMeanSquaredError, Reduction::kSum, 1.0, 0.0,
     {}, {},
     4.8725,
     {-0.3333333333333333, -0.16666666666666666, 1.1666666666666665, -0.5, -0.3333333333333333, 0.0, 1.3333333333333333, 0.06666666666666672, -1.0, 0.06666666666666672, 1.3333333333333333, -0.26666666666666666}},
    {LossKind::kMeanSquaredError, Reduction::kMean, 1.0, 0.0,
     {}, {1.0, 0.25, 3.0, 0.5},
     1.7153070175438594,
     {-0.07017543859649122, -0.03508771929824561, 0.24561403508771928, -0.02631578947368421, -0.017543859649122806, 0.0, 0.8421052631578947, 0.04210526315789477, -0.631578947368421, 0.007017543859649129, 0.14035087719298245, -0.028070175438596492}},
    {LossKind::kMeanAbsoluteError, Reduction::kMean, 1.0, 0.0,
     {}, {},
     0.8208333333333333,
     {-0.08333333333333333, -0.08333333333333333, 0.08333333333333333, -0.08333333333333333, -0.08333333333333333, 0.0, 0.08333333333333333, 0.08333333333333333, -0.08333333333333333, 0.08333333333333333, 0.08333333333333333, -0.08333333333333333}},
    {LossKind::kHuber, Reduction::kMean, 1.0, 0.0,
     {}, {},
     0.491875,
     {-0.041666666666666664, -0.020833333333333332, 0.08333333333333333, -0.0625, -0.041666666666666664, 0.0, 0.08333333333333333, 0.00833333333333334, -0.08333333333333333, 0.00833333333333334, 0.08333333333333333, -0.03333333333333333}},
    {LossKind::kHuber, Reduction::kMean, 0.3, 0.0,
     {}, {},
     0.20843750000000005,
     {-0.024999999999999998, -0.020833333333333332, 0.024999999999999998, -0.024999999999999998, -0.024999999999999998, 0.0, 0.024999999999999998, 0.00833333333333334, -0.024999999999999998, 0.00833333333333334, 0.024999999999999998, -0.024999999999999998}},
    {LossKind::kPoisson, Reduction::kMean, 1.0, 0.0,
     {}, {},
     7.481367934858169,
     {0.16218031767503205, 0.07162619921504752, 1.7847640247326626, 0.11809163818525367, 0.12629272951891193, 0.2624647018940008, 4.771384230796917, 0.033833820809153176, 0.0, 1.020422267584516, 0.8704222675845161, 0.16758001150890983}},
    {LossKind::kPoisson, Reduction::kMean, 1.0, 0.0,
     {}, {1.0, 0.25, 3.0, 0.5},
     12.331861770141836,
     {0.13657289909476383, 0.060316799338987384, 1.5029591787222423, 0.02486139751268498, 0.026587943056613043, 0.055255726714526485, 12.054023319908, 0.08547491572838696, 0.0, 0.42965148108821727, 0.3664935863513752, 0.07056000484585677}},
    {LossKind::kBinaryCrossEntropy, Reduction::kMean, 1.0, 0.0,
     {}, {},
     1.7182653346918917,
     {-0.09438516719953635, 0.05567503470632721, 0.15769926949447058, 0.08020532520615176, -0.01875520313026499, 0.06861062920291476, -0.011856468294391659, 0.029800730505529387, -0.125, 0.10439361904841091, -0.04560638095158909, 0.100328084971887}},
    {LossKind::kBinaryCrossEntropy, Reduction::kSum, 1.0, 0.0,
     {}, {},
     6.873061338767567,
     {-0.3775406687981454, 0.22270013882530884, 0.6307970779778823, 0.320821300824607, -0.07502081252105997, 0.27444251681165904, -0.047425873177566635, 0.11920292202211755, -0.5, 0.41757447619364363, -0.18242552380635635, 0.401312339887548}},
    {LossKind::kBinaryCrossEntropy, Reduction::kMean, 1.0, 0.2,
     {}, {},
     1.9182653346918919,
     {-0.06938516719953636, 0.03067503470632721, 0.14519926949447057, 0.055205325206151755, -0.013755203130264987, 0.058610629202914766, 0.013143531705608336, 0.004800730505529385, -0.1, 0.0993936190484109, -0.020606380951589093, 0.075328084971887}},
    {LossKind::kBinaryCrossEntropy, Reduction::kMean, 1.0, 0.0,
     {}, {1.0, 0.25, 3.0, 0.5},
     1.3317364921990338,
     {-0.07948224606276745, 0.046884239752696594, 0.1327993848374489, 0.016885331622347736, -0.003948463816897892, 0.014444342990087317, -0.02995318305951577, 0.07528605601396897, -0.3157894736842105, 0.04395520802038354, -0.019202686716458563, 0.04224340419868926}},
    {LossKind::kBinaryCrossEntropyProbability, Reduction::kMean, 1.0, 0.0,
     {}, {},
     1.7182653346918917,
     {-0.4016326649281583, 0.32162619921504754, 1.501989563347207, 0.36809163818525364, -0.07520852089782912, 0.2806639247746718, -0.26244676709196596, 0.2838338208091532, -0.5, 0.6999403445358666, -0.3057825400371075, 0.41758001150890983}},
    {LossKind::kSoftmaxCrossEntropy, Reduction::kMean, 1.0, 0.0,
     {}, {},
     0.7192469460077524,
     {0.044205045526861074, 0.007681685081609108, -0.05188673060847018, -0.20965983865700144, 0.09438173149233316, 0.11527810716466827, -0.013375219361776575, 0.0015943652306105742, 0.011780854131166037, 0.11630240494039658, -0.13369759505960344, 0.017395190119206885}},
    {LossKind::kSoftmaxCrossEntropy, Reduction::kSum, 1.0, 0.0,
     {}, {},
     2.8769877840310096,
     {0.1768201821074443, 0.030726740326436432, -0.20754692243388073, -0.8386393546280058, 0.3775269259693326, 0.4611124286586731, -0.0535008774471063, 0.006377460922442297, 0.04712341652466415, 0.4652096197615863, -0.5347903802384137, 0.06958076047682754}},
    {LossKind::kSoftmaxCrossEntropy, Reduction::kMean, 1.0, 0.1,
     {}, {},
     0.8254969460077524,
     {0.03587171219352774, -0.0006516482517242251, -0.03522006394180352, -0.19299317199033478, 0.08604839815899983, 0.10694477383133494, 0.0032914473048900883, -0.006738968102722759, 0.0034475207978327035, 0.10796907160706325, -0.11703092839293676, 0.009061856785873552}},
    {LossKind::kSoftmaxCrossEntropy, Reduction::kMean, 1.0, 0.0,
     {0.5, 2.0, 1.25}, {},
     0.6496143880050179,
     {0.05200593591395421, 0.00903727656659895, -0.06104321248055316, -0.09866345348564773, 0.044414932466980306, 0.05424852101866742, -0.0062942208761301525, 0.000750289520287329, 0.005543931355842841, 0.21892217400545239, -0.25166606128866525, 0.03274388728321296}},
    {LossKind::kSoftmaxCrossEntropy, Reduction::kMean, 1.0, 0.0,
     {0.5, 2.0, 1.25}, {1.0, 0.25, 3.0, 0.5},
     0.3526546283742357,
     {0.057038768421756224, 0.0099118517182053, -0.06695062013996153, -0.02705288240735502, 0.012178287934494601, 0.014874594472860422, -0.02071001707629921, 0.0024686945506228247, 0.018241322525676444, 0.12005409542234485, -0.1380104207066874, 0.01795632528434259}},
    {LossKind::kNegativeLogLikelihood, Reduction::kMean, 1.0, 0.0,
     {}, {},
     0.7192469460077525,
     {0.0, 0.0, -0.31547609199503795, -1.5493244924972887, 0.0, 0.0, -0.2641312538417373, 0.0, 0.0, 0.0, -0.5373921548056587, 0.0}},
    {LossKind::kNegativeLogLikelihood, Reduction::kMean, 1.0, 0.0,
     {0.5, 2.0, 1.25}, {},
     0.6496143880050179,
     {0.0, 0.0, -0.37114834352357406, -0.7290938788222535, 0.0, 0.0, -0.12429706063140579, 0.0, 0.0, 0.0, -1.0115617031635928, 0.0}},
};
// clang-format on

bool uses_labels(LossKind kind) {
  return kind == LossKind::kSoftmaxCrossEntropy || kind == LossKind::kNegativeLogLikelihood;
}

// kZ, or the probabilities that come of it.
std::vector<double> output_for(LossKind kind) {
  std::vector<double> output = kZ;
  if (kind == LossKind::kBinaryCrossEntropyProbability) {
    for (double& p : output) p = 1 / (1 + std::exp(-p));
  } else if (kind == LossKind::kNegativeLogLikelihood) {
    for (std::size_t b = 0; b < kRows; ++b) {
      double* row = output.data() + b * kOutputs;
      double sum = 0;
      for (std::size_t k = 0; k < kOutputs; ++k) sum += row[k] = std::exp(row[k]);
      for (std::size_t k = 0; k < kOutputs; ++k) row[k] /= sum;
    }
  }
  return output;
}

template <class T, class Values>
std::vector<T> converted(const Values& values) {
  std::vector<T> result;
  for (const double value : values) result.push_back(static_cast<T>(value));
  return result;
}

template <class T, class Weights>
std::vector<T> weights_of(const Weights& weights) {
  return weights[0] == 0 ? std::vector<T>{} : converted<T>(weights);
}

template <class T>
void expect_golden(const Golden& golden, double tolerance) {
  const std::vector<T> output = converted<T>(output_for(golden.kind));
  const bool at_least_0 = is_classification(golden.kind) || golden.kind == LossKind::kPoisson;
  const std::vector<T> values = converted<T>(at_least_0 ? kY01 : kY);
  const std::vector<T> weights = weights_of<T>(golden.sample_weights);
  Targets<T> targets{.labels = {}, .values = {}, .weights = weights};
  if (uses_labels(golden.kind)) {
    targets.labels = kLabels;
  } else {
    targets.values = {values.data(), kRows, kOutputs};
  }
  LossFunction<T> loss({.kind = golden.kind,
                        .reduction = golden.reduction,
                        .huber_delta = golden.huber_delta,
                        .label_smoothing = golden.label_smoothing,
                        .class_weights = weights_of<double>(golden.class_weights)},
                       kOutputs, kRows);
  std::vector<T> gradient(kRows * kOutputs);
  const double value = loss(MatrixView<const T>(output.data(), kRows, kOutputs), targets,
                            MatrixView<T>(gradient.data(), kRows, kOutputs));
  EXPECT_NEAR(value, golden.loss, tolerance * std::abs(golden.loss));
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(gradient[i]), golden.gradient[i], tolerance) << "gradient " << i;
  }
}

TEST(LossGolden, EveryLossAndOptionGivesPyTorchsFigures) {
  std::size_t row = 0;
  for (const Golden& golden : kGolden) {
    SCOPED_TRACE(::testing::Message() << "row " << row++ << ", " << name_of(golden.kind));
    expect_golden<double>(golden, 1e-14);
    expect_golden<float>(golden, 2e-6);
  }
}

}  // namespace
}  // namespace gradus
