#include "gradus/train/thread_choice.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <tuple>
#include <vector>

#include "gradus/train/training_step.h"

namespace gradus {

namespace {

using Clock = std::chrono::steady_clock;

// Below this the threads would wait for each other longer than they work (about 20 microseconds of one core).
constexpr double kSmallestSharedFlops = 2.5e6;
// A gain below this may be noise, and is not worth another processor.
constexpr double kWorthwhile = 0.9;
constexpr int kRounds = 9;
constexpr double kRoundSeconds = 0.3e-3;

// Rows of zeros, all of class 0: the arithmetic takes the same time whatever the values.
Dataset made_up_data(std::size_t features, std::size_t rows, bool classification) {
  auto storage = std::make_shared<Features>();
  storage->rows = rows;
  storage->cols = features;
  storage->values.assign(rows * features, 0.0);
  Dataset data;
  data.features = std::move(storage);
  data.rows.resize(rows);
  std::iota(data.rows.begin(), data.rows.end(), 0u);
  if (classification) {
    data.labels.assign(rows, 0);
  } else {
    data.values.assign(rows, 0.0);
  }
  return data;
}

template <class T>
class TimedStep {
 public:
  TimedStep(const NetworkSpec& network, const LossSpec& loss, const OptimizerSpec& optimizer,
            std::size_t batch_size, std::size_t threads)
      : data_(made_up_data(network.inputs, batch_size, is_classification(loss.kind))),
        transform_(pass_through(network.inputs)),
        parameters_(parameter_table(network).block_size),
        team_(threads),
        step_(network, loss, {}, optimizer, data_, transform_, batch_size, parameters_.span(), team_),
        learning_rate_(optimizer.learning_rate) {}

  // Seconds of `steps` steps.
  double run(int steps) {
    const auto begin = Clock::now();
    for (int i = 0; i < steps; ++i) step_.run(data_.rows, learning_rate_);
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }

 private:
  static Transform pass_through(std::size_t features) {
    Transform transform;
    transform.block_features = features;
    return transform;
  }

  Dataset data_;
  Transform transform_;
  AlignedBuffer<T> parameters_;
  ThreadPool team_;
  TrainingStep<T> step_;
  double learning_rate_;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The time of a shared step over that of one alone, the median of pairs taken in turn.
template <class T>
double time_ratio(TimedStep<T>& alone, TimedStep<T>& shared) {
  shared.run(1);
  const int steps = std::clamp(static_cast<int>(kRoundSeconds / alone.run(1)), 1, 100);
  std::vector<double> ratios;
  for (int round = 0; round < kRounds; ++round) ratios.push_back(shared.run(steps) / alone.run(steps));
  return median(ratios);
}

template <class T>
std::size_t measure(const NetworkSpec& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                    std::size_t batch_size) {
  TimedStep<T> alone(network, loss, optimizer, batch_size, 1);
  alone.run(2);
  std::size_t best = 1;
  double best_ratio = kWorthwhile;
  for (std::size_t threads = available_processors(); threads > 1; threads /= 2) {
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
  if (available_processors() == 1 || step_flops(network, batch_size) < kSmallestSharedFlops) return 1;
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
