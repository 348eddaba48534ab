// The oracle of normalization, dropout and max-norm, a part of reference.cpp: plain loops, sums in double.
#pragma once

#include <cmath>

#include "gradus/kernels/layer_kernels.h"

namespace gradus::reference {

inline double inverse_deviation(double variance) {
  return 1 / std::sqrt(variance + kNormalizationEpsilon);
}

template <class T>
void column_moments(MatrixView<const T> x, T* mean, T* variance, ColumnRange columns) {
  const auto rows = static_cast<double>(x.rows);
  for (std::size_t c = columns.begin; c < columns.end; ++c) {
    double sum = 0;
    for (std::size_t b = 0; b < x.rows; ++b) sum += x(b, c);
    double squares = 0;
    for (std::size_t b = 0; b < x.rows; ++b) squares += (x(b, c) - sum / rows) * (x(b, c) - sum / rows);
    mean[c] = static_cast<T>(sum / rows);
    variance[c] = static_cast<T>(squares / rows);
  }
}

template <class T>
void column_sums(MatrixView<const T> x, T* sums, ColumnRange columns) {
  for (std::size_t c = columns.begin; c < columns.end; ++c) {
    double sum = 0;
    for (std::size_t b = 0; b < x.rows; ++b) sum += x(b, c);
    sums[c] = static_cast<T>(sum);
  }
}

template <class T>
void column_squares(MatrixView<const T> x, const T* center, T* squares, ColumnRange columns) {
  for (std::size_t c = columns.begin; c < columns.end; ++c) {
    double sum = 0;
    for (std::size_t b = 0; b < x.rows; ++b) {
      const double difference = static_cast<double>(x(b, c)) - center[c];
      sum += difference * difference;
    }
    squares[c] = static_cast<T>(sum);
  }
}

template <class T>
void batch_norm_forward(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                        const T* beta, MatrixView<T> y, ColumnRange columns) {
  for (std::size_t b = 0; b < x.rows; ++b) {
    for (std::size_t c = columns.begin; c < columns.end; ++c) {
      const double normalized = (static_cast<double>(x(b, c)) - mean[c]) * inverse_deviation(variance[c]);
      y(b, c) = static_cast<T>(gamma[c] * normalized + beta[c]);
    }
  }
}

template <class T>
void batch_norm_backward(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                         MatrixView<const T> dy, T* dgamma, T* dbeta, MatrixView<T> dx, ColumnRange columns) {
  const auto rows = static_cast<double>(x.rows);
  for (std::size_t c = columns.begin; c < columns.end; ++c) {
    const double inverse = inverse_deviation(variance[c]);
    const auto normalized = [&](std::size_t b) { return (static_cast<double>(x(b, c)) - mean[c]) * inverse; };
    double sum = 0;
    double products = 0;
    for (std::size_t b = 0; b < x.rows; ++b) {
      sum += dy(b, c);
      products += dy(b, c) * normalized(b);
    }
    for (std::size_t b = 0; b < x.rows; ++b) {
      dx(b, c) =
          static_cast<T>(gamma[c] * inverse * (dy(b, c) - sum / rows - normalized(b) * products / rows));
    }
    dbeta[c] = static_cast<T>(sum);
    dgamma[c] = static_cast<T>(products);
  }
}

template <class T>
void batch_norm_parameter_gradient(MatrixView<const T> x, const T* mean, const T* variance,
                                   MatrixView<const T> dy, T* dgamma, T* dbeta, ColumnRange columns) {
  for (std::size_t c = columns.begin; c < columns.end; ++c) {
    const double inverse = inverse_deviation(variance[c]);
    double sum = 0;
    double products = 0;
    for (std::size_t b = 0; b < x.rows; ++b) {
      sum += dy(b, c);
      products += dy(b, c) * ((static_cast<double>(x(b, c)) - mean[c]) * inverse);
    }
    dbeta[c] = static_cast<T>(sum);
    dgamma[c] = static_cast<T>(products);
  }
}

template <class T>
void batch_norm_input_gradient(MatrixView<const T> x, const T* mean, const T* variance, const T* gamma,
                               const T* dgamma, const T* dbeta, std::size_t batch_rows,
                               MatrixView<const T> dy, MatrixView<T> dx, ColumnRange columns) {
  const auto rows = static_cast<double>(batch_rows);
  for (std::size_t c = columns.begin; c < columns.end; ++c) {
    const double inverse = inverse_deviation(variance[c]);
    for (std::size_t b = 0; b < x.rows; ++b) {
      const double normalized = (static_cast<double>(x(b, c)) - mean[c]) * inverse;
      dx(b, c) =
          static_cast<T>(gamma[c] * inverse * (dy(b, c) - dbeta[c] / rows - normalized * dgamma[c] / rows));
    }
  }
}

template <class T>
void layer_norm_forward(MatrixView<const T> x, const T* gamma, const T* beta, T* mean, T* inverse,
                        MatrixView<T> y, RowRange rows) {
  const auto width = static_cast<double>(x.cols);
  for (std::size_t b = rows.begin; b < rows.end; ++b) {
    double sum = 0;
    for (std::size_t c = 0; c < x.cols; ++c) sum += x(b, c);
    const double center = sum / width;
    double squares = 0;
    for (std::size_t c = 0; c < x.cols; ++c) squares += (x(b, c) - center) * (x(b, c) - center);
    const double factor = inverse_deviation(squares / width);
    mean[b] = static_cast<T>(center);
    inverse[b] = static_cast<T>(factor);
    for (std::size_t c = 0; c < x.cols; ++c) {
      y(b, c) = static_cast<T>(gamma[c] * (x(b, c) - center) * factor + beta[c]);
    }
  }
}

template <class T>
void layer_norm_backward(MatrixView<const T> x, const T* mean, const T* inverse, const T* gamma,
                         MatrixView<const T> dy, MatrixView<T> dx, RowRange rows) {
  const auto width = static_cast<double>(x.cols);
  for (std::size_t b = rows.begin; b < rows.end; ++b) {
    const auto slope = [&](std::size_t c) { return static_cast<double>(gamma[c]) * dy(b, c); };
    const auto normalized = [&](std::size_t c) {
      return (static_cast<double>(x(b, c)) - mean[b]) * inverse[b];
    };
    double sum = 0;
    double products = 0;
    for (std::size_t c = 0; c < x.cols; ++c) {
      sum += slope(c);
      products += slope(c) * normalized(c);
    }
    for (std::size_t c = 0; c < x.cols; ++c) {
      dx(b, c) = static_cast<T>(inverse[b] * (slope(c) - sum / width - normalized(c) * products / width));
    }
  }
}

template <class T>
void layer_norm_parameter_gradient(MatrixView<const T> x, const T* mean, const T* inverse,
                                   MatrixView<const T> dy, T* dgamma, T* dbeta, ColumnRange columns) {
  for (std::size_t c = columns.begin; c < columns.end; ++c) {
    double sum = 0;
    double products = 0;
    for (std::size_t b = 0; b < x.rows; ++b) {
      sum += dy(b, c);
      products += dy(b, c) * (static_cast<double>(x(b, c)) - mean[b]) * inverse[b];
    }
    dbeta[c] = static_cast<T>(sum);
    dgamma[c] = static_cast<T>(products);
  }
}

template <class T>
void dropout_layer(MatrixView<const T> x, const DropoutMask& mask, T scale, MatrixView<T> y,
                   ColumnRange columns) {
  for (std::size_t b = 0; b < x.rows; ++b) {
    for (std::size_t c = columns.begin; c < columns.end; ++c) {
      const bool dropped = dropout::drops(mask, b, static_cast<std::uint32_t>(c));
      y(b, c) = dropped ? T(0) : x(b, c) * scale;
    }
  }
}

template <class T>
void limit_column_norms(MatrixView<T> w, double limit, ColumnRange columns) {
  for (std::size_t c = columns.begin; c < columns.end; ++c) {
    double squares = 0;
    for (std::size_t k = 0; k < w.rows; ++k) squares += static_cast<double>(w(k, c)) * w(k, c);
    const double norm = std::sqrt(squares);
    if (!(norm > limit) || !std::isfinite(norm)) continue;
    for (std::size_t k = 0; k < w.rows; ++k) w(k, c) = static_cast<T>(w(k, c) * (limit / norm));
  }
}

template <class T>
constexpr LayerKernels<T> make_layer_kernels() {
  return {&column_moments<T>,
          &batch_norm_forward<T>,
          &batch_norm_backward<T>,
          &layer_norm_forward<T>,
          &layer_norm_backward<T>,
          &layer_norm_parameter_gradient<T>,
          &dropout_layer<T>,
          &limit_column_norms<T>,
          &column_sums<T>,
          &column_squares<T>,
          &batch_norm_parameter_gradient<T>,
          &batch_norm_input_gradient<T>};
}

}  // namespace gradus::reference
