// Verdicts: what decides, what does not, and what must not matter.
#include "gradus/study/judge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "gradus/core/random.h"
#include "gradus/study/study_file.h"

namespace gradus::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Final test accuracies of each contender, one for each seed; NaN: that run diverged.
using Accuracies = std::map<std::string, std::vector<double>>;

Study study_of(const Accuracies& accuracies, const std::vector<std::string>& claims,
               const std::string& top = "") {
  std::string text = top + fmt::format("replicates = {}\n", accuracies.begin()->second.size());
  for (const auto& [name, values] : accuracies) text += fmt::format("[[variant]]\nname = '{}'\n", name);
  for (const std::string& claim : claims) text += fmt::format("[[claim]]\nsays = '{}'\n", claim);
  return parse_study(text, "test.toml", "");
}

std::vector<MeasuredRun> runs_of(const Accuracies& accuracies) {
  std::vector<MeasuredRun> runs;
  for (const auto& [name, values] : accuracies) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      MeasuredRun run{.contender = name, .replicate = i, .seed = static_cast<std::int64_t>(i)};
      run.diverged = std::isnan(values[i]);
      run.scalars["test_accuracy"] = values[i];
      runs.push_back(run);
    }
  }
  return runs;
}

std::vector<JudgedClaim> judged_all(const Accuracies& accuracies, const std::vector<std::string>& claims,
                                    const std::string& top = "") {
  return judge(study_of(accuracies, claims, top), runs_of(accuracies));
}

JudgedClaim judged(const Accuracies& accuracies, const std::string& claim, const std::string& top = "") {
  return judged_all(accuracies, {claim}, top).front();
}

const char* const kBetter = R"(test_accuracy("a") > test_accuracy("b"))";
const char* const kWorse = R"(test_accuracy("a") < test_accuracy("b"))";
const Accuracies kClear = {{"a", {0.95, 0.97, 0.96, 0.94, 0.955}}, {"b", {0.91, 0.92, 0.925, 0.90, 0.918}}};
const Accuracies kNoise = {{"a", {0.95, 0.91, 0.96, 0.90, 0.93}}, {"b", {0.93, 0.93, 0.92, 0.93, 0.925}}};
const double kDiverged = std::nan("");

TEST(Judge, SupportsAndRefutesWhatIsClear) {
  const JudgedClaim better = judged(kClear, kBetter);
  EXPECT_EQ(better.verdict, Verdict::kSupported) << better.reason;
  EXPECT_EQ(better.part().basis, Basis::kTTest);
  EXPECT_GT(better.part().interval->low, 0);
  EXPECT_GT(better.part().bootstrap->low, 0);
  EXPECT_GT(better.part().effect, 2);
  EXPECT_EQ(better.part().signed_rank->p, 0.0625);
  EXPECT_EQ(judged(kClear, kWorse).verdict, Verdict::kRefuted);
}

// scipy.stats.ttest_rel(a, b).pvalue and the mean of the differences.
TEST(Judge, ItsPValueIsThatOfThePairedTTest) {
  const JudgedPart part = judged(kClear, kBetter).part();
  EXPECT_NEAR(part.estimate, 0.0404, 1e-12);
  EXPECT_NEAR(part.p, 9.724145876990576e-05, 1e-14) << fmt::format("{:.12g}", part.p);
}

TEST(Judge, DoesNotTellWhatIsNotAndSaysWhatWould) {
  const JudgedClaim claim = judged(kNoise, kBetter);
  EXPECT_EQ(claim.verdict, Verdict::kCannotTell) << claim.reason;
  ASSERT_TRUE(claim.part().more_seeds.has_value());
  EXPECT_GT(*claim.part().more_seeds, 0U);
  EXPECT_THAT(claim.reason,
              HasSubstr(fmt::format("about {} more seeds would decide", *claim.part().more_seeds)));
}

TEST(Judge, MoreSeedsAsPromisedWouldDecide) {
  const JudgedPart part = judged(kNoise, kBetter).part();
  const Summary now = summarize(part.values);
  const std::size_t n = part.values.size() + *part.more_seeds;
  EXPECT_GE(t_test_power(n, effect_size(now), 0.05), 0.8);
  EXPECT_LT(t_test_power(n - 1, effect_size(now), 0.05), 0.8);
}

