#include "gradus/train/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "gradus/core/error.h"
#include "gradus/core/sum.h"
#include "gradus/kernels/math.h"

namespace gradus {

namespace {

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

void fill_by_class(ClassificationReport& report) {
  const std::size_t k = report.classes;
  double f1_sum = 0;
  for (std::size_t c = 0; c < k; ++c) {
    std::size_t predicted = 0;
    ClassFigures figures;
    for (std::size_t other = 0; other < k; ++other) {
      figures.support += report.confusion[c * k + other];
      predicted += report.confusion[other * k + c];
    }
    const std::size_t hits = report.confusion[c * k + c];
    figures.precision = ratio(hits, predicted);
    figures.recall = ratio(hits, figures.support);
    const double sum = figures.precision + figures.recall;
    figures.f1 = sum == 0 ? 0 : 2 * figures.precision * figures.recall / sum;
    f1_sum += figures.f1;
    report.by_class.push_back(figures);
  }
  report.macro_f1 = f1_sum / static_cast<double>(k);
}

double mean_auc(std::span<const std::int32_t> labels, MatrixView<const double> probabilities) {
  const std::size_t n = labels.size();
  const auto positive = std::make_unique<bool[]>(n);
  std::vector<double> scores(n);
  double sum = 0;
  std::size_t defined = 0;
  for (std::size_t c = probabilities.cols == 2 ? 1 : 0; c < probabilities.cols; ++c) {
    for (std::size_t i = 0; i < n; ++i) {
      positive[i] = labels[i] == static_cast<std::int32_t>(c);
      scores[i] = probabilities(i, c);
    }
    const double auc = roc_auc(scores, {positive.get(), n});
    if (std::isnan(auc)) continue;
    sum += auc;
    ++defined;
  }
  return defined == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(defined);
}

}  // namespace

double roc_auc(std::span<const double> scores, std::span<const bool> positive) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return scores[i]; });
  double rank_sum = 0;
  std::size_t positives = 0;
  for (std::size_t start = 0; start < order.size();) {
    std::size_t end = start;
    std::size_t hits = 0;
    for (; end < order.size() && scores[order[end]] == scores[order[start]]; ++end)
      hits += positive[order[end]] ? 1 : 0;
    if (end == start) return std::numeric_limits<double>::quiet_NaN();  // a NaN score
    rank_sum += static_cast<double>(hits) *
                (static_cast<double>(start + end + 1) / 2);  // mean rank of the tie, from 1
    positives += hits;
    start = end;
  }
  const auto p = static_cast<double>(positives);
  const auto q = static_cast<double>(scores.size() - positives);
  if (p == 0 || q == 0) return std::numeric_limits<double>::quiet_NaN();
  return (rank_sum - p * (p + 1) / 2) / (p * q);
}

ClassificationReport classification_report(std::span<const std::int32_t> labels,
                                           MatrixView<const double> probabilities) {
  GRADUS_ASSERT(labels.size() == probabilities.rows, labels.size(), probabilities.rows);
  ClassificationReport report;
  report.rows = labels.size();
  report.classes = probabilities.cols;
  report.confusion.assign(report.classes * report.classes, 0);
  NumpySum log_loss;
  std::size_t hits = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto label = static_cast<std::size_t>(labels[i]);
    const std::size_t predicted = argmax<double>(probabilities.row(i));
    ++report.confusion[label * report.classes + predicted];
    hits += predicted == label ? 1 : 0;
    log_loss.add(-math::log(std::clamp(probabilities(i, label), 1e-15, 1 - 1e-15)));
  }
  report.accuracy = ratio(hits, report.rows);
  report.log_loss = report.rows == 0 ? 0 : log_loss.total() / static_cast<double>(report.rows);
  report.roc_auc = mean_auc(labels, probabilities);
  fill_by_class(report);
  return report;
}

RegressionReport regression_report(std::span<const double> y, std::span<const double> predictions) {
  GRADUS_ASSERT(y.size() == predictions.size(), y.size(), predictions.size());
  RegressionReport report;
  report.rows = y.size();
  if (y.empty()) return report;
  const auto n = static_cast<double>(y.size());
  const double mean = numpy_sum(y) / n;
  NumpySum absolute;
  NumpySum squared;
  NumpySum around_mean;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double error = y[i] - predictions[i];
    absolute.add(std::abs(error));
    squared.add(error * error);
    around_mean.add((y[i] - mean) * (y[i] - mean));
  }
  report.mae = absolute.total() / n;
  report.rmse = std::sqrt(squared.total() / n);
  const auto [low, high] = std::ranges::minmax(y);  // the mean of equal values may be off by a rounding
  report.r2 =
      low < high ? 1 - squared.total() / around_mean.total() : std::numeric_limits<double>::quiet_NaN();
  return report;
}

}  // namespace gradus
