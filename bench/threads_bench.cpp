// Does `--threads auto` ever hurt? Sixty shapes, from 4 to 4,096 units and batches from 1 to 1,024, each stepped
// alone and with the threads that auto picks when all processors are offered, thirty pairs in turn. A ratio above
// 1 is a loss.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "gradus/core/thread_pool.h"
#include "gradus/train/thread_choice.h"
#include "gradus/train/timed_step.h"

namespace gradus {
namespace {

constexpr std::size_t kWidths[] = {4, 16, 64, 256, 1024, 4096};
constexpr std::size_t kBatches[] = {1, 2, 8, 16, 32, 64, 128, 256, 512, 1024};
constexpr int kPairs = 30;
constexpr double kPieceSeconds = 1e-3;

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

// The median ratio of a shape.
double bench(std::size_t width, std::size_t batch) {
  const NetworkSpec network = multilayer_perceptron(width, {width}, 10, Activation::kSigmoid);
  const OptimizerSpec optimizer = default_optimizer(UpdateRule::kMomentum);
  const std::size_t threads = choose_threads<float>(network, LossSpec(), optimizer, batch);
  TimedStep<float> alone(network, LossSpec(), optimizer, batch, 1);
  TimedStep<float> offered(network, LossSpec(), optimizer, batch, threads);
  const double once = alone.run(2) / 2;
  const auto steps = static_cast<std::size_t>(std::clamp(kPieceSeconds / once, 1.0, 1000.0));
  std::vector<double> ratios;
  offered.run(1);
  for (int pair = 0; pair < kPairs; ++pair) {
    // Whoever goes first alternates too.
    const double first = pair % 2 == 0 ? alone.run(steps) : offered.run(steps);
    const double second = pair % 2 == 0 ? offered.run(steps) : alone.run(steps);
    ratios.push_back(pair % 2 == 0 ? second / first : first / second);
  }
  const double median = quantile(ratios, 0.5);
  std::printf("%6zu %6zu %12.2f %8zu %8.3f   %.3f .. %.3f\n", width, batch, once * 1e6, threads, median,
              quantile(ratios, 0.25), quantile(ratios, 0.75));
  std::fflush(stdout);
  return median;
}

}  // namespace
}  // namespace gradus

int main() {
  const gradus::FloatingPointScope rounding;
  std::printf("%zu processors\n width  batch    us a step  threads    ratio   quartiles\n",
              gradus::available_processors());
  double worst = 0;
  for (const std::size_t width : gradus::kWidths) {
    for (const std::size_t batch : gradus::kBatches) worst = std::max(worst, gradus::bench(width, batch));
  }
  std::printf("worst ratio %.3f\n", worst);
  return 0;
}
