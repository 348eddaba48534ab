#include "gradus/report/study_report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>
#include <sstream>

#include "gradus/core/files.h"
#include "gradus/report/display_text.h"
#include "gradus/report/report_fixture.h"
#include "gradus/report/svg_checker.h"
#include "tests/support/test_support.h"

namespace gradus::report {
namespace {

using test::html_fault;
using test::occurrences;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Not;

// In a folder that vanishes with it.
struct RanStudy : private gradus::test::TemporaryFolder, public test::StudyThatRan {
  explicit RanStudy(const std::string& text) : StudyThatRan(text, TemporaryFolder::path()) {}
};

constexpr const char* kBase = R"(
[base]
data = "digits"
hidden = [4]
epochs = 2
layers_every = 20
)";

constexpr const char* kWidths = R"(
title = "Width"
question = "Do wider layers classify digits better?"
replicates = 3
)";

const char* const kVary = "[vary]\nhidden = [2, 8]\n";
const char* const kClaim = R"([[claim]]
says = 'test_accuracy("8") > test_accuracy("2")'
text = "8 units are better than 2"
report = "by far"
)";

// A study of made-up accuracies, one for each seed; an infinite one: that run diverged.
struct MadeUp {
  MadeUp(const std::vector<std::string>& names, const std::vector<std::vector<double>>& accuracies,
         const std::string& claims = "") {
    std::string text = fmt::format("replicates = {}\n", accuracies.front().size());
    for (const std::string& name : names) text += fmt::format("[[variant]]\nname = \"{}\"\n", name);
    study = study::parse_study(text + claims, "test.toml", "");
    for (const study::PlannedRun& planned : planned_runs(study)) {
      const double accuracy = accuracies[planned.contender][planned.replicate];
      const bool diverged = std::isinf(accuracy);
      study::StudyRun& done = result.runs.emplace_back();
      done.planned = planned;
      done.state = diverged ? study::RunState::kDiverged : study::RunState::kDone;
      study::MeasuredRun run{.contender = study.contenders[planned.contender].name,
                             .replicate = planned.replicate,
                             .diverged = diverged};
      if (!diverged) run.scalars["test_accuracy"] = accuracy;
      result.measured.push_back(run);
    }
    claims_ = study::judge(study, result.measured);
  }
  [[nodiscard]] std::string text(int width = 100) const {
    return study_text({study, result, claims_}, {width});
  }

  study::Study study;
  study::StudyResult result;
  std::vector<study::JudgedClaim> claims_;
};

constexpr double kDiverged = std::numeric_limits<double>::infinity();

TEST(StudyText, ShowsResultsWithIntervalsThenVerdicts) {
  const MadeUp made({"a", "b"}, {{0.90, 0.92, 0.91}, {0.80, 0.81, 0.83}},
                    "[[claim]]\nsays = 'test_accuracy(\"a\") > test_accuracy(\"b\")'\nreport = 0.9\n");
  const std::string text = made.text();
  EXPECT_THAT(text, HasSubstr("CONTENDER  RUNS  TEST_ACCURACY\n"));
  EXPECT_THAT(text, HasSubstr("a          3     0.910 ± 0.025\n"));
  EXPECT_THAT(text, HasSubstr("VERDICT"));
  EXPECT_THAT(text, HasSubstr("supported"));
  EXPECT_THAT(text, HasSubstr("0.910 against 0.813"));
  EXPECT_EQ(text, made.text());
}

TEST(StudyText, FitsTheTerminal) {
  const MadeUp made(
      {"a contender with a name that is really rather long", "b"}, {{0.90, 0.92, 0.91}, {0.80, 0.81, 0.83}},
      "[[claim]]\nsays = 'test_accuracy(\"b\") > 0.5'\ntext = 'a text that does not end very soon, and "
      "goes on for a while'\n");
  for (const int width : {40, 60, 80}) {
    std::istringstream lines(made.text(width));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), width) << line;
  }
}

