#include "gradus/train/timed_step.h"

#include <chrono>
#include <memory>
#include <numeric>
#include <utility>

#include "gradus/nn/initializer.h"

namespace gradus {

namespace {

// A few batches, so that each step reads other rows.
constexpr std::size_t kBatches = 4;

Dataset made_up_data(const NetworkSpec& network, const LossSpec& loss, std::size_t rows) {
  Pcg64 random(1);
  auto block = std::make_shared<FeatureBlock>();
  block->cols = network.inputs;
  std::vector<std::uint8_t> bytes(rows * network.inputs);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next_uint64() >> 56);
  block->values = std::move(bytes);
  auto features = std::make_shared<Features>();
  features->rows = rows;
  features->cols = network.inputs;
  features->block = std::move(block);

  Dataset data;
  data.features = std::move(features);
  data.rows.resize(rows);
  std::iota(data.rows.begin(), data.rows.end(), 0u);
  for (std::size_t row = 0; row < rows; ++row) {
    const double value = random.uniform();
    const auto classes = static_cast<double>(is_binary(loss.kind) ? 2 : network.outputs());
    if (is_classification(loss.kind)) {
      data.labels.push_back(static_cast<std::int32_t>(value * classes));
    } else {
      data.values.push_back(value);
    }
  }
  return data;
}

Transform bytes_to_unit(std::size_t features) {
  Transform transform;
  transform.block_features = features;
  transform.shift = {0};
  transform.scale = {255};
  return transform;
}

template <class T>
AlignedBuffer<T> initial_parameters(const NetworkSpec& network) {
  const ParameterTable table = parameter_table(network);
  AlignedBuffer<T> parameters(table.block_size);
  Generator random(GeneratorKind::kPcg64, 2);
  initialize<T>(initializer_from_name("glorot_uniform"), table, parameters.span(), random);
  return parameters;
}

}  // namespace

template <class T>
TimedStep<T>::TimedStep(const NetworkSpec& network, const LossSpec& loss, const OptimizerSpec& optimizer,
                        std::size_t batch_size, std::size_t threads)
    : data_(made_up_data(network, loss, kBatches * batch_size)),
      transform_(bytes_to_unit(network.inputs)),
      parameters_(initial_parameters<T>(network)),
      team_(threads),
      step_(network, loss, {}, optimizer, data_, transform_, batch_size, parameters_.span(), team_),
      order_(data_.rows),
      batch_size_(batch_size),
      learning_rate_(optimizer.learning_rate) {}

template <class T>
double TimedStep<T>::run(std::size_t steps) {
  const auto batch = [&](std::size_t step) {
    return std::span<const std::uint32_t>(order_).subspan(step % kBatches * batch_size_, batch_size_);
  };
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t step = 0; step < steps; ++step) step_.run(batch(step), learning_rate_, batch(step + 1));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

template class TimedStep<float>;
template class TimedStep<double>;

}  // namespace gradus
