// Study files: what they say, and the contenders that come of it.
#include "gradus/study/study_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/study/budget.h"
#include "gradus/study/halving.h"
#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

using testing::ElementsAre;
using testing::Pair;

Study parsed(const std::string& text) {
  return parse_study(text, "my.toml", "");
}

std::vector<std::string> names(const Study& study) {
  std::vector<std::string> result;
  for (const Contender& contender : study.contenders) result.push_back(contender.name);
  return result;
}

TEST(StudyFile, ReadsAWholeStudy) {
  const Study study = parsed(R"toml(
title = "Width"
question = "Do wider layers help?"
replicates = 3
seed = 10
budget = "200 runs"
measure = ["best(val_loss)", "seconds"]

[base]
data = "digits"
epochs = 5

[vary]
hidden = [64, [64, 32], "none"]

[[plot]]
metric = "val_loss"
log_y = true
smoothing = 0.5
x = "step"
contenders = ["64"]

[[claim]]
says = 'val_accuracy("64,32") > val_accuracy("64")'
text = "deeper is better"
report = 0.97
rerun = "0.9705"
must = true
)toml");
  EXPECT_EQ(study.title, "Width");
  EXPECT_EQ(study.question, "Do wider layers help?");
  EXPECT_EQ(study.source, "my.toml");
  EXPECT_THAT(names(study), ElementsAre("64", "64,32", "none"));
  EXPECT_EQ(study.contenders[1].config.hidden, (std::vector<std::int64_t>{64, 32}));
  EXPECT_EQ(study.contenders[1].config.epochs, 5);
  EXPECT_THAT(study.contenders[2].changes, ElementsAre(Pair("hidden", "none")));
  EXPECT_THAT(study.varied, ElementsAre("hidden"));
  EXPECT_EQ(study.budget.runs, 200U);
  ASSERT_EQ(study.measures.size(), 2U);
  EXPECT_EQ(to_text(study.measures[0]), "best(validation_loss)");
  ASSERT_EQ(study.plots.size(), 1U);
  EXPECT_EQ(study.plots[0].kind, PlotKind::kCurves);
  EXPECT_EQ(study.plots[0].x, PlotAxis::kStep);
  EXPECT_TRUE(study.plots[0].log_y);
  EXPECT_EQ(study.plots[0].smoothing, 0.5);
  ASSERT_EQ(study.claims.size(), 1U);
  EXPECT_EQ(study.claims[0].text, "deeper is better");
  EXPECT_EQ(study.claims[0].report, "0.97");
  EXPECT_EQ(study.claims[0].rerun, "0.9705");
  EXPECT_TRUE(study.claims[0].must);
  EXPECT_EQ(study.claims[0].line, 23U);
}

TEST(StudyFile, AnEmptyFileIsOneRunOfTheDefaults) {
  const Study study = parsed("");
  EXPECT_THAT(names(study), ElementsAre("base"));
  const auto runs = planned_runs(study);
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].config, RunConfig{});
}

TEST(StudyFile, EveryContenderGetsTheSameSeeds) {
  const Study study = parsed("replicates = 2\nseed = 7\n[vary]\nepochs = [1, 2]");
  std::vector<std::pair<std::int64_t, std::int64_t>> runs;
  for (const PlannedRun& run : planned_runs(study)) runs.emplace_back(run.config.seed, run.config.epochs);
  EXPECT_THAT(runs, ElementsAre(Pair(7, 1), Pair(7, 2), Pair(8, 1), Pair(8, 2)));
}

TEST(StudyFile, TheFirstSeedIsTheBasesUnlessTheStudyHasOne) {
  EXPECT_EQ(parsed("replicates = 2\n[base]\nseed = 40").replicates[1].seed, 41);
  EXPECT_EQ(parsed("replicates = 2\nseed = 3\n[base]\nseed = 40").replicates[1].seed, 4);
  EXPECT_EQ(parsed("seeds = [5, 1]\n[base]\nseed = 40").replicates[0].seed, 5);
}

TEST(StudyFile, WithoutSeedsEveryVariantKeepsItsOwn) {
  const Study study = parsed("[[variant]]\nname = 'a'\nseed = 5\n[[variant]]\nname = 'b'\nseed = 6");
  EXPECT_EQ(study.replicates, (std::vector<Replicate>{{}}));
  EXPECT_EQ(planned_runs(study)[1].config.seed, 6);
}

