// Contenders that do not train: descents, gradient checks, examples. Files that are refused: tests/studies/bad_studies.txt.
#include "gradus/study/work.h"

#include <gmock/gmock.h>

#include <string>

#include "gradus/nn/gradient_check.h"
#include "gradus/study/judge.h"
#include "gradus/study/runner.h"
#include "gradus/study/study_file.h"
#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

using testing::ElementsAre;
using testing::Pair;

Study parsed(const std::string& text) {
  return parse_study(text, "test.toml", ".");
}

// A variant called "b" on lines 1 to 3.
std::string variant(const std::string& keys) {
  return "[[variant]]\nname = 'b'\n" + keys + "\n";
}

class WorkTest : public ::testing::Test {
 protected:
  StudyResult run(const Study& study) {
    RunStore store = RunStore::open(folder_.path());
    StudyObserver nobody;
    StudyResult result =
        run_study(study, store, {.source = {}, .name = "test", .workers = 2, .cancelled = {}}, nobody);
    stored_ = store.list({}).size();
    return result;
  }

  std::vector<Verdict> verdicts(const std::string& text) {
    const Study study = parsed(text);
    const StudyResult result = run(study);
    std::vector<Verdict> verdicts;
    for (const JudgedClaim& claim : judge(study, result.measured)) verdicts.push_back(claim.verdict);
    return verdicts;
  }

  test::TemporaryFolder folder_;
  std::size_t stored_ = 0;
};

TEST_F(WorkTest, ADescentHasItsPathAndIsNotStored) {
  const Study study = parsed(variant(
      "descent = { function = 'radboud', start = [3, 2], learning_rate = 0.2, decay = 0.95, steps = 10 }"));
  const StudyResult result = run(study);
  ASSERT_EQ(result.measured.size(), 1u);
  const MeasuredRun& b = result.measured[0];
  EXPECT_NEAR(b.scalars.at("x"), -1.086556393028941, 1e-12);
  EXPECT_NEAR(b.scalars.at("value"), -2.277486662206515, 1e-12);
  EXPECT_NEAR(b.scalars.at("distance"),
              std::hypot(-1.086556393028941 + 1.0881624098395095, 0.4866249534983948 - 0.5440812049197548),
              1e-12);
  EXPECT_EQ(b.scalars.at("steps"), 10);
  EXPECT_EQ(b.series.at("value").size(), 11u);
  EXPECT_EQ(result.runs[0].state, RunState::kDone);
  EXPECT_EQ(result.runs[0].id, 0u);
  EXPECT_EQ(stored_, 0u);
}

TEST_F(WorkTest, ADescentThatRunsAwayHasDiverged) {
  const StudyResult result =
      run(parsed(variant("descent = { function = 'rosenbrock', learning_rate = 100, steps = 100 }")));
  EXPECT_EQ(result.runs[0].state, RunState::kDiverged);
  EXPECT_TRUE(result.measured[0].diverged);
}

TEST_F(WorkTest, ClaimsJudgeDescentsChecksExamplesAndTrainingsTogether) {
  const std::string text = R"(
deterministic = true
measure = ['test_loss', 'value', 'largest_error']
[base]
data = 'digits'
hidden = [4]
epochs = 1
[[variant]]
name = 'net'
[[variant]]
name = 'check'
extends = 'net'
gradient_check = { rows = 8, entries = 20 }
[[variant]]
name = 'down'
descent = { function = 'booth', learning_rate = 0.04, steps = 50 }
[[variant]]
name = 'q3'
example = 'vu/q3'
[[claim]]
says = 'largest_error("check") <= 1e-7'
[[claim]]
says = 'steps_to(value("down"), 1e-2) < 40'
[[claim]]
says = 'at(value("down"), step 1) < 1e-3'
[[claim]]
says = 'abs(loss("q3") - 0.6931471805599453) <= 1e-15'
[[claim]]
says = 'test_loss("net") > loss("q3")'
)";
  using enum Verdict;
  EXPECT_THAT(verdicts(text), ElementsAre(kSupported, kSupported, kRefuted, kSupported, kSupported));
  EXPECT_EQ(stored_, 1u);
}

TEST_F(WorkTest, AGradientCheckRunsOnEverySeed) {
  const Study study = parsed("replicates = 3\n[base]\ndata = 'digits'\nhidden = [4]\n" +
                             variant("gradient_check = true") + "[vary]\nactivation = ['tanh', 'sigmoid']\n");
  EXPECT_EQ(study.contenders[0].name, "b activation=tanh");
  EXPECT_THAT(
      study.contenders[0].changes,
      ElementsAre(Pair("gradient_check", "32 rows, 200 entries of each tensor"), Pair("activation", "tanh")));
  const StudyResult result = run(study);
  ASSERT_EQ(result.measured.size(), 6u);
  for (const MeasuredRun& one : result.measured) {
    EXPECT_LE(one.scalars.at("largest_error"), kGradientCheckBound) << one.contender << " " << one.seed;
    EXPECT_GT(one.scalars.at("entries"), 200);
  }
  EXPECT_NE(result.measured[0].scalars.at("largest_error"), result.measured[2].scalars.at("largest_error"));
}

TEST(Work, IsATrainingWhereTheFileSaysNothing) {
  EXPECT_TRUE(trains(parsed("").contenders[0].work));
  EXPECT_TRUE(trains(parsed(variant("gradient_check = false")).contenders[0].work));
  EXPECT_TRUE(parsed("").figures.empty());
}

TEST(Work, TakesTheDefaultsOfTheCommandLine) {
  const auto spec =
      std::get<DescentSpec>(parsed(variant("descent = { function = 'beale' }")).contenders[0].work);
  EXPECT_FALSE(spec.start);
  EXPECT_EQ(spec.optimizer, "sgd");
  EXPECT_EQ(spec.steps, 20u);
  EXPECT_EQ(spec.learning_rate, 0.1);
}

}  // namespace
}  // namespace gradus::study
