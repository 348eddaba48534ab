// The nine training runs of report 002 (Radboud NWI-IMC070, assignment 1): every legible printed cell, and
// the independent re-run in full precision.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <string>

#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

constexpr double kLossBound = 1e-9;

using Cells = std::vector<std::vector<std::string>>;  // rows of one run: run, epoch, train loss, train
                                                      // accuracy, test loss, ...

Cells rows_of(const std::filesystem::path& path, const std::string& run) {
  Cells cells;
  for (auto& row : test::read_csv_rows(path)) {
    if (row[0] == run) cells.push_back(std::move(row));
  }
  return cells;
}

std::string four_decimals(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

TrainingResult run(const std::string& name) {
  RunConfig config;
  read_toml(test::source_path("studies/radboud/" + name + ".toml"), config);
  Experiment experiment = set_up(config, {});
  Observer nobody;
  return train(experiment.plan, experiment.data, experiment.streams, nobody);
}

std::array<double, 4> figures(const EpochEvent& epoch) {
  return {epoch.train.loss, epoch.train.score, epoch.test.value().loss, epoch.test.value().score};
}

class Radboud : public testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(Radboud, EveryLegibleCellAndEveryLoss) {
  const auto& [name, legible] = GetParam();
  GRADUS_REQUIRE_FILE(reference_path, shared_path, "expected/radboud_reference.csv");
  const Cells printed = rows_of(test::source_path("studies/radboud/printed.csv"), name);
  const Cells reference = rows_of(reference_path, name);
  const TrainingResult result = run(name);
  ASSERT_EQ(result.history.epochs.size(), reference.size());
  ASSERT_EQ(printed.size(), reference.size());
  int equal = 0;
  for (std::size_t e = 0; e < reference.size(); ++e) {
    const std::array<double, 4> ours = figures(result.history.epochs[e]);
    for (std::size_t k = 0; k < ours.size(); ++k) {
      const double theirs = std::strtod(reference[e][k + 2].c_str(), nullptr);
      EXPECT_NEAR(ours[k], theirs, kLossBound) << name << " epoch " << e << " column " << k;
      const std::string& cell = printed[e][k + 2];
      if (cell.empty()) continue;
      EXPECT_EQ(four_decimals(ours[k]), cell) << name << " epoch " << e << " column " << k;
      equal += four_decimals(ours[k]) == cell ? 1 : 0;
    }
  }
  EXPECT_EQ(equal, legible);
}

INSTANTIATE_TEST_SUITE_P(Report002, Radboud,
                         testing::Values(std::pair("less_epochs", 40), std::pair("higher_epochs", 193),
                                         std::pair("lower_lr", 365), std::pair("higher_lr", 387),
                                         std::pair("lower_mb", 98), std::pair("higher_mb", 99),
                                         std::pair("single_layer", 100), std::pair("two_linear", 384),
                                         std::pair("deep", 386)),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace gradus