TEST(StudyFile, FoldsMultiplyTheSeeds) {
  const Study study =
      parsed("seeds = [4, 9]\nfolds = 3\n[base]\ntest = '0'\n[[claim]]\nsays = 'test_loss < 1'");
  ASSERT_EQ(study.replicates.size(), 6U);
  EXPECT_EQ(study.replicates[4], (Replicate{9, 1}));
}

TEST(StudyFile, AGridRunsThroughItsLastFieldFastest) {
  const Study study = parsed("[vary]\nlearning_rate = [0.1, 1e-2]\nhidden = [8, 16]");
  EXPECT_THAT(names(study), ElementsAre("learning_rate=0.1 hidden=8", "learning_rate=0.1 hidden=16",
                                        "learning_rate=0.01 hidden=8", "learning_rate=0.01 hidden=16"));
  EXPECT_THAT(study.varied, ElementsAre("learning_rate", "hidden"));
}

TEST(StudyFile, AZipPairsItsLists) {
  EXPECT_THAT(names(parsed("mode = 'zip'\n[vary]\nepochs = [1, 2]\nbatch_size = [32, 'auto']")),
              ElementsAre("epochs=1 batch_size=32", "epochs=2 batch_size=auto"));
}

TEST(StudyFile, VariantsBuildOnEachOther) {
  const Study study = parsed(R"(
[base]
learning_rate = 0.1
[[variant]]
name = "+momentum"
extends = "+init"
optimizer = "momentum"
learning_rate = 0.02
[[variant]]
name = "baseline"
text = "as it was"
[[variant]]
name = "+init"
extends = "baseline"
initializer = "he_normal"
)");
  EXPECT_THAT(names(study), ElementsAre("+momentum", "baseline", "+init"));
  EXPECT_THAT(study.contenders[0].changes,
              ElementsAre(Pair("initializer", "he_normal"), Pair("optimizer", "momentum"),
                          Pair("learning_rate", "0.02")));
  EXPECT_TRUE(study.contenders[1].changes.empty());
  EXPECT_EQ(study.contenders[1].text, "as it was");
}

TEST(StudyFile, EveryVariantTakesEveryValue) {
  EXPECT_THAT(names(parsed("[vary]\nepochs = [1, 2]\n[[variant]]\nname = 'a'\n[[variant]]\nname = 'b'")),
              ElementsAre("a epochs=1", "a epochs=2", "b epochs=1", "b epochs=2"));
}

TEST(StudyFile, ConfigurationFilesAreSoughtBesideIt) {
  const test::TemporaryFolder folder;
  folder.write("wide.toml", "hidden = [512]\nseed = 12345\n");
  const auto path = folder.write("study.toml", R"([base]
epochs = 3
[[variant]]
name = "wide"
config = "wide.toml"
batch_size = 10
)");
  const Study study = read_study(path);
  const RunConfig& config = study.contenders[0].config;
  EXPECT_EQ(config.hidden, std::vector<std::int64_t>{512});
  EXPECT_EQ(config.epochs, 3);
  EXPECT_EQ(config.batch_size, 10);
  EXPECT_EQ(planned_runs(study)[0].config.seed, 12345);
}

TEST(StudyFile, AMistakeInAConfigurationFileNamesBothFiles) {
  const test::TemporaryFolder folder;
  folder.write("wide.toml", "\nhidden = [0]\n");
  const auto path = folder.write("study.toml", "[[variant]]\nname = 'wide'\nconfig = 'wide.toml'\n");
  try {
    static_cast<void>(read_study(path));
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("study.toml: line 3: reading "), std::string::npos) << message;
    EXPECT_NE(message.find("wide.toml: line 2: setting hidden"), std::string::npos) << message;
  }
}

const std::string kSearch = R"(mode = "random"
samples = 40
seed = 5
[vary]
learning_rate = { log_uniform = [1e-4, 1] }
dropout = { uniform = [0.1, 0.2] }
hidden = { integer = [8, 9] }
activation = ["relu", "tanh"]
)";