TEST(Judge, TheVerdictDoesNotDependOnHowTheClaimIsWritten) {
  for (const Accuracies& data : {kClear, kNoise}) {
    const JudgedClaim plain = judged(data, kBetter);
    const std::vector<std::string> same = {R"(test_accuracy("b") < test_accuracy("a"))",
                                           R"(test_accuracy("a") - test_accuracy("b") > 0)",
                                           R"(0 < test_accuracy("a") - test_accuracy("b"))",
                                           R"(test_accuracy("a") + 5 > 5 + test_accuracy("b"))",
                                           R"(3 * test_accuracy("a") > 3 * test_accuracy("b"))",
                                           R"(-test_accuracy("a") < -test_accuracy("b"))",
                                           R"(order(test_accuracy, "b", "a"))"};
    for (const std::string& claim : same) {
      const JudgedClaim other = judged(data, claim);
      EXPECT_EQ(other.verdict, plain.verdict) << claim;
      EXPECT_NEAR(other.part().p, plain.part().p, 1e-9 * plain.part().p) << claim;
      EXPECT_EQ(other.part().more_seeds, plain.part().more_seeds) << claim;
    }
  }
}

TEST(Judge, TheOppositeGetsTheOppositeVerdict) {
  EXPECT_EQ(judged(kNoise, kWorse).verdict, Verdict::kCannotTell);
  const JudgedPart better = judged(kClear, kBetter).part();
  const JudgedPart worse = judged(kClear, kWorse).part();
  EXPECT_EQ(better.p, worse.p);
  EXPECT_EQ(better.interval, worse.interval);
}

TEST(Judge, TheOrderOfTheRunsDoesNotMatter) {
  const Study study = study_of(kNoise, {kBetter});
  std::vector<MeasuredRun> runs = runs_of(kNoise);
  const JudgedClaim before = judge(study, runs).front();
  std::ranges::reverse(runs);
  EXPECT_EQ(judge(study, runs).front().reason, before.reason);
  EXPECT_EQ(judge(study, runs).front().part().bootstrap, before.part().bootstrap);
}

TEST(Judge, ManyClaimsAreCorrectedForTheirNumber) {
  const Accuracies data = {{"a", {0.95, 0.93, 0.96, 0.935, 0.95}}, {"b", {0.93, 0.925, 0.93, 0.925, 0.922}}};
  const JudgedClaim alone = judged(data, kBetter);
  EXPECT_EQ(alone.verdict, Verdict::kSupported) << alone.reason;
  const std::string other = R"(test_accuracy("a") > 0.94)";
  const std::vector<JudgedClaim> together = judged_all(data, {kBetter, other, other, other});
  EXPECT_EQ(together[0].verdict, Verdict::kCannotTell) << together[0].reason;
  EXPECT_EQ(together[0].part().p, alone.part().p);
  EXPECT_NEAR(together[0].part().adjusted_p, 4 * alone.part().p, 1e-12);
  EXPECT_THAT(together[0].reason, HasSubstr("corrected for 4 claims"));
}

TEST(Judge, WhatIsExactIsNoPartOfTheCorrection) {
  const std::vector<JudgedClaim> together = judged_all(kClear, {kBetter, R"(test_accuracy("a") != 2)"});
  EXPECT_EQ(together[0].part().adjusted_p, together[0].part().p);
  EXPECT_EQ(together[1].part().basis, Basis::kExact);
  EXPECT_EQ(together[1].verdict, Verdict::kSupported);
}

TEST(Judge, AToleranceHoldsWhereTheIntervalLiesInside) {
  const Accuracies data = {{"a", {0.9170, 0.9175, 0.9169, 0.9172, 0.9171}}};
  EXPECT_EQ(judged(data, "abs(test_accuracy - 0.9171) <= 0.003").verdict, Verdict::kSupported);
  EXPECT_EQ(judged(data, "0.003 >= abs(test_accuracy - 0.9171)").verdict, Verdict::kSupported);
  EXPECT_EQ(judged(data, "abs(test_accuracy - 0.9171) > 0.003").verdict, Verdict::kRefuted);
  EXPECT_EQ(judged(data, "abs(test_accuracy - 0.95) <= 0.003").verdict, Verdict::kRefuted);
  EXPECT_EQ(judged(data, "abs(test_accuracy - 0.88) <= 0.003").verdict, Verdict::kRefuted);
  EXPECT_EQ(judged(data, "abs(test_accuracy - 0.88) >= 0.003").verdict, Verdict::kSupported);
  const JudgedPart edge = judged(data, "abs(test_accuracy - 0.9171) <= 0.0002").part();
  EXPECT_EQ(edge.verdict, Verdict::kCannotTell);
  EXPECT_LT(edge.interval->low, -0.0002 + 1e-3);
  EXPECT_TRUE(edge.interval->high > 0.0002) << "its end lies beyond the tolerance";
}

