#include "gradus/train/metrics.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace gradus {
namespace {

// Golden values: scikit-learn's precision_recall_fscore_support, log_loss and roc_auc_score on the same six
// rows.
TEST(ClassificationReport, AgreesWithScikitLearn) {
  const std::vector<std::int32_t> labels = {0, 0, 1, 1, 2, 2};
  const std::vector<double> p = {0.7, 0.2, 0.1, 0.3, 0.4, 0.3, 0.1, 0.8, 0.1,
                                 0.2, 0.5, 0.3, 0.1, 0.2, 0.7, 0.6, 0.3, 0.1};
  const ClassificationReport report = classification_report(labels, {p.data(), 6, 3});
  EXPECT_EQ(report.confusion, (std::vector<std::size_t>{1, 1, 0, 0, 2, 0, 1, 0, 1}));
  EXPECT_NEAR(report.accuracy, 4.0 / 6, 1e-15);
  EXPECT_NEAR(report.by_class[0].precision, 0.5, 1e-15);
  EXPECT_NEAR(report.by_class[1].precision, 2.0 / 3, 1e-15);
  EXPECT_NEAR(report.by_class[1].f1, 0.8, 1e-15);
  EXPECT_NEAR(report.by_class[2].recall, 0.5, 1e-15);
  EXPECT_NEAR(report.macro_f1, (0.5 + 0.8 + 2.0 / 3) / 3, 1e-15);
  const double expected =
      -(std::log(0.7) + std::log(0.3) + std::log(0.8) + std::log(0.5) + std::log(0.7) + std::log(0.1)) / 6;
  EXPECT_NEAR(report.log_loss, expected, 1e-14);
}

TEST(RocAuc, CountsPairsInTheRightOrderAndTiesHalf) {
  const std::vector<double> scores = {0.1, 0.4, 0.35, 0.8};
  const std::array<bool, 4> positive = {false, false, true, true};
  EXPECT_DOUBLE_EQ(roc_auc(scores, positive), 0.75);
  const std::vector<double> tied = {0.5, 0.5, 0.5, 0.5};
  EXPECT_DOUBLE_EQ(roc_auc(tied, positive), 0.5);
}

TEST(RocAuc, IsUndefinedForOneClassAndForNaN) {
  const std::array<bool, 2> all = {true, true};
  EXPECT_TRUE(std::isnan(roc_auc(std::vector<double>{0.1, 0.2}, all)));
  const std::array<bool, 2> both = {true, false};
  EXPECT_TRUE(std::isnan(roc_auc(std::vector<double>{std::numeric_limits<double>::quiet_NaN(), 0.2}, both)));
}

TEST(RegressionReport, MeasuresInTheUnitOfY) {
  const RegressionReport report =
      regression_report(std::vector<double>{1, 2, 3, 4}, std::vector<double>{1, 2, 3, 8});
  EXPECT_DOUBLE_EQ(report.mae, 1);
  EXPECT_DOUBLE_EQ(report.rmse, 2);
  EXPECT_DOUBLE_EQ(report.r2, 1 - 16.0 / 5);
}

TEST(RegressionReport, R2OfConstantTruthIsUndefined) {
  // The mean of sixty times 0.1 is not 0.1: it must not be taken for variation.
  EXPECT_TRUE(std::isnan(regression_report(std::vector<double>(60, 0.1), std::vector<double>(60, 0.2)).r2));
}

TEST(Argmax, TakesTheLowestIndexOfATie) {
  EXPECT_EQ(argmax<double>(std::vector<double>{1, 3, 3, 2}), 1u);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(argmax<double>(std::vector<double>{nan, nan}), 0u);
}

}  // namespace
}  // namespace gradus
