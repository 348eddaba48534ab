// The running score of a part: right answers of a classification, squared errors of a regression.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "gradus/core/matrix.h"
#include "gradus/core/sum.h"
#include "gradus/kernels/math.h"
#include "gradus/nn/loss.h"
#include "gradus/train/events.h"
#include "gradus/train/metrics.h"

namespace gradus {

// Figures are means over samples, or means of the means of batches (report 002's printed figures).
enum class MetricsOver { kSamples, kBatches };

// Predicted class of one row of raw outputs: the lowest index of the largest; with one output 1 where p > 0.5
// (logit > 0).
template <class T>
[[nodiscard]] std::int32_t predicted_class(std::span<const T> output, LossKind loss) {
  if (output.size() > 1) return static_cast<std::int32_t>(argmax(output));
  const T threshold = prediction_activation(loss) == Activation::kIdentity ? T{0.5} : T{0};
  return output[0] > threshold ? 1 : 0;
}

// Gathers losses and scores batch by batch. One owner.
class FigureSum {
 public:
  FigureSum(LossKind loss, MetricsOver over) : loss_(loss), over_(over) {}

  // After the loss function has looked at the batch. `batch_loss` is its mean over the samples.
  template <class T>
  void add(MatrixView<const T> output, const Targets<T>& targets, std::span<const double> terms,
           double total_weight, double batch_loss) {
    const auto rows = static_cast<double>(output.rows);
    std::size_t right = 0;
    for (std::size_t b = 0; b < output.rows; ++b) {
      if (!targets.labels.empty()) {
        right += predicted_class<T>(output.row(b), loss_) == targets.labels[b] ? 1 : 0;
      } else {
        const double y = static_cast<double>(targets.values(b, 0));
        const auto raw = static_cast<double>(output(b, 0));
        const double error = y - (loss_ == LossKind::kPoisson ? math::exp(raw) : raw);
        squared_error_.add(error * error);
        y_.add(y);
        y_squared_.add(y * y);
        lowest_y_ = std::min(lowest_y_, y);
        highest_y_ = std::max(highest_y_, y);
      }
    }
    const auto hits = static_cast<double>(right);
    if (over_ == MetricsOver::kSamples) {
      for (const double term : terms) losses_.add(term);
      weight_ += total_weight;
      score_ += hits;
      rows_ += rows;
    } else {
      batch_losses_ += batch_loss;
      weight_ += 1;
      score_ += hits / rows;
      rows_ += 1;
    }
    samples_ += rows;
  }

  [[nodiscard]] PartFigures figures(bool classification) const {
    PartFigures result;
    const double loss = over_ == MetricsOver::kSamples ? losses_.total() : batch_losses_;
    result.loss = weight_ == 0 ? 0 : loss / weight_;  // all samples may have weight 0
    if (classification) {
      result.score = score_ / rows_;
    } else {
      const double mean = y_.total() / samples_;
      const double around_mean = y_squared_.total() - samples_ * mean * mean;
      result.score = lowest_y_ < highest_y_ ? 1 - squared_error_.total() / around_mean
                                            : std::numeric_limits<double>::quiet_NaN();
    }
    return result;
  }

  // The sums, of one with the same settings.
  template <class Archive>
  void transfer(Archive& archive) {
    archive(losses_, batch_losses_, weight_, score_, rows_, samples_, squared_error_, y_, y_squared_,
            lowest_y_, highest_y_);
  }

 private:
  LossKind loss_;
  MetricsOver over_;
  NumpySum losses_;
  double batch_losses_ = 0;  // in order, as report 002 adds them
  double weight_ = 0;
  double score_ = 0;
  double rows_ = 0;
  double samples_ = 0;
  NumpySum squared_error_;
  NumpySum y_;
  NumpySum y_squared_;
  double lowest_y_ = std::numeric_limits<double>::infinity();
  double highest_y_ = -std::numeric_limits<double>::infinity();
};

}  // namespace gradus