TEST(Judge, TheIntervalAndTheToleranceAgree) {
  const Accuracies data = {{"a", {0.9170, 0.9175, 0.9169, 0.9172, 0.9171}}};
  const Interval interval = *judged(data, "abs(test_accuracy) <= 1").part().interval;
  EXPECT_EQ(judged(data, fmt::format("abs(test_accuracy) <= {}", interval.high + 1e-9)).verdict,
            Verdict::kSupported);
  EXPECT_EQ(judged(data, fmt::format("abs(test_accuracy) <= {}", interval.high - 1e-9)).verdict,
            Verdict::kCannotTell);
  EXPECT_EQ(judged(data, fmt::format("abs(test_accuracy) <= {}", interval.low + 1e-9)).verdict,
            Verdict::kCannotTell);
  EXPECT_EQ(judged(data, fmt::format("abs(test_accuracy) <= {}", interval.low - 1e-9)).verdict,
            Verdict::kRefuted);
}

TEST(Judge, OneSeedTellsNothing) {
  const JudgedClaim claim = judged({{"a", {0.9}}, {"b", {0.1}}}, kBetter);
  EXPECT_EQ(claim.verdict, Verdict::kCannotTell);
  EXPECT_EQ(claim.part().more_seeds, 2U);
  EXPECT_EQ(claim.reason, "0.8 in one run has no interval; about 2 more seeds would decide");
}

TEST(Judge, UnlessItIsAboutThatVeryRun) {
  const Accuracies data = {{"a", {0.9}}, {"b", {0.1}}};
  const std::string top = "deterministic = true\n";
  EXPECT_EQ(judged(data, kBetter, top).verdict, Verdict::kSupported);
  EXPECT_EQ(judged(data, kWorse, top).verdict, Verdict::kRefuted);
  EXPECT_EQ(judged(data, kBetter, top).reason, "one deterministic run: 0.9 against 0.1");
  EXPECT_EQ(judged(data, R"(abs(test_accuracy("a") - 0.9) <= 0)", top).verdict, Verdict::kSupported);
  EXPECT_EQ(judged(data, R"(test_accuracy("a") == 0.9)", top).verdict, Verdict::kSupported);
}

TEST(Judge, DeterministicRunsMustAllAgree) {
  const JudgedClaim claim = judged(kNoise, kBetter, "deterministic = true\n");
  EXPECT_EQ(claim.verdict, Verdict::kRefuted);
  EXPECT_THAT(claim.reason, HasSubstr("5 deterministic runs"));
}

TEST(Judge, DifferencesThatNeverVaryDecideFromThreeOn) {
  EXPECT_EQ(judged({{"a", {2, 3, 4}}, {"b", {1, 2, 3}}}, kBetter).reason, "all 3 differences are 1");
  EXPECT_EQ(judged({{"a", {2, 3, 4}}, {"b", {1, 2, 3}}}, kBetter).verdict, Verdict::kSupported);
  EXPECT_EQ(judged({{"a", {2, 3, 4}}, {"b", {2, 3, 4}}}, kBetter).verdict, Verdict::kRefuted);
  EXPECT_EQ(
      judged({{"a", {2, 3, 4}}, {"b", {2, 3, 4}}}, R"(test_accuracy("a") >= test_accuracy("b"))").verdict,
      Verdict::kSupported);
  const JudgedClaim two = judged({{"a", {2, 3}}, {"b", {1, 2}}}, kBetter);
  EXPECT_EQ(two.verdict, Verdict::kCannotTell);
  EXPECT_EQ(two.reason, "two differences of 1 alike; about 1 more seed would decide");
}

TEST(Judge, RoundingIsNoVariation) {
  const Accuracies data = {{"a", {0.3, 0.8, 0.6}}, {"b", {0.2, 0.7, 0.5}}};
  EXPECT_EQ(judged(data, kBetter).part().basis, Basis::kExact);
}