TEST(StudyFile, DrawsStayInTheirRangesAndReachBothEnds) {
  std::set<std::int64_t> widths;
  std::set<std::string> activations;
  int below = 0;  // the middle of a logarithmic range
  for (const Contender& contender : parsed(kSearch).contenders) {
    EXPECT_GE(*contender.config.learning_rate, 1e-4);
    EXPECT_LE(*contender.config.learning_rate, 1);
    EXPECT_GE(contender.config.dropout, 0.1);
    EXPECT_LE(contender.config.dropout, 0.2);
    below += *contender.config.learning_rate < 0.01 ? 1 : 0;
    widths.insert(contender.config.hidden.at(0));
    activations.insert(contender.config.activation);
  }
  EXPECT_THAT(widths, ElementsAre(8, 9));
  EXPECT_THAT(activations, ElementsAre("relu", "tanh"));
  EXPECT_GT(below, 10);
  EXPECT_LT(below, 30);
}

TEST(StudyFile, TheSameSeedDrawsTheSameAndMoreSamplesContinue) {
  const auto configs = [](const std::string& text) {
    std::vector<RunConfig> result;
    for (const Contender& contender : parsed(text).contenders) result.push_back(contender.config);
    return result;
  };
  std::string more = kSearch;
  more.replace(more.find("40"), 2, "60");
  std::string other = kSearch;
  other.replace(other.find("seed = 5"), 8, "seed = 6");
  const auto first = configs(kSearch);
  auto longer = configs(more);
  longer.resize(first.size());
  EXPECT_EQ(first, configs(kSearch));
  EXPECT_EQ(first, longer);
  EXPECT_NE(first, configs(other));
}

TEST(StudyFile, DrawnValuesAreWhatIsPrinted) {
  for (const Contender& contender : parsed(kSearch).contenders) {
    for (const auto& [name, value] : contender.changes) {
      RunConfig config = contender.config;
      set_field(config, *find_field(name), value);
      EXPECT_EQ(config, contender.config) << name << " = " << value;
    }
  }
}

TEST(StudyFile, HalvingHasAnObjective) {
  const Study study = parsed(
      "mode = 'halving'\nobjective = 'best(val_accuracy)'\nfactor = 2\nsmallest = 3\n[vary]\nepochs = [10, "
      "20]");
  ASSERT_TRUE(study.halving.has_value());
  EXPECT_EQ(to_text(study.halving->objective), "best(validation_accuracy)");
  EXPECT_EQ(study.halving->factor, 2);
  EXPECT_EQ(study.halving->smallest_epochs, 3);
}

TEST(StudyFile, ClaimsMayBeAboutTheseVeryRuns) {
  const Study study = parsed(
      "deterministic = true\n[[claim]]\nsays = 'test_loss < 1'\n[[claim]]\nsays = 'steps < 1'\ndeterministic "
      "= false");
  EXPECT_TRUE(study.claims[0].deterministic);
  EXPECT_FALSE(study.claims[1].deterministic);
}

TEST(StudyFile, ClaimsMayBeAboutWhatTheConfigurationMeasures) {
  for (const char* text : {"task = 'regression'\n[[claim]]\nsays = 'test_r2 > 0.5'",
                           "task = 'auto'\n[[claim]]\nsays = 'test_r2 > 0.5'",
                           "task = 'classification'\n[[claim]]\nsays = 'test_accuracy > 0.5'",
                           "validation = 'other.csv'\n[[claim]]\nsays = 'val_loss < 1'",
                           "log_every = 5\n[[claim]]\nsays = 'best(step_loss) < 1'",
                           "layers_every = 5\n[[claim]]\nsays = 'weights_norm(layer 1) < 1'"})
    EXPECT_EQ(parsed("[base]\n" + std::string(text)).claims.size(), 1u) << text;
}

TEST(StudyFile, APictureNeedsItsMetricOfItsOwnContendersOnly) {
  const std::string text =
      "[[variant]]\nname = 'a'\n[[variant]]\nname = 'b'\nvalidation = '0'\n[[plot]]\nmetric = 'val_loss'\n";
  EXPECT_EQ(parsed(text + "contenders = ['a']").plots[0].contenders, std::vector<std::string>{"a"});
  EXPECT_THROW(parsed(text + "contenders = ['a', 'b']"), Error);
  EXPECT_THROW(parsed(text), Error);
}

