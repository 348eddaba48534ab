// Batch and layer normalization in a network held against PyTorch; the numbers: tools/make_layers_golden.py.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gradus/nn/loss.h"
#include "gradus/nn/propagation.h"

namespace gradus {
namespace {

struct Golden {
  std::string normalization;
  std::vector<double> output;  // in training
  double loss;
  std::vector<double> gradients;  // in the order and the shapes of files
  std::vector<double> dx;
  std::vector<double> running;     // statistics after the step
  std::vector<double> evaluation;  // output with them
};

constexpr std::size_t kRows = 5;
constexpr std::size_t kInputs = 3;
constexpr std::size_t kOutputs = 2;

// clang-format off
const std::vector<Golden> kGolden = {
    {"batch",
     {-0.4982658669925612, 0.3328181134761332, -1.190627236514758, 1.245857926125932, -0.5810017171098685, 0.17144241647310152, -1.1464852487797264, 0.7781467506043597, -0.5591813005294977, -0.4263422825375458},
     0.8331956368766911,
     {0.01307619483713092, -0.04802757221179778, -0.04802757221179778, 0.01154967743013842, 0.00839799515882339, 0.008397995158823376, -0.0271561711661671, 0.024829747335859687, 0.024829747335859742, -0.025524051127094043, 0.00025072722985167856, 0.0002507272298516994, 0.06624160207858854, 0.013100330255988248, -0.02727560880459776, -0.0988002402069771, 0.0314105262079025, 0.0022583394914616993, 0.01719195669180501, 0.05948721626637292, -0.16858823218502553, 0.16685624313598296, 0.002677417825926162, 0.07590826104827322, 0.1685882321850255, -0.1668562431359829, -0.0026774178259261344, -0.0759082610482732, -0.1403355385756798, 0.14033553857567982},
     {0.12251187632195715, 0.041847345742138164, 0.005474507760370451, 0.225829327387485, -0.5007597067429571, 0.7118531368041209, -0.22206682815323414, 0.4888201782024744, -0.8129665693275443, -0.18866099463201533, 0.47153961036912595, -0.6685971983993517, 0.06238661907580731, -0.5014474275707814, 0.7642361231624046},
     {0.017499999999999998, -0.0036718750000000002, -0.0140625, -0.011875, 0.9040614318847656, 0.9218632507324219, 0.90006103515625, 0.9009838867187501},
     {-0.7688669609302132, 0.45312203778164223, -1.2969226648791796, 0.9144590346120431, -0.7799798493053778, 0.440069038773717, -1.3086453700724667, 0.9034705305114467, -0.7905505243750652, 0.4264221985190523}},
    {"layer",
     {-0.5895962886663318, -0.26430952664176677, 0.042843344023053107, -1.3805334780252045, -0.6428726038834066, -0.24964040672578236, -0.0428404839698799, -1.3744817756519234, -0.6887461858199968, -0.2432376292673375},
     0.7563422125611672,
     {-0.008398590738129937, 0.008146872679400907, 0.013560990942168576, 0.15742845843596978, -0.14136759349134762, -0.06816977162560568, -0.17866918343157767, 0.18168491889417002, 0.07461789266687636, 0.029639315733738, -0.04846419808222345, -0.020009111983439333, -0.021656473051070685, -0.2927912874629678, 0.4282681049091747, -0.11382034439513647, 0.04182746628680027, -0.02630493182305611, 0.012576495821124196, 0.005589733586277825, 0.05486586075684154, -0.036569884102837805, 0.14305826019862664, -0.004348560315428603, 0.04054433022569438, 0.12865449078875646, 0.010014696180547206, -0.1584080485860932, -0.040544330225694356, -0.1286544907887565, -0.010014696180547206, 0.1584080485860932, 0.1619471488599667, -0.16194714885996672},
     {0.015097397926068151, 0.005727404174593546, 0.07913721254719175, 0.03715446192797659, 0.009899911077566605, -0.09285356923277799, 0.006581444591832342, 0.012984372681511966, 0.05870043847867158, -0.09057669118165937, -0.05219079517648609, 0.41142521377215446, 0.0073035944542031855, -0.03199186504967915, -0.05996161211880281},
     {},
     {-0.5895962886663318, -0.26430952664176677, 0.042843344023053107, -1.3805334780252045, -0.6428726038834066, -0.24964040672578236, -0.0428404839698799, -1.3744817756519234, -0.6887461858199968, -0.2432376292673375}},
};
// clang-format on

double number(std::size_t k) {
  return (static_cast<double>((37 * k) % 23) - 11) / 16;
}

// Entry `i` of a tensor in its file's shape, where the outputs come first.
std::size_t place(const ParameterInfo& info, std::size_t i) {
  return info.offset + i % info.rows * info.cols + i / info.rows;
}

template <class T>
class LayersGolden : public ::testing::Test {
 protected:
  // Relative to the largest of them.
  static void expect_near(const std::vector<double>& expected, const std::vector<T>& actual,
                          const std::string& what) {
    ASSERT_EQ(expected.size(), actual.size()) << what;
    const double bound = sizeof(T) == sizeof(float) ? 1e-6 : 1e-13;
    double largest = 0;
    for (const double value : expected) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(expected[i], static_cast<double>(actual[i]), bound * largest) << what << ", entry " << i;
    }
  }