TEST(Judge, EqualityIsThatOfEveryReplicate) {
  const Accuracies data = {{"a", {2, 3, 4, 5}}, {"b", {2, 3, 4, 6}}};
  EXPECT_EQ(judged(data, R"(test_accuracy("a") == test_accuracy("a"))").verdict, Verdict::kSupported);
  EXPECT_EQ(judged(data, R"(test_accuracy("a") == test_accuracy("b"))").verdict, Verdict::kRefuted);
  EXPECT_EQ(judged(data, R"(test_accuracy("a") != test_accuracy("b"))").verdict, Verdict::kRefuted);
}

TEST(Judge, ADivergedRunCountsAsWorstAndIsNamed) {
  Accuracies data = {{"a", {0.9, 0.91, 0.92, 0.9, 0.93, 0.92, 0.91}},
                     {"b", {0.8, kDiverged, 0.82, 0.79, 0.85, 0.83, 0.81}}};
  const JudgedClaim six = judged(data, kBetter);
  EXPECT_EQ(six.verdict, Verdict::kSupported) << six.reason;
  EXPECT_EQ(six.part().basis, Basis::kSignedRank);
  EXPECT_EQ(six.part().p, 2.0 / 128);
  EXPECT_FALSE(six.part().interval.has_value());
  EXPECT_TRUE(std::isfinite(six.part().estimate)) << "the median";
  EXPECT_EQ(six.part().right, -kInfinity);
  EXPECT_THAT(six.notes, ElementsAre(R"("b", seed 1: diverged; counts as worst)"));
  EXPECT_THAT(six.reason, HasSubstr("Wilcoxon"));
}

TEST(Judge, AFailedRunIsNamedWithItsReason) {
  std::vector<MeasuredRun> runs = runs_of(kClear);
  runs[7].failed = true;
  runs[7].stop_reason = "disk full";
  const JudgedClaim claim = judge(study_of(kClear, {kBetter}), runs).front();
  EXPECT_THAT(claim.notes, ElementsAre(R"("b", seed 2: failed, disk full; counts as worst)"));
  EXPECT_EQ(claim.part().values[2], kInfinity);
}

TEST(Judge, RanksOfFewRunsCannotTellAndSayWhen) {
  const JudgedClaim claim = judged({{"a", {0.9, 0.91, 0.92}}, {"b", {kDiverged, 0.8, 0.7}}}, kBetter);
  EXPECT_EQ(claim.verdict, Verdict::kCannotTell);
  EXPECT_EQ(claim.part().more_seeds, 3U) << "six signs alike: 2 / 64 < 0.05";
}

TEST(Judge, TwoRunsThatBothDivergedDoNotDiffer) {
  const JudgedClaim claim =
      judged({{"a", {kDiverged, kDiverged, kDiverged}}, {"b", {kDiverged, kDiverged, kDiverged}}}, kBetter);
  EXPECT_THAT(claim.part().values, ElementsAre(0, 0, 0));
  EXPECT_EQ(claim.verdict, Verdict::kRefuted);
  EXPECT_EQ(claim.notes.size(), 6U);
}

TEST(Judge, MissingRunsLeaveTheirPairOut) {
  std::vector<MeasuredRun> runs = runs_of(kClear);
  std::erase_if(runs, [](const MeasuredRun& run) { return run.contender == "b" && run.replicate == 2; });
  runs.front().scalars.clear();
  const JudgedClaim claim = judge(study_of(kClear, {kBetter}), runs).front();
  EXPECT_THAT(claim.part().replicates, ElementsAre(1U, 3U, 4U));
  EXPECT_THAT(claim.notes, ElementsAre(R"("a", seed 0: did not measure test_accuracy; the pair is left out)",
                                       R"("b", seed 2: no run; the pair is left out)"));
}

TEST(Judge, WithoutRunsNothingIsTold) {
  const JudgedClaim claim = judge(study_of(kClear, {kBetter}), {}).front();
  EXPECT_EQ(claim.verdict, Verdict::kCannotTell);
  EXPECT_EQ(claim.reason, "not measured in any run");
  EXPECT_FALSE(claim.part().more_seeds.has_value());
}

TEST(Judge, AllContendersMustHold) {
  const JudgedClaim all = judged(kClear, "test_accuracy > 0.8");
  EXPECT_EQ(all.verdict, Verdict::kSupported);
  ASSERT_EQ(all.parts.size(), 2U);
  const JudgedClaim one = judged(kClear, "test_accuracy > 0.93");
  EXPECT_EQ(one.verdict, Verdict::kRefuted) << one.reason;
  EXPECT_EQ(one.part().says, R"(test_accuracy("b") > 0.93)");
  EXPECT_THAT(one.reason, HasSubstr(R"(test_accuracy("b") > 0.93: )"));
  EXPECT_EQ(one.parts[0].verdict, Verdict::kSupported);
}