TEST(StudyText, ASingleReplicateHasNoInterval) {
  const MadeUp made({"a", "b"}, {{0.90}, {0.80}});
  EXPECT_THAT(made.text(), HasSubstr("a          1            0.9000\n"));
  EXPECT_THAT(made.text(), Not(HasSubstr("±")));
}

TEST(StudyText, DivergedRunsAreCountedAndLeftOutOfTheMean) {
  const MadeUp made({"a", "b"}, {{0.90, kDiverged, 0.92}, {kDiverged, kDiverged, kDiverged}});
  const std::string text = made.text();
  EXPECT_THAT(text, HasSubstr("3, 1 diverged  0.91 ± 0.13 (2 of 3)"));
  EXPECT_THAT(text, HasSubstr("3, 3 diverged                  none"));
  EXPECT_THAT(text, HasSubstr("runs: 6, 4 diverged"));
}

TEST(StudyText, RunsThatFailedOrNeverBeganAreTold) {
  MadeUp made({"a"}, {{0.9, 0.91, 0.92}});
  made.result.runs[1].state = study::RunState::kFailed;
  made.result.runs[1].error = "reading x.csv: not there";
  made.result.runs[2].state = study::RunState::kNotRun;
  made.result.budget_spent = true;
  EXPECT_THAT(made.text(), HasSubstr("runs: 2 of 3, 1 failed, 1 not run; the budget is spent\n"));
  EXPECT_THAT(made.text(), HasSubstr("failed: a, seed 1: reading x.csv: not there\n"));
}

TEST(StudyText, AReasonForWhichManyRunsFailedIsToldOnce) {
  MadeUp made({"a", "b"}, {{0.9, 0.91, 0.92}, {0.9, 0.91, 0.92}});
  for (study::StudyRun& run : made.result.runs) {
    run.state = study::RunState::kFailed;
    run.error = "too many folds";
  }
  made.result.runs[1].error = "reading x.csv: not there";
  const std::string text = made.text();
  EXPECT_THAT(text, HasSubstr("failed: a, seed 0: too many folds (4 more for the same reason)\n"));
  EXPECT_THAT(text, HasSubstr("failed: b, seed 0: reading x.csv: not there\n"));
  EXPECT_THAT(text, Not(HasSubstr("seed 1")));
}

