// Figures of a network over a part of the data, and its predictions.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "gradus/data/dataset.h"
#include "gradus/nn/propagation.h"
#include "gradus/train/batch_source.h"
#include "gradus/train/score.h"

namespace gradus {

// How figures are taken.
struct EvaluationOptions {
  MetricsOver over = MetricsOver::kSamples;
  std::size_t batch_size = 0;  // matters to the figures only with kBatches; 0: as many as stay in the cache
  bool drop_last = false;      // leave out a last partial batch
};

// Probabilities (rows, classes), also for a binary loss with its one output, or predictions (rows, 1) in the
// target's unit.
struct Predictions {
  std::size_t rows = 0;
  std::size_t cols = 0;
  std::vector<double> values;

  [[nodiscard]] MatrixView<const double> view() const { return {values.data(), rows, cols}; }
};

// One owner; buffers are made once. The data set and the team must outlive it.
template <class T>
class Evaluator {
 public:
  Evaluator(const NetworkSpec& network, const LossSpec& loss, const Dataset& data, const Transform& transform,
            ThreadPool& team, const EvaluationOptions& options = {});
  Evaluator(const Evaluator&) = delete;
  Evaluator& operator=(const Evaluator&) = delete;

  // Loss and accuracy (classification) or R2 (regression, against the part's own mean). Needs targets.
  [[nodiscard]] PartFigures figures(std::span<const T> parameters);
  // Needs no targets.
  [[nodiscard]] Predictions predictions(std::span<const T> parameters, const TargetCoding& target);

 private:
  MatrixView<const T> outputs(std::size_t first, std::size_t count, std::span<const T> parameters);

  const Dataset& data_;
  EvaluationOptions options_;
  BatchSource<T> source_;
  Propagation<T> propagation_;
  LossFunction<T> loss_;
  ThreadPool& team_;
  const ThreadPool::Task task_;
  std::span<const T> parameters_;
  MatrixView<const T> output_;
};

extern template class Evaluator<float>;
extern template class Evaluator<double>;

}  // namespace gradus
