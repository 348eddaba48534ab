#include "gradus/study/verdict_file.h"

#include <gmock/gmock.h>

#include <cmath>

#include "gradus/core/files.h"
#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

using ::testing::HasSubstr;

// A claim that was judged so, without runs behind it.
JudgedClaim judged(Verdict verdict, double estimate, std::optional<Interval> interval) {
  JudgedPart part;
  part.estimate = estimate;
  part.interval = interval;
  part.adjusted_p = 0.01;
  JudgedClaim claim;
  claim.verdict = verdict;
  claim.parts = {part};
  claim.reason = "since it is so";
  return claim;
}

Study study_of_two_claims() {
  Study study;
  study.title = "Two widths";
  study.question = "Does \"wide\" win?";
  study.claims.resize(2);
  study.claims[0].says = "accuracy(\"wide\") > accuracy(\"narrow\")";
  study.claims[1].says = "loss(\"wide\") < 1";
  study.claims[1].report = "0.3";
  return study;
}

TEST(VerdictFile, WhatWasFoundIsReadAgain) {
  const test::TemporaryFolder folder;
  const Study study = study_of_two_claims();
  StudyResult result;
  result.runs.resize(3);
  result.runs[0].id = 7;
  result.runs[2].id = 9;  // the second did not run
  const std::vector<JudgedClaim> claims = {
      judged(Verdict::kSupported, 0.25, Interval{0.125, 0.5}),
      judged(Verdict::kCannotTell, std::numeric_limits<double>::quiet_NaN(), std::nullopt)};
  write_verdicts(folder.path(), "widths", study, result, claims);

  const std::vector<FoundStudy> found = read_verdicts(folder.path());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "widths");
  EXPECT_EQ(found[0].question, study.question);
  EXPECT_THAT(found[0].runs, testing::ElementsAre(7, 9));
  ASSERT_EQ(found[0].claims.size(), 2u);
  EXPECT_EQ(found[0].claims[0].says, study.claims[0].says);
  EXPECT_EQ(found[0].claims[0].verdict, "supported");
  EXPECT_EQ(found[0].claims[0].estimate, 0.25);
  ASSERT_TRUE(found[0].claims[0].interval);
  EXPECT_EQ(found[0].claims[0].interval->high, 0.5);
  EXPECT_EQ(found[0].claims[1].verdict, "cannot tell");
  EXPECT_TRUE(std::isnan(found[0].claims[1].estimate));
  EXPECT_FALSE(found[0].claims[1].interval);
  EXPECT_EQ(found[0].claims[1].report, "0.3");
}

TEST(VerdictFile, ADamagedOneIsToldAndHidesNoOther) {
  const test::TemporaryFolder folder;
  EXPECT_TRUE(read_verdicts(folder.path()).empty());
  write_verdicts(folder.path(), "good", Study{}, StudyResult{}, {});
  write_file_atomically(folder.path() / "studies" / "bad.json", "{\"title\": 3}");
  const std::vector<FoundStudy> found = read_verdicts(folder.path());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[0].error, HasSubstr("bad.json"));
  EXPECT_EQ(found[1].name, "good");
  EXPECT_EQ(found[1].error, "");
}

}  // namespace
}  // namespace gradus::study
