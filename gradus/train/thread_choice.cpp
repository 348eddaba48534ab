#include "gradus/train/thread_choice.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "gradus/train/timed_step.h"

namespace gradus {

namespace {

// Below this the threads would wait for each other longer than they work (about 20 microseconds of one core).
constexpr double kSmallestSharedFlops = 2.5e6;
// Above this (some 2 milliseconds) sharing pays wherever there is a second processor, and timing it would be
// felt.
constexpr double kSurelySharedFlops = 2e8;
// A gain below this may be noise, and is not worth another processor.
constexpr double kWorthwhile = 0.9;
constexpr int kRounds = 9;
constexpr double kRoundSeconds = 0.3e-3;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The time of a shared step over that of one alone, the median of pairs taken in turn.
template <class T>
double time_ratio(TimedStep<T>& alone, TimedStep<T>& shared) {
  shared.run(1);
  const auto steps = static_cast<std::size_t>(std::clamp(kRoundSeconds / alone.run(1), 1.0, 100.0));
  std::vector<double> ratios;
  for (int round = 0; round < kRounds; ++round) ratios.push_back(shared.run(steps) / alone.run(steps));
  return median(ratios);
}

// The threads that find columns of their own in the widest layer.
std::size_t most_threads(const NetworkSpec& network) {
  constexpr std::size_t kColumns = kAlignment / sizeof(float);
  std::size_t widest = network.inputs;
  for (const LayerSpec& layer : network.layers) widest = std::max(widest, layer.outputs);
  return std::min(available_processors(), std::max<std::size_t>(1, widest / kColumns));
}

template <class T>
std::size_t measure(const NetworkSpec& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                    std::size_t batch_size) {
  TimedStep<T> alone(network, loss, optimizer, batch_size, 1);
  alone.run(2);
  std::size_t best = 1;
  double best_ratio = kWorthwhile;
  for (std::size_t threads = most_threads(network); threads > 1; threads /= 2) {
    TimedStep<T> shared(network, loss, optimizer, batch_size, threads);
    const double ratio = time_ratio(alone, shared);
    if (ratio < best_ratio) {
      best = threads;
      best_ratio = ratio * kWorthwhile;  // fewer threads must be better by as much again
    }
  }
  return best;
}

}  // namespace

double step_flops(const NetworkSpec& network, std::size_t batch_size) {
  double multiply_adds = 0;
  std::size_t width = network.inputs;
  bool first = true;
  for (const LayerSpec& layer : network.layers) {
    if (layer.kind != LayerKind::kDense) continue;
    // Forward, the gradient of the weights and, but for the first layer, of the inputs.
    multiply_adds += (first ? 2.0 : 3.0) * static_cast<double>(width) * static_cast<double>(layer.outputs);
    width = layer.outputs;
    first = false;
  }
  return 2 * multiply_adds * static_cast<double>(batch_size);
}

template <class T>
std::size_t choose_threads(const NetworkSpec& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                           std::size_t batch_size) {
  const double flops = step_flops(network, batch_size);
  if (flops < kSmallestSharedFlops || available_processors() == 1) return 1;
  if (flops > kSurelySharedFlops) return most_threads(network);
  using Key = std::tuple<std::vector<std::size_t>, std::size_t, UpdateRule>;
  static std::mutex mutex;
  static std::map<Key, std::size_t> known;
  Key key{{network.inputs}, batch_size, optimizer.rule};
  for (const LayerSpec& layer : network.layers) {
    std::get<0>(key).push_back(static_cast<std::size_t>(layer.kind) << 8 |
                               static_cast<std::size_t>(layer.activation));
    std::get<0>(key).push_back(layer.outputs);
  }
  const std::lock_guard lock(mutex);
  const auto found = known.find(key);
  if (found != known.end()) return found->second;
  return known[key] = measure<T>(network, loss, optimizer, batch_size);
}

template std::size_t choose_threads<float>(const NetworkSpec&, const LossSpec&, const OptimizerSpec&,
                                           std::size_t);
template std::size_t choose_threads<double>(const NetworkSpec&, const LossSpec&, const OptimizerSpec&,
                                            std::size_t);

}  // namespace gradus
