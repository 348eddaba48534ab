#include "gradus/report/html_report.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "gradus/report/html_text.h"
#include "gradus/report/svg.h"
#include "gradus/report/svg_chart.h"
#include "gradus/report/svg_checker.h"

namespace gradus::report {
namespace {

using test::html_fault;
using test::occurrences;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostile = "<script>alert(\"1\")</script> & 'more' </style> -->";

std::string chart(double width) {
  Chart picture;
  picture.title = "loss";
  picture.width = width;
  picture.panels = {{"loss", {{"train", {0, 1, 2}, {3, 2, 1}}}}};
  return svg_chart(picture);
}

HtmlReport study() {
  HtmlReport report;
  report.title = "Momentum";
  report.question = "Does momentum help?";
  report.lead = "It does.";
  report.verdicts = {{"momentum-helps", "momentum helps", VerdictMark::kSupported, 0.62, 0.41, 0.83, 2e-5,
                      "92 %", "91.7 %", "91.72 %", "five seeds"},
                     {"over-fit", "ten layers over-fit", VerdictMark::kRefuted, -1.9, -2.4, -1.4, 0.0312}};
  report.sections = {
      {"Curves", {"Medians."}, {{"The loss.", chart(760), chart(360)}}, {}},
      {"Numbers", {}, {}, {{"All.", {"name", "epochs"}, {{"a", "1,200"}, {"b", "−3"}, {"c"}}}}}};
  report.method = {{"Data", "MNIST"}};
  report.command = "gradus study momentum.toml \\\n  --seeds 5";
  report.environment = {{"Processor", "two cores"}};
  report.runs = {{"run 7", "runs/7/config.toml"}};
  return report;
}

TEST(HtmlReport, IsWellFormedAndTheSameEveryTime) {
  const std::string page = html_report(study());
  EXPECT_EQ(html_fault(page), "");
  EXPECT_EQ(page, html_report(study()));
  EXPECT_EQ(html_fault(html_report({})), "");
}

TEST(HtmlReport, NeedsNothingFromOutsideAndRunsNothing) {
  const std::string page = html_report(study());
  EXPECT_THAT(page, HasSubstr("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, Not(HasSubstr("url(")));
  EXPECT_EQ(occurrences(page, "http://"), occurrences(page, "xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_EQ(occurrences(page, "https://"), 0);
}

TEST(HtmlReport, GoesFromQuestionToVerdictsToPicturesToTheCommand) {
  const std::string page = html_report(study());
  std::size_t before = 0;
  for (const char* text : {"<h1", "Does momentum help?", "It does.", ">Verdicts</h2>", "momentum helps",
                           ">Curves</h2>", "<b>Figure 1.</b> The loss.", ">How it was done</h2>",
                           "gradus study momentum.toml", "two cores", "runs/7/config.toml"}) {
    const std::size_t at = page.find(text, before);
    ASSERT_NE(at, std::string_view::npos) << text << " is missing or too early";
    before = at;
  }
}

TEST(HtmlReport, VerdictsHaveWordsFiguresAndLabels) {
  const std::string page = html_report(study());
  for (const char* text :
       {"supported</span>", "refuted</span>", "0.62 <span class=\"range\">[0.41, 0.83]</span>", "−1.90",
        "&lt; 0.001", ">0.031<", "data-label=\"Reported\">92 %<", "91.72 %", "five seeds", "1 supported",
        "1 refuted", "id=\"claim-2\""}) {
    EXPECT_THAT(page, HasSubstr(text));
  }
}

TEST(HtmlReport, ColumnsThatNoClaimHasAreLeftOut) {
  HtmlReport report = study();
  report.verdicts = {{"a", "plain", VerdictMark::kCannotTell}};
  const std::string page = html_report(report);
  for (const char* title : {">Reported<", ">Re-run<", ">Ours<", ">Note<", ">p<", ">Estimate<"}) {
    EXPECT_THAT(html_report(study()), HasSubstr(title));
    EXPECT_THAT(page, Not(HasSubstr(title)));
  }
}

TEST(HtmlReport, HostileTextIsShownAsText) {
  HtmlReport report;
  report.title = report.question = report.lead = report.command = kHostile;
  report.verdicts = {{kHostile, kHostile, VerdictMark::kSupported, NAN, NAN, NAN, NAN, kHostile, kHostile,
                      kHostile, kHostile}};
  report.sections = {
      {kHostile, {kHostile}, {{kHostile, chart(760), ""}}, {{kHostile, {kHostile}, {{kHostile}}}}}};
  report.method = report.environment = {{kHostile, kHostile}};
  report.runs = {{kHostile, "javascript:alert(1)"}, {kHostile, "\"><script>"}};
  for (const std::string& page :
       {html_report(report), html_reports(kHostile, kHostile, std::vector{report, report})}) {
    EXPECT_EQ(html_fault(page), "");
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("javascript:")));
    EXPECT_EQ(occurrences(page, "</style>"), 1);
  }
}

TEST(HtmlReport, PicturesShareOneStyleSheetAndComeInTwoWidths) {
  const std::string page = html_report(study());
  EXPECT_EQ(occurrences(page, "<style>"), 1);
  EXPECT_EQ(occurrences(page, "role=\"img\""), 2);
  EXPECT_THAT(page, HasSubstr("style=\"--w:760px\""));
  EXPECT_THAT(page, HasSubstr("style=\"--w:360px\""));
}

TEST(HtmlReport, NumbersAreSetToTheRight) {
  const std::string page = html_report(study());
  EXPECT_THAT(page, HasSubstr("<td class=\"num\">1,200</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"num\">−3</td>"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">a</th>"));
}

TEST(HtmlReport, OnlyLongPagesHaveContents) {
  EXPECT_THAT(html_report(study()), HasSubstr("<nav aria-label=\"Contents\">"));
  HtmlReport report = study();
  report.sections.clear();
  EXPECT_THAT(html_report(report), Not(HasSubstr("<nav")));
}

TEST(HtmlReport, ManyRunsAreFoldedAway) {
  HtmlReport report = study();
  EXPECT_THAT(html_report(report), Not(HasSubstr("<details>")));
  report.runs.resize(60, report.runs[0]);
  EXPECT_THAT(html_report(report), HasSubstr("<details><summary>60 runs</summary>"));
}

TEST(HtmlReports, EachStudyIsLedToFromOneTable) {
  const std::string page = html_reports("All", "Two studies.", std::vector{study(), study()});
  EXPECT_EQ(html_fault(page), "");
  EXPECT_THAT(page, HasSubstr("href=\"#study-2-top\""));
  EXPECT_THAT(page, HasSubstr("<h2 id=\"study-2-top\">Momentum</h2>"));
  EXPECT_THAT(page, HasSubstr("2 supported"));  // of both together
  EXPECT_EQ(html_fault(html_reports("", "", {})), "");
}

TEST(HtmlReports, AnchorsAreUniqueAndLinksHaveTheirTargets) {
  const std::string page = html_reports("All", "", std::vector{study(), study()});
  std::set<std::string> anchors;
  for (std::size_t at = page.find(" id=\""); at != std::string_view::npos; at = page.find(" id=\"", at + 1)) {
    const std::string anchor = page.substr(at + 5, page.find('"', at + 5) - at - 5);
    EXPECT_TRUE(anchors.insert(anchor).second) << anchor << " stands twice";
  }
  for (std::size_t at = page.find("href=\"#"); at != std::string_view::npos;
       at = page.find("href=\"#", at + 1)) {
    const std::string target = page.substr(at + 7, page.find('"', at + 7) - at - 7);
    EXPECT_TRUE(anchors.contains(target)) << target << " is nowhere";
  }
}

TEST(HtmlLinks, LeadIntoTheFolderOrToTheWeb) {
  EXPECT_EQ(html_link({"a", "runs/7/x.html"}), "<a href=\"runs/7/x.html\">a</a>");
  EXPECT_THAT(html_link({"a", "https://example.org/?a=1&b=2"}), HasSubstr("?a=1&amp;b=2"));
  for (const char* target : {"", "/etc/passwd", "//example.org", "../x", "javascript:alert(1)",
                             "data:text/html,x", "\\\\host\\x", " javascript:alert(1)"}) {
    EXPECT_EQ(html_link({"a", target}), "a") << target;
  }
}

TEST(HtmlText, LineBreaksStayOnlyInCommands) {
  EXPECT_EQ(html_escape("a\nb\tc"), "a b c");
  EXPECT_EQ(html_escape_lines("a <\n\nb"), "a &lt;\n\nb");
  EXPECT_EQ(html_escape("\x01"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace gradus::report
