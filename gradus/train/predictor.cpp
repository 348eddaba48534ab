#include "gradus/train/predictor.h"

#include <algorithm>
#include <type_traits>

#include "gradus/core/error.h"
#include "gradus/core/thread_pool.h"

namespace gradus {

namespace {
constexpr std::size_t kMostRows = 128;  // whose inputs and hidden units stay in the cache
}

std::size_t prediction_columns(const TargetCoding& target) {
  return target.task == Task::kRegression ? 1 : target.classes.size();
}

template <class T>
void finish_predictions(MatrixView<const T> outputs, LossKind loss, const TargetCoding& target,
                        MatrixView<double> predictions) {
  const Activation link = prediction_activation(loss);
  const KernelSet<double>& set = kernels<double>();
  // One output of two classes is the probability of the second.
  const bool complement = target.task == Task::kClassification && outputs.cols == 1;
  MatrixView<double> raw = predictions;
  raw.cols = outputs.cols;
  if (complement) ++raw.data;
  for (std::size_t b = 0; b < outputs.rows; ++b) std::ranges::copy(outputs.row(b), raw.row(b).begin());
  if (link == Activation::kSoftmax) {
    set.softmax_forward(raw, raw);
  } else if (link != Activation::kIdentity) {
    set.activation_forward(link, raw, raw);
  }
  for (std::size_t b = 0; b < outputs.rows; ++b) {
    if (target.task == Task::kRegression) {
      predictions(b, 0) = target.in_unit(predictions(b, 0));
    } else if (complement) {
      predictions(b, 0) = 1 - predictions(b, 1);
    }
  }
}

template <class T>
Predictor<T>::Predictor(const NetworkSpec& network, LossKind loss, const Transform& transform,
                        const TargetCoding& target, std::span<const T> parameters, std::size_t max_rows)
    : scales_(transform, transform.features() - (transform.ones_column ? 1 : 0)),
      ones_column_(transform.ones_column),
      loss_(loss),
      target_(target),
      parameters_(parameters),
      propagation_(network, std::min(max_rows, kMostRows)),
      max_rows_(std::min(max_rows, kMostRows)),
      features_(transform.features() - (transform.ones_column ? 1 : 0)),
      stride_(padded_row<T>(transform.features())),
      x_(max_rows_ * stride_) {}

template <class T>
void Predictor<T>::operator()(MatrixView<const float> rows, MatrixView<double> predictions) {
  predict(rows, predictions);
}

template <class T>
void Predictor<T>::operator()(MatrixView<const double> rows, MatrixView<double> predictions) {
  predict(rows, predictions);
}

template <class T>
template <class Stored>
void Predictor<T>::predict(MatrixView<const Stored> rows, MatrixView<double> predictions) {
  const FloatingPointScope rounding;
  GRADUS_ASSERT(rows.cols == features_ && predictions.cols == prediction_columns(target_) &&
                    predictions.rows == rows.rows,
                rows.cols, features_, predictions.cols, predictions.rows);
  for (std::size_t first = 0; first < rows.rows; first += max_rows_) {
    const MatrixView<const Stored> block(rows.data + first * rows.stride,
                                         std::min(max_rows_, rows.rows - first), rows.cols, rows.stride);
    const auto outputs = propagation_.forward(parameters_, inputs_of(block));
    finish_predictions<T>(
        outputs, loss_, target_,
        {predictions.data + first * predictions.stride, block.rows, predictions.cols, predictions.stride});
  }
}

template <class T>
template <class Stored>
MatrixView<const T> Predictor<T>::inputs_of(MatrixView<const Stored> rows) {
  const InputScaling<T> scaling = scales_.view();
  if constexpr (std::is_same_v<T, Stored>) {
    if (scaling.factor == nullptr && !ones_column_) return rows;
  }
  for (std::size_t b = 0; b < rows.rows; ++b) {
    T* to = x_.data() + b * stride_;
    if constexpr (std::is_same_v<Stored, float>) {
      kernels<T>().scale_floats(rows.row(b).data(), scaling, to, features_);
    } else {
      kernels<T>().scale_doubles(rows.row(b).data(), scaling, to, features_);
    }
    if (ones_column_) to[features_] = T{1};
  }
  return {x_.data(), rows.rows, features_ + (ones_column_ ? 1 : 0), stride_};
}

template void finish_predictions(MatrixView<const float>, LossKind, const TargetCoding&, MatrixView<double>);
template void finish_predictions(MatrixView<const double>, LossKind, const TargetCoding&, MatrixView<double>);
template class Predictor<float>;
template class Predictor<double>;

}  // namespace gradus