TEST(StudyText, HostileNamesCannotSteerTheTerminal) {
  const MadeUp made({"a\\u001b[31m\\nred"}, {{0.9, 0.8, 0.7}},
                    "[[claim]]\nsays = 'test_accuracy > 0.5'\ntext = \"\\u001b[2J\"\n");
  EXPECT_THAT(made.text(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(made.text(), HasSubstr("[31m"));
}

TEST(StudyPage, GoesFromVerdictsToPicturesToTheRuns) {
  const RanStudy ran(std::string(kWidths) + kBase + kVary + kClaim);
  const HtmlReport report = ran.page();
  const std::string page = html_report(report);
  EXPECT_EQ(html_fault(page), "");
  std::size_t before = 0;
  for (const char* text :
       {"Do wider layers", "6 runs of 2 contenders on the same 3 seeds", ">Verdicts</h2>", "by far",
        ">Claims and their intervals</h2>", ">Results</h2>", ">Pictures</h2>", ">What was compared</h2>",
        "hidden = 8", ">How it was done</h2>", "gradus study test.toml", ">Runs</h2>", "href=\"1/\""}) {
    const std::size_t at = page.find(text, before);
    ASSERT_NE(at, std::string_view::npos) << text << " is missing or too early";
    before = at;
  }
  EXPECT_EQ(html_report(ran.page()), page);
}

TEST(StudyPage, WithoutPlotsShowsCurvesAndResults) {
  const RanStudy ran(std::string(kWidths) + kBase + kVary);
  const HtmlReport report = ran.page();
  std::vector<std::string> captions;
  for (const HtmlSection& section : report.sections) {
    for (const HtmlFigure& figure : section.figures) captions.push_back(figure.caption);
  }
  EXPECT_THAT(captions,
              ElementsAre(HasSubstr("Validation loss and validation accuracy"), HasSubstr("over 3 seeds")));
  EXPECT_TRUE(report.verdicts.empty());
}

constexpr const char* kEveryPlot = R"toml(
[vary]
hidden = [2, 8]
learning_rate = [0.001, 0.1]
[[plot]]
metric = "validation_loss"
x = "seconds"
[[plot]]
kind = "bars"
metric = "best(validation_loss)"
log_y = true
[[plot]]
kind = "heat_map"
metric = "test_accuracy"
[[plot]]
kind = "parallel"
metric = "test_accuracy"
[[plot]]
kind = "layers"
metric = "gradients_norm(layer 1)"
[[plot]]
kind = "confusion"
contenders = ["hidden=8 learning_rate=0.001"]
[[plot]]
kind = "weights"
contenders = ["hidden=8 learning_rate=0.001"]
)toml";

TEST(StudyPage, DrawsEveryKindOfPlotInTwoWidths) {
  const RanStudy ran(std::string(kWidths) + kBase + kEveryPlot);
  const HtmlReport report = ran.page();
  std::vector<std::string> captions;
  for (const HtmlSection& section : report.sections) {
    for (const std::string& missing : section.paragraphs) ADD_FAILURE() << missing;
    for (const HtmlFigure& figure : section.figures) {
      captions.push_back(figure.caption);
      EXPECT_EQ(test::svg_fault(figure.svg), "");
    }
  }
  EXPECT_THAT(captions,
              ElementsAre(HasSubstr("Validation loss, mean over"), HasSubstr("3 seeds"),
                          HasSubstr("Test accuracy over hidden and learning_rate, mean of 3 runs"),
                          HasSubstr("Each line is a contender"), HasSubstr("Each layer at the first"),
                          HasSubstr("359 rows of the test part"), HasSubstr("each unit of the first layer")));
}

TEST(StudyPage, APictureWithoutItsModelIsASentence) {
  const RanStudy ran(std::string("replicates = 1\n") + kBase + "[[plot]]\nkind = \"confusion\"\n");
  std::filesystem::remove(ran.runs() / "1" / "model.safetensors");
  const HtmlReport report = ran.page();
  const auto said =
      Field(&HtmlSection::paragraphs, Contains(HasSubstr("No confusion matrix of base, seed 0: ")));
  EXPECT_THAT(report.sections, Contains(said));
  EXPECT_EQ(html_fault(html_report(report)), "");
}

TEST(StudyPage, RunsThatDivergeFailOrNeverBeginAreListed) {
  const RanStudy ran(std::string("replicates = 1\nbudget = \"3 runs\"\n") + kBase + R"(
[[variant]]
name = "good"
[[variant]]
name = "explodes"
learning_rate = 1e30
optimizer = "sgd"
activation = "identity"
[[variant]]
name = "cannot"
batch_size = 100000
[[variant]]
name = "late"
hidden = [5]
)");
  const std::string page = html_report(ran.page());
  EXPECT_EQ(html_fault(page), "");
  for (const char* text : {"1 run diverged.", "1 run failed.", "1 run did not begin: the budget was spent.",
                           "100000", "<td>not run</td>", "<td>diverged</td>", "<td>failed</td>"}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
}

TEST(StudyPage, HostileNamesAreShownAsText) {
  const RanStudy ran(std::string("title = '<script>alert(1)</script>'\nreplicates = 2\n") + kBase + R"(
[[variant]]
name = '<script>"&'
text = '</style><script>'
[[variant]]
name = 'b'
hidden = [3]
[[plot]]
metric = "train_loss"
title = '<b>'
[[plot]]
kind = "bars"
metric = "train_loss"
[[claim]]
says = 'train_loss("b") > 0'
text = '<img src=x>'
report = '"><script>'
)");
  const std::string page = html_report(ran.page());
  EXPECT_EQ(html_fault(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_EQ(occurrences(page, "</style>"), 1);
}

TEST(StudyPage, ClaimsAboutReportedFiguresShowOursBesideThem) {
  const MadeUp made({"a"}, {{0.9171, 0.9175, 0.9166}},
                    "[[claim]]\nsays = 'abs(test_accuracy(\"a\") - 0.9171) <= 0.003'\nreport = 0.9171\n");
  const gradus::test::TemporaryFolder folder;
  (void)RunStore::open(folder.path());
  const HtmlReport page = study_page({made.study, made.result, made.claims_}, {folder.path(), ""});
  ASSERT_EQ(page.verdicts.size(), 1U);
  EXPECT_EQ(page.verdicts[0].ours, "0.9171");
  EXPECT_EQ(page.verdicts[0].reported, "0.9171");
  EXPECT_EQ(page.verdicts[0].verdict, VerdictMark::kSupported);
}

constexpr const char* kPrinted = "contender,test_accuracy\nplain,0.9\nwide,0.95\n";

std::string printed_table(const std::filesystem::path& folder) {
  write_file_atomically(folder / "printed.csv", kPrinted, Durability::kProgram);
  return fmt::format(
      "[[table]]\nname = \"printed\"\nfile = \"{}\"\n[[claim]]\n"
      "says = 'cells_matched(\"printed\") == cells(\"printed\")'\ndeterministic = true\n",
      (folder / "printed.csv").string());
}

TEST(StudyText, CountsTheCellsOfPrintedTables) {
  const gradus::test::TemporaryFolder folder;
  const MadeUp made({"plain", "wide"}, {{0.9}, {0.96}}, printed_table(folder.path()));
  const std::string text = made.text();
  EXPECT_THAT(text, HasSubstr("printed: 1 of 2 cells\n"));
  EXPECT_THAT(text, HasSubstr("ours 1 of 2 cells"));
}

TEST(StudyPage, ListsTheCellsThatDiffer) {
  const gradus::test::TemporaryFolder folder;
  const RanStudy ran(std::string(kBase) + "[[variant]]\nname = \"plain\"\n[[variant]]\nname = \"wide\"\n" +
                     printed_table(folder.path()));
  const HtmlReport page = ran.page();
  const auto section = std::ranges::find(page.sections, "Printed figures: printed", &HtmlSection::heading);
  ASSERT_NE(section, page.sections.end());
  EXPECT_THAT(section->paragraphs,
              ElementsAre("0 of 2 cells agree with what is printed, each to half a unit of "
                          "its last printed digit."));
  ASSERT_EQ(section->tables.size(), 2U);
  EXPECT_THAT(section->tables[0].rows,
              ElementsAre(ElementsAre("plain", "1", "0"), ElementsAre("wide", "1", "0")));
  EXPECT_EQ(section->tables[1].caption, "Cells that differ");
  EXPECT_THAT(section->tables[1].rows[1], ElementsAre("wide", "", "test accuracy", "0.95", testing::_));
}

TEST(StudyPage, ShowsDescentsOnTheirMapAndExamplesWithAllTheirDigits) {
  const RanStudy ran(R"(
[[variant]]
name = "h"
descent = { function = "booth", learning_rate = 0.04, steps = 10 }
[[variant]]
name = "q3"
example = "vu/q3"
[[plot]]
kind = "descent"
)");
  const HtmlReport page = ran.page();
  std::string html = html_report(page);
  EXPECT_EQ(html_fault(html), "");
  EXPECT_THAT(html, HasSubstr("Descent on booth"));
  EXPECT_THAT(html, HasSubstr("booth from (-5, -5), sgd, 10 steps of 0.04"));
  EXPECT_THAT(html, HasSubstr("q3: figures"));
  EXPECT_THAT(html, HasSubstr("0.6931471805599453"));
  EXPECT_THAT(html, HasSubstr("-0.5, 0.5"));
  EXPECT_THAT(html, Not(HasSubstr("all contenders"))) << "nothing has a configuration";
}

}  // namespace
}  // namespace gradus::report