  static std::vector<T> values_of(MatrixView<const T> matrix) {
    std::vector<T> values;
    for (std::size_t r = 0; r < matrix.rows; ++r) {
      values.insert(values.end(), matrix.row(r).begin(), matrix.row(r).end());
    }
    return values;
  }

  // Of all tensors that are buffers, or of all that are not.
  static std::vector<T> in_file_order(const ParameterTable& table, const std::vector<T>& block,
                                      bool buffers) {
    std::vector<T> values;
    for (const ParameterInfo& info : table.tensors) {
      if (info.is_buffer != buffers) continue;
      for (std::size_t i = 0; i < info.size(); ++i) values.push_back(block[place(info, i)]);
    }
    return values;
  }

  static std::vector<T> parameters(const ParameterTable& table) {
    std::vector<T> block(table.block_size);
    std::size_t k = 0;
    for (const ParameterInfo& info : table.tensors) {
      for (std::size_t i = 0; i < info.size(); ++i) {
        block[place(info, i)] = static_cast<T>(info.initial_value + (info.is_buffer ? 0 : number(k++)));
      }
    }
    return block;
  }
};

using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(LayersGolden, Precisions);

TYPED_TEST(LayersGolden, OutputsGradientsAndRunningStatisticsArePyTorchs) {
  using T = TypeParam;
  for (const Golden& golden : kGolden) {
    const NetworkSpec network =
        multilayer_perceptron(kInputs, {4}, kOutputs, Activation::kTanh, Activation::kIdentity, true,
                              normalization_from_name(golden.normalization));
    Propagation<T> propagation(network, kRows);
    const ParameterTable& table = propagation.parameters();
    std::vector<T> block = this->parameters(table);
    std::vector<T> x(kRows * kInputs);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(number(3 * i + 1));
    const std::vector<std::int32_t> labels = {1, 0, 1, 1, 0};

    const MatrixView<const T> input(x.data(), kRows, kInputs);
    const MatrixView<const T> output = propagation.forward(block, input, TrainingPass{});
    this->expect_near(golden.output, this->values_of(output), golden.normalization + ": output");
    LossFunction<T> loss({.kind = LossKind::kSoftmaxCrossEntropy}, kOutputs, kRows);
    std::vector<T> doutput(kRows * kOutputs), gradients(table.block_size), dx(x.size());
    const MatrixView<T> doutput_view(doutput.data(), kRows, kOutputs);
    Targets<T> targets;
    targets.labels = labels;
    EXPECT_NEAR(loss(output, targets, doutput_view), golden.loss, 1e-6 * golden.loss);
    propagation.backward(block, doutput_view, gradients, {dx.data(), kRows, kInputs});
    this->expect_near(golden.gradients, this->in_file_order(table, gradients, false),
                      golden.normalization + ": gradients");
    this->expect_near(golden.dx, dx, golden.normalization + ": dx");

    propagation.track_statistics(block, TeamMember());
    this->expect_near(golden.running, this->in_file_order(table, block, true),
                      golden.normalization + ": running statistics");
    this->expect_near(golden.evaluation, this->values_of(propagation.forward(block, input)),
                      golden.normalization + ": evaluation");
  }
}

TEST(Dropout, IsTheIdentityInEvaluationAndScalesWhatItKeepsInTraining) {
  constexpr std::size_t kUnits = 40;
  const NetworkSpec network{.inputs = kUnits, .layers = {dropout_layer(0.25), dense(3)}};
  Propagation<double> propagation(network, kRows);
  const std::vector<double> block(propagation.parameters().block_size, 0.5);
  const std::vector<double> x(kRows * kUnits, 1.5);
  const MatrixView<const double> input(x.data(), kRows, kUnits);
  propagation.forward(block, input);
  EXPECT_EQ(propagation.layer_output(0).data, x.data());
  propagation.forward(block, input, TrainingPass{.dropout_seed = 1, .step = 2});
  const MatrixView<const double> dropped = propagation.layer_output(0);
  std::size_t kept = 0;
  for (std::size_t b = 0; b < kRows; ++b) {
    for (const double value : dropped.row(b)) {
      EXPECT_TRUE(value == 0 || value == 1.5 * (1 / 0.75)) << value;
      if (value != 0) ++kept;
    }
  }
  EXPECT_NEAR(static_cast<double>(kept) / (kRows * kUnits), 0.75, 0.16);  // five standard deviations
}

}  // namespace
}  // namespace gradus
