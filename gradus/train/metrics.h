// How good predictions are. Counts and probabilities in, figures out; sums in double in NumPy's order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gradus/core/matrix.h"

namespace gradus {

struct ClassFigures {
  double precision = 0;  // 0 where nothing was predicted as this class
  double recall = 0;     // 0 where the class does not occur
  double f1 = 0;
  std::size_t support = 0;  // rows of this class
};

struct ClassificationReport {
  std::size_t rows = 0;
  std::size_t classes = 0;
  std::vector<std::size_t> confusion;  // (classes, classes): true class by row, predicted by column
  std::vector<ClassFigures> by_class;
  double accuracy = 0;
  double macro_f1 = 0;
  double log_loss = 0;  // mean -ln p of the true class, p held within [1e-15, 1 - 1e-15]
  double roc_auc =
      0;  // of class 1 with two classes, else the mean over classes one against the rest; NaN where undefined
};

struct RegressionReport {
  std::size_t rows = 0;
  double r2 = 0;  // 1 - sum (y - p)^2 / sum (y - mean y)^2; NaN for constant y
  double mae = 0;
  double rmse = 0;
};

// probabilities (n, classes); labels in [0, classes). The predicted class is the lowest index of the largest
// probability.
[[nodiscard]] ClassificationReport classification_report(std::span<const std::int32_t> labels,
                                                         MatrixView<const double> probabilities);

[[nodiscard]] RegressionReport regression_report(std::span<const double> y,
                                                 std::span<const double> predictions);

// Area under the receiver operating characteristic by ranks (Mann-Whitney), ties counted half. NaN with one
// class only.
[[nodiscard]] double roc_auc(std::span<const double> scores, std::span<const bool> positive);

// The lowest index of the largest value; 0 for an empty row and where the first value is NaN.
template <class T>
[[nodiscard]] std::size_t argmax(std::span<const T> values) {
  if (values.empty()) return 0;
  std::size_t best = 0;
  T largest = values[0];
  for (std::size_t k = 1; k < values.size(); ++k) {
    const bool larger = values[k] > largest;  // no branch: it would often be guessed wrong
    best = larger ? k : best;
    largest = larger ? values[k] : largest;
  }
  return best;
}

}  // namespace gradus