TEST(Judge, AnOrderIsAsSureAsItsLeastSureStep) {
  const Accuracies data = {{"a", {0.90, 0.91, 0.905, 0.907}},
                           {"b", {0.95, 0.953, 0.949, 0.952}},
                           {"c", {0.951, 0.952, 0.950, 0.953}}};
  const JudgedClaim claim = judged(data, R"(order(test_accuracy, "a", "b", "c"))");
  EXPECT_EQ(claim.verdict, Verdict::kCannotTell);
  EXPECT_EQ(claim.deciding, 1U);
  EXPECT_EQ(claim.parts[0].verdict, Verdict::kSupported) << claim.parts[0].reason;
  EXPECT_EQ(judged(data, R"(order(test_accuracy, "b", "a", "c"))").verdict, Verdict::kRefuted);
}

TEST(Judge, AggregatesAreTakenWithinAReplicate) {
  const JudgedClaim claim = judged(kClear, R"(max(test_accuracy) - min(test_accuracy) < 0.1)");
  EXPECT_THAT(claim.part().values.size(), 5U);
  EXPECT_NEAR(claim.part().values[0], 0.95 - 0.91 - 0.1, 1e-15);
  EXPECT_NEAR(judged(kClear, "mean(test_accuracy) > 0").part().values[1], 0.945, 1e-15);
}

TEST(Judge, AQuotientWithoutAResultLeavesItsPairOut) {
  const Accuracies data = {{"a", {0, 1, 2, 3}}, {"b", {0, 1, 1, 1}}};
  EXPECT_THAT(judged(data, R"(test_accuracy("a") / test_accuracy("b") > 0)").part().replicates,
              ElementsAre(1U, 2U, 3U));
}

TEST(Judge, FoldsWidenTheInterval) {
  const std::vector<double> a = {0.95, 0.97, 0.96, 0.94, 0.955};
  std::vector<MeasuredRun> runs;
  for (std::size_t fold = 0; fold < a.size(); ++fold) {
    runs.push_back({.contender = "base", .replicate = fold, .scalars = {{"test_accuracy", a[fold]}}});
  }
  const Study folds = parse_study("folds = 5\n[[claim]]\nsays = 'test_accuracy > 0.9'", "t.toml", "");
  const Study seeds = parse_study("replicates = 5\n[[claim]]\nsays = 'test_accuracy > 0.9'", "t.toml", "");
  const Interval wide = *judge(folds, runs).front().part().interval;
  const Interval narrow = *judge(seeds, runs).front().part().interval;
  EXPECT_NEAR((wide.high - wide.low) / (narrow.high - narrow.low), std::sqrt((0.2 + 0.25) / 0.2), 1e-12);
  EXPECT_FALSE(judge(folds, runs).front().part().more_seeds.has_value());
}

// 300 studies of five seeds in which no claim is true: at most one in twenty may say so, wrongly.
TEST(Judge, WithoutADifferenceFewStudiesFindOne) {
  const std::vector<std::string> claims = {kBetter, R"(test_accuracy("a") > 0)", R"(test_accuracy("b") < 0)"};
  const Study study = study_of({{"a", std::vector<double>(5)}, {"b", {}}}, claims);
  Pcg64 generator(1);
  int wrong = 0;
  constexpr int kStudies = 300;
  for (int i = 0; i < kStudies; ++i) {
    Accuracies data = {{"a", std::vector<double>(5)}, {"b", std::vector<double>(5)}};
    for (auto& [name, values] : data) {
      for (double& value : values) value = generator.normal();
    }
    const std::vector<JudgedClaim> verdicts = judge(study, runs_of(data));
    wrong += std::ranges::all_of(
                 verdicts, [](const JudgedClaim& claim) { return claim.verdict == Verdict::kCannotTell; })
                 ? 0
                 : 1;
  }
  EXPECT_GT(wrong, 0);
  EXPECT_LT(wrong, 25) << "of " << kStudies;  // 15 expected at most, and two standard deviations and a half
}

TEST(Judge, VerdictsHaveNames) {
  EXPECT_EQ(name_of(Verdict::kSupported), "supported");
  EXPECT_EQ(name_of(Verdict::kRefuted), "refuted");
  EXPECT_EQ(name_of(Verdict::kCannotTell), "cannot tell");
}

}  // namespace
}  // namespace gradus::study
