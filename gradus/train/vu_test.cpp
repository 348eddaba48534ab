// Question 4 of report 003 (VU Amsterdam): the whole curve of the independent re-run, which draws points, weights and
// samples from one RandomState(0).
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

constexpr double kBound = 1e-9;

struct Row {
  double loss = 0;
  double accuracy = 0;
};

// quad, backprop, sampling, init_seed, epoch, train_loss, train_acc; the first holds commas.
std::vector<Row> reference(const std::filesystem::path& path) {
  std::vector<Row> rows;
  for (const auto& row : test::read_csv_rows(path)) {
    if (row[0].starts_with("2023") && row[1] == "correct" && row[2] == "with replacement" &&
        row[3] == "cont") {
      rows.push_back({std::strtod(row[5].c_str(), nullptr), std::strtod(row[6].c_str(), nullptr)});
    }
  }
  return rows;
}

TEST(Report003, Question4IsTheReRunInEveryEpoch) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/vu_synth_reference.csv");
  RunConfig config;
  read_toml(test::source_path("studies/vu/q4.toml"), config);
  const std::vector<Row> expected = reference(path);
  ASSERT_EQ(expected.size(), static_cast<std::size_t>(config.epochs));
  Experiment experiment = set_up(config, {});
  Observer nobody;
  const TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, nobody);
  for (std::size_t e = 0; e < expected.size(); ++e) {
    EXPECT_NEAR(result.history.epochs[e].train.loss, expected[e].loss, kBound) << "epoch " << e;
    EXPECT_NEAR(result.history.epochs[e].train.score, expected[e].accuracy, kBound) << "epoch " << e;
  }
}

}  // namespace
}  // namespace gradus
