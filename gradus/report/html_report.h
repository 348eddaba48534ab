// A report as one HTML file that needs nothing else: no network, no script, opened from disk, readable on a
// phone, a wide screen and paper, in light and dark.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gradus/report/verdict_mark.h"

namespace gradus::report {

// Texts are plain text everywhere; markup in them is shown as it stands.

struct VerdictRow {
  std::string claim = {};  // "128-beats-64", also the row's anchor in the page
  std::string text = {};   // the statement in words
  VerdictMark verdict = VerdictMark::kNotJudged;
  double estimate = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  double p = std::numeric_limits<double>::quiet_NaN();
  std::string reported = {};  // the original's own figure
  std::string rerun = {};     // the independent re-run's
  std::string ours = {};
  std::string note = {};
};

// A picture and the words under it.
struct HtmlFigure {
  std::string caption = {};
  std::string svg = {};         // a document of this room's pictures; goes into the page as it stands
  std::string narrow_svg = {};  // the same drawn for a narrow page, up to 360 pixels wide; may be empty
};

// A table and the words over it.
struct HtmlTable {
  std::string caption = {};
  std::vector<std::string> header = {};
  std::vector<std::vector<std::string>> rows = {};
};

// A part of a page under a heading of its own.
struct HtmlSection {
  std::string heading = {};
  std::vector<std::string> paragraphs = {};
  std::vector<HtmlFigure> figures = {};
  std::vector<HtmlTable> tables = {};
};

// A link inside the folder that holds the report, or to the web; others are shown as text.
struct HtmlLink {
  std::string text = {};
  std::string target = {};
};

// A page about a study or runs, from the question to how it was done.
struct HtmlReport {
  std::string title = {};
  std::string question = {};
  std::string lead = {};  // the answer in a paragraph
  std::vector<VerdictRow> verdicts = {};
  std::vector<HtmlSection> sections = {};
  std::vector<std::pair<std::string, std::string>> method = {};  // how it was done
  std::string command = {};                                      // that repeats it
  std::vector<std::pair<std::string, std::string>> environment = {};
  std::vector<HtmlLink> runs = {};
};

// The page: question and lead, verdicts, sections, how it was done, the command. Columns of figures that no
// claim has are left out. The same report gives the same bytes.
[[nodiscard]] std::string html_report(const HtmlReport& report);

// Several studies on one page under one title, first a table of their verdicts that leads to each.
[[nodiscard]] std::string html_reports(const std::string& title, const std::string& lead,
                                       std::span<const HtmlReport> reports);

}  // namespace gradus::report
