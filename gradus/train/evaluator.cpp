#include "gradus/train/evaluator.h"

#include <algorithm>

#include "gradus/core/thread_pool.h"
#include "gradus/train/predictor.h"

namespace gradus {

namespace {

// More rows at once cost less time between them, but inputs beyond half a second-level cache are read from further away.
template <class T>
EvaluationOptions with_batch_size(EvaluationOptions options, std::size_t features) {
  constexpr std::size_t kBytes = std::size_t{1} << 19;
  if (options.batch_size == 0)
    options.batch_size = std::clamp<std::size_t>(kBytes / (features * sizeof(T)), 32, 256);
  return options;
}

}  // namespace

template <class T>
Evaluator<T>::Evaluator(const NetworkSpec& network, const LossSpec& loss, const Dataset& data,
                        const Transform& transform, ThreadPool& team, const EvaluationOptions& options)
    : data_(data),
      options_(with_batch_size<T>(options, network.inputs)),
      source_(data, transform, options_.batch_size),
      propagation_(network, options_.batch_size),
      loss_(loss, network.outputs(), options_.batch_size),
      team_(team),
      task_([this](const TeamMember& member) {
        source_.fill(member);
        if (member.index() == 0) propagation_.start(source_.x());
        member.meet();
        const MatrixView<const T> output = propagation_.forward(parameters_, member);
        if (member.index() == 0) output_ = output;
      }) {}

// The raw outputs for the samples first, first + 1, ...
template <class T>
MatrixView<const T> Evaluator<T>::outputs(std::size_t first, std::size_t count,
                                          std::span<const T> parameters) {
  source_.start(first, count);
  parameters_ = parameters;
  team_.run(task_);
  return output_;
}

template <class T>
PartFigures Evaluator<T>::figures(std::span<const T> parameters) {
  const FloatingPointScope rounding;
  FigureSum sum(loss_.spec().kind, options_.over);
  RowSweep sweep(data_.features->window(), data_.features->row_bytes());
  for (std::size_t first = 0; first < data_.size(); first += options_.batch_size) {
    const std::size_t count = std::min(options_.batch_size, data_.size() - first);
    if (options_.drop_last && count < options_.batch_size && first > 0) break;  // a small part is one batch
    sweep.reach(data_.rows[first]);
    const MatrixView<const T> output = outputs(first, count, parameters);
    const Targets<T> targets = source_.targets();
    (void)loss_(output, targets, {});
    sum.add(output, targets, loss_.terms(), loss_.total_weight(), loss_.mean());
  }
  return sum.figures(!data_.labels.empty());
}

template <class T>
Predictions Evaluator<T>::predictions(std::span<const T> parameters, const TargetCoding& target) {
  const FloatingPointScope rounding;
  Predictions result;
  result.rows = data_.size();
  result.cols = prediction_columns(target);
  result.values.resize(result.rows * result.cols);
  RowSweep sweep(data_.features->window(), data_.features->row_bytes());
  for (std::size_t first = 0; first < data_.size(); first += options_.batch_size) {
    const std::size_t count = std::min(options_.batch_size, data_.size() - first);
    sweep.reach(data_.rows[first]);
    finish_predictions<T>(outputs(first, count, parameters), loss_.spec().kind, target,
                          {result.values.data() + first * result.cols, count, result.cols});
  }
  return result;
}

template class Evaluator<float>;
template class Evaluator<double>;

}  // namespace gradus