TEST(StudyFile, ReadsTheConfigurationsOfTheRepository) {
  const Study study = parse_study("[[variant]]\nname = 'deep'\nconfig = 'radboud/deep.toml'\n",
                                  "studies/radboud.toml", test::source_path("studies"));
  RunConfig alone;
  read_toml(test::source_path("studies/radboud/deep.toml"), alone);
  EXPECT_EQ(planned_runs(study)[0].config, alone);
}

TEST(Budget, IsATimeOrANumberOfRuns) {
  EXPECT_EQ(parse_budget("90s").seconds, 90);
  EXPECT_EQ(parse_budget("10m").seconds, 600);
  EXPECT_EQ(parse_budget("1h30m").seconds, 5400);
  EXPECT_EQ(parse_budget("1.5h").seconds, 5400);
  EXPECT_EQ(parse_budget("200 runs").runs, 200U);
  for (const char* bad :
       {"", "m", "10", "10x", "-5m", "0s", "0 runs", "1.5 runs", "1h 200 runs", "nanm", "10 m"})
    EXPECT_THROW(static_cast<void>(parse_budget(bad)), Error) << bad;
}

TEST(Halving, LeavesTheBestForLonger) {
  const Halving halving{.factor = 3, .smallest_epochs = 1};
  EXPECT_THAT(halving_rungs(27, 27, halving), ElementsAre(Rung{27, 1}, Rung{9, 3}, Rung{3, 9}, Rung{1, 27}));
  EXPECT_THAT(halving_rungs(81, 9, halving), ElementsAre(Rung{81, 1}, Rung{27, 3}, Rung{9, 9}));
  EXPECT_THAT(halving_rungs(3, 100, halving), ElementsAre(Rung{3, 1}, Rung{1, 100}));
  EXPECT_THAT(halving_rungs(30, 10, halving), ElementsAre(Rung{30, 1}, Rung{10, 3}, Rung{4, 9}, Rung{2, 10}));
  EXPECT_THAT(halving_rungs(4, 1, halving), ElementsAre(Rung{4, 1}));
}

TEST(Halving, OfEqualsTheFirstSurvivesAndNaNDoesNot) {
  const std::vector<double> values = {3, std::nan(""), 1, 2, 1};
  EXPECT_THAT(survivors(values, Better::kLower, 2), ElementsAre(2U, 4U));
  EXPECT_THAT(survivors(values, Better::kLower, 1), ElementsAre(2U));
  EXPECT_THAT(survivors(values, Better::kHigher, 2), ElementsAre(0U, 3U));
  EXPECT_THAT(survivors(values, Better::kHigher, 4), ElementsAre(0U, 2U, 3U, 4U));
}

TEST(StudyFile, TheManualsExamplesAreStudies) {
  const std::string page = read_file(test::source_path("docs/studies.md"));
  const std::string begin = "```toml\n";
  std::size_t examples = 0;
  for (std::size_t at = 0; (at = page.find(begin, at)) != std::string::npos; ++examples) {
    at += begin.size();
    EXPECT_NO_THROW(static_cast<void>(
        parse_study(page.substr(at, page.find("```", at) - at), "my.toml", test::source_path("studies"))))
        << "example " << examples;
  }
  EXPECT_GE(examples, 3U);
}

// Between two marks of docs/studies.md. With GRADUS_WRITE_DOCS set they are written instead.
TEST(StudyFile, TheTablesOfTheManualAreTheProgramsOwn) {
  const auto path = test::source_path("docs/studies.md");
  const std::string begin = "<!-- made by study_test: begin -->\n\n";
  const std::string end = "\n<!-- made by study_test: end -->";
  std::string page = read_file(path);
  const std::size_t first = page.find(begin) + begin.size();
  const std::size_t last = page.find(end);
  ASSERT_NE(last, std::string::npos);
  const std::string made = page.substr(first, last - first);
  if (std::getenv("GRADUS_WRITE_DOCS") != nullptr) {
    write_file_atomically(path, page.replace(first, last - first, reference_tables()));
  } else {
    EXPECT_EQ(made, reference_tables())
        << "run this test with GRADUS_WRITE_DOCS=1 to bring the page up to date";
  }
}

}  // namespace
}  // namespace gradus::study
