#include "gradus/report/run_report.h"

#include <gmock/gmock.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/report/librsvg.h"
#include "gradus/report/report_fixture.h"
#include "gradus/report/svg_checker.h"
#include "gradus/runs/run_store_fixture.h"
#include "tests/support/test_support.h"

namespace gradus::report {
namespace {

using test::html_fault;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// In a folder that vanishes with it.
struct RanStudy : private gradus::test::TemporaryFolder, public test::StudyThatRan {
  explicit RanStudy(const std::string& text) : StudyThatRan(text, TemporaryFolder::path()) {}
};

constexpr const char* kTwoWidths = R"(
replicates = 1
[base]
data = "digits"
epochs = 2
layers_every = 20
[vary]
hidden = [2, 8]
)";

std::vector<std::string> headings(const HtmlReport& page) {
  std::vector<std::string> result;
  for (const HtmlSection& section : page.sections) result.push_back(section.heading);
  return result;
}

TEST(RunPage, OneRunHasAPageOfItsOwn) {
  const RanStudy ran(kTwoWidths);
  const HtmlReport page = run_page(std::vector<std::uint64_t>{2}, ran.options());
  EXPECT_THAT(headings(page), ElementsAre("Results", "Pictures", "Layers", "Configuration"));
  EXPECT_EQ(page.title, "Run 2, test 8");
  EXPECT_EQ(page.command, "gradus runs reproduce 2");
  EXPECT_THAT(page.sections[3].tables.at(0).rows, Contains(ElementsAre("hidden", "8")));
  EXPECT_THAT(page.sections[1].figures.at(1).caption, HasSubstr("Run 2, test 8: true classes by row"));
  EXPECT_THAT(page.sections[1].figures.at(1).caption, HasSubstr("359 rows of the test part"));
  EXPECT_EQ(html_fault(html_report(page)), "");
}

TEST(RunPage, LayersAreDrawnAsTheFirstAndTheLastRecordedStepFoundThem) {
  const RanStudy ran(kTwoWidths);
  const auto layers = [&] { return run_page(std::vector<std::uint64_t>{2}, ran.options()).sections.at(2); };
  const std::vector<HtmlFigure> figures = layers().figures;
  ASSERT_GE(figures.size(), 2U);
  EXPECT_THAT(figures.end()[-2].caption, HasSubstr("before the update of step 1;"));
  EXPECT_THAT(figures.back().caption, HasSubstr("before the update of step 80;"));
  EXPECT_THAT(figures.back().svg, HasSubstr(">Activations<"));
  write_file_atomically(ran.options().runs / "2" / "layers.jsonl", "damaged");
  // The one layer with such units has words, not a picture.
  EXPECT_THAT(layers().paragraphs, ElementsAre(HasSubstr("Share of dead units by layer: 0 (step 1); "),
                                               HasSubstr("No distributions of run 2, test 8: reading")));
  std::filesystem::remove(ran.options().runs / "2" / "layers.jsonl");
  EXPECT_EQ(layers().figures.size(), figures.size() - 2);
}

TEST(RunPage, SeveralRunsShowInWhatTheyDiffer) {
  const RanStudy ran(kTwoWidths);
  const HtmlReport page = run_page(std::vector<std::uint64_t>{1, 2}, ran.options());
  EXPECT_THAT(headings(page), ElementsAre("Results", "Configuration", "Pictures", "Layers"));
  EXPECT_THAT(page.sections[1].tables.at(0).rows, ElementsAre(ElementsAre("hidden", "2", "8")));
  EXPECT_EQ(page.sections[2].figures.size(), 5U);  // curves, and of each run mistakes and weights
  const std::string html = html_report(page);
  EXPECT_EQ(html_fault(html), "");
  EXPECT_THAT(html, HasSubstr("href=\"2/\""));
}

TEST(RunPage, LinksLeadFromThePageToTheRuns) {
  const RanStudy ran(kTwoWidths);
  PageOptions options = ran.options();
  options.page_folder = ran.folder;
  EXPECT_EQ(run_page(std::vector<std::uint64_t>{1}, options).runs.at(0).target, "runs/1/");
}

TEST(RunPage, ADivergedRunWithoutAModelIsShownAsSuch) {
  const gradus::test::TemporaryFolder folder;
  RunStore store = RunStore::open(folder.path());
  RunOutcome outcome = gradus::test::finished(0.1);
  outcome.status = RunStatus::kDiverged;
  outcome.error = "step 12: infinite weights in <b>";
  (void)store.add_finished(gradus::test::header("a & <script>"), outcome);
  const HtmlReport page = run_page(std::vector<std::uint64_t>{1}, {folder.path(), ""});
  const std::string html = html_report(page);
  EXPECT_EQ(html_fault(html), "");
  for (const char* text : {"diverged", "step 12: infinite weights in &lt;b&gt;", "left no model"}) {
    EXPECT_THAT(html, HasSubstr(text));
  }
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(RunPage, DataThatHasChangedGivesNoConfusionMatrix) {
  const gradus::test::TemporaryFolder folder;
  std::string table = "x,y\n";
  for (int i = 0; i < 120; ++i) table += std::to_string(i % 10) + (i % 10 + i % 3 > 5 ? ",a\n" : ",b\n");
  const std::string data = folder.write("data.csv", table).string();
  const RanStudy ran("replicates = 1\n[base]\ndata = \"" + data + "\"\nhidden = [2]\nepochs = 1\n");
  EXPECT_THAT(headings(run_page(std::vector<std::uint64_t>{1}, ran.options())), Contains("Pictures"));
  (void)folder.write("data.csv", table + "1,b\n");
  const HtmlReport page = run_page(std::vector<std::uint64_t>{1}, ran.options());
  EXPECT_THAT(html_report(page), HasSubstr("is no longer the data that run 1 was trained on"));
}

TEST(RunPage, UnknownRunsAreRefused) {
  const RanStudy ran(kTwoWidths);
  EXPECT_THROW((void)run_page(std::vector<std::uint64_t>{9}, ran.options()), Error);
  EXPECT_THROW((void)run_page({}, ran.options()), Error);
}

TEST(RunPage, PicturesBecomeFilesNamedByTheirCaptions) {
  try {
    (void)gradus::internal::librsvg();
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  HtmlReport page;
  const std::string svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"10\" height=\"10\"></svg>";
  page.sections = {{"a", {}, {{"Loss & score; ä", svg, {}}, {"../..", svg, {}}}, {}}};
  const gradus::test::TemporaryFolder folder;
  const auto files = write_pngs(page, folder.path() / "pictures");
  EXPECT_THAT(files, ElementsAre(folder.path() / "pictures" / "01-loss-score.png",
                                 folder.path() / "pictures" / "02-picture.png"));
  EXPECT_THAT(read_file(files[0]), testing::StartsWith("\x89PNG"));
}

}  // namespace
}  // namespace gradus::report
