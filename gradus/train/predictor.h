// Predictions for rows in memory, with nothing but a network and its transform.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "gradus/data/transform.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/propagation.h"
#include "gradus/train/input_scales.h"

namespace gradus {

// Columns of the predictions of these outputs: one per class, or one value.
[[nodiscard]] std::size_t prediction_columns(const TargetCoding& target);

// Raw outputs (B, O) as probabilities (B, classes), also for a binary loss with its one output, or as values
// (B, 1) in the target's unit. In double, whatever T.
template <class T>
void finish_predictions(MatrixView<const T> outputs, LossKind loss, const TargetCoding& target,
                        MatrixView<double> predictions);

// Not thread-safe; one owner. No allocation after the constructor.
template <class T>
class Predictor {
 public:
  // parameters must outlive it. A call for at most `max_rows` rows is the fastest; blocks of more than stay in the cache are
  // never computed at once.
  Predictor(const NetworkSpec& network, LossKind loss, const Transform& transform, const TargetCoding& target,
            std::span<const T> parameters, std::size_t max_rows = 256);

  // rows (n, features): numbers as they came, before scaling, in the order of transform.feature_names()
  // without a column of ones. predictions (n, prediction_columns(target)): the bits that the command line gives for
  // pictures and arrays of float (rows of float) and for CSV and arrays of double (rows of double).
  void operator()(MatrixView<const float> rows, MatrixView<double> predictions);
  void operator()(MatrixView<const double> rows, MatrixView<double> predictions);

  // What layer `index` of the network gave for the last block of rows, Propagation::layer_output: one row where one was
  // predicted. For diagnosis.
  [[nodiscard]] MatrixView<const T> layer_output(std::size_t index) const {
    return propagation_.layer_output(index);
  }

 private:
  template <class Stored>
  void predict(MatrixView<const Stored> rows, MatrixView<double> predictions);
  // The rows as the network takes them: themselves, where they need no change.
  template <class Stored>
  MatrixView<const T> inputs_of(MatrixView<const Stored> rows);

  InputScales<T> scales_;
  bool ones_column_;
  LossKind loss_;
  TargetCoding target_;
  std::span<const T> parameters_;
  Propagation<T> propagation_;
  std::size_t max_rows_;
  std::size_t features_;
  std::size_t stride_;
  AlignedBuffer<T> x_;
};

extern template class Predictor<float>;
extern template class Predictor<double>;

}  // namespace gradus
