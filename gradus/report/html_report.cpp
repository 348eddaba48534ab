#include "gradus/report/html_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/report/html_style.h"
#include "gradus/report/html_tables.h"
#include "gradus/report/html_text.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

// Nothing but what the page itself holds may be loaded, and no script may run, even if one got in.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

constexpr std::size_t kLongPage = 4;   // headings from which on a page has a table of contents
constexpr std::size_t kManyRuns = 24;  // links that are folded away

std::string page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"generator\" content=\"gradus\">\n<title>{}</title>\n<style>{}{}</style>\n</head>\n"
      "<body>\n<main>\n{}</main>\n</body>\n</html>\n",
      kPolicy, html_escape(title), html_style(), svg_style(), body);
}

// Writes one study. Headings begin at `level`; anchors begin with `prefix`, so that several studies can share a
// page.
class StudyWriter {
 public:
  StudyWriter(const HtmlReport& report, int level, std::string prefix)
      : report_(report), level_(level), prefix_(std::move(prefix)) {}
  [[nodiscard]] std::string write();

 private:
  void heading(int depth, std::string_view anchor, std::string_view text);
  void paragraph(std::string_view text, std::string_view attributes = "");
  void contents();
  void verdicts();
  void section(const HtmlSection& section, std::size_t number);
  void figure(const HtmlFigure& figure);
  void pairs(const std::vector<std::pair<std::string, std::string>>& rows);
  void method();
  void runs();
  [[nodiscard]] bool has_method() const {
    return !report_.method.empty() || !report_.command.empty() || !report_.environment.empty();
  }

  const HtmlReport& report_;
  int level_;
  std::string prefix_;
  std::string body_;
  int figures_ = 0;
};

void StudyWriter::heading(int depth, std::string_view anchor, std::string_view text) {
  const int level = std::min(level_ + depth, 6);
  body_ += anchor.empty()
               ? fmt::format("<h{0}>{1}</h{0}>\n", level, html_escape(text))
               : fmt::format("<h{0} id=\"{2}{3}\">{1}</h{0}>\n", level, html_escape(text), prefix_, anchor);
}

void StudyWriter::paragraph(std::string_view text, std::string_view attributes) {
  if (!text.empty()) body_ += fmt::format("<p{}>{}</p>\n", attributes, html_escape(text));
}

void StudyWriter::contents() {
  std::vector<std::pair<std::string, std::string>> entries;
  if (!report_.verdicts.empty()) entries.emplace_back("verdicts", "Verdicts");
  for (std::size_t i = 0; i < report_.sections.size(); ++i) {
    entries.emplace_back(fmt::format("section-{}", i + 1), report_.sections[i].heading);
  }
  if (has_method()) entries.emplace_back("method", "How it was done");
  if (!report_.runs.empty()) entries.emplace_back("runs", "Runs");
  if (entries.size() <= kLongPage) return;
  body_ += "<nav aria-label=\"Contents\">\n<ol>\n";
  for (const auto& [anchor, text] : entries) {
    body_ += fmt::format("<li><a href=\"#{}{}\">{}</a></li>\n", prefix_, anchor, html_escape(text));
  }
  body_ += "</ol>\n</nav>\n";
}

void StudyWriter::verdicts() {
  if (report_.verdicts.empty()) return;
  heading(1, "verdicts", "Verdicts");
  body_ += verdict_tally(report_.verdicts);
  body_ += verdict_table(report_.verdicts, prefix_);
}

void StudyWriter::figure(const HtmlFigure& figure) {
  const bool narrow = !figure.narrow_svg.empty();
  body_ += narrow ? "<figure class=\"has-narrow\">\n" : "<figure>\n";
  // A picture that is too wide scrolls by itself; the keyboard reaches it.
  body_ += fmt::format("<div class=\"wide scroll\" tabindex=\"0\" style=\"--w:{}px\">\n{}</div>\n",
                       svg_document_width(figure.svg), inline_svg(figure.svg));
  if (narrow) {
    body_ += fmt::format("<div class=\"narrow scroll\" tabindex=\"0\" style=\"--w:{}px\">\n{}</div>\n",
                         svg_document_width(figure.narrow_svg), inline_svg(figure.narrow_svg));
  }
  ++figures_;
  body_ += fmt::format("<figcaption><b>Figure {}.</b> {}</figcaption>\n</figure>\n", figures_,
                       html_escape(figure.caption));
}

void StudyWriter::section(const HtmlSection& section, std::size_t number) {
  body_ += "<section>\n";
  heading(1, fmt::format("section-{}", number), section.heading);
  for (const std::string& text : section.paragraphs) paragraph(text);
  if (!section.figures.empty()) {
    body_ += "<div class=\"figures\">\n";
    for (const HtmlFigure& picture : section.figures) figure(picture);
    body_ += "</div>\n";
  }
  for (const HtmlTable& table : section.tables) body_ += html_table(table);
  body_ += "</section>\n";
}

void StudyWriter::pairs(const std::vector<std::pair<std::string, std::string>>& rows) {
  if (rows.empty()) return;
  body_ += "<dl>\n";
  for (const auto& [name, value] : rows) {
    body_ += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_escape(name), html_escape(value));
  }
  body_ += "</dl>\n";
}

void StudyWriter::method() {
  if (!has_method()) return;
  body_ += "<section>\n";
  heading(1, "method", "How it was done");
  pairs(report_.method);
  if (!report_.command.empty()) {
    heading(2, "", "The command that repeats it");
    body_ += fmt::format("<pre tabindex=\"0\"><code>{}</code></pre>\n", html_escape_lines(report_.command));
  }
  if (!report_.environment.empty()) {
    heading(2, "", "Machine and build");
    pairs(report_.environment);
  }
  body_ += "</section>\n";
}

void StudyWriter::runs() {
  if (report_.runs.empty()) return;
  const bool folded = report_.runs.size() > kManyRuns;
  body_ += "<section>\n";
  heading(1, "runs", "Runs");
  if (folded) body_ += fmt::format("<details><summary>{} runs</summary>\n", report_.runs.size());
  body_ += "<ul class=\"runs\">\n";
  for (const HtmlLink& run : report_.runs) body_ += fmt::format("<li>{}</li>\n", html_link(run));
  body_ += folded ? "</ul>\n</details>\n</section>\n" : "</ul>\n</section>\n";
}

std::string StudyWriter::write() {
  heading(0, "top", report_.title);
  paragraph(report_.question, " class=\"question\"");
  paragraph(report_.lead, " class=\"lead\"");
  contents();
  verdicts();
  for (std::size_t i = 0; i < report_.sections.size(); ++i) section(report_.sections[i], i + 1);
  method();
  runs();
  return std::move(body_);
}

}  // namespace

std::string html_report(const HtmlReport& report) {
  return page(report.title, StudyWriter(report, 1, "").write());
}

std::string html_reports(const std::string& title, const std::string& lead,
                         std::span<const HtmlReport> reports) {
  std::string body = fmt::format("<h1 id=\"studies\">{}</h1>\n", html_escape(title));
  if (!lead.empty()) body += fmt::format("<p class=\"lead\">{}</p>\n", html_escape(lead));
  std::vector<VerdictRow> all;
  for (const HtmlReport& report : reports)
    all.insert(all.end(), report.verdicts.begin(), report.verdicts.end());
  if (!all.empty()) body += verdict_tally(all);
  body += studies_table(reports);
  for (std::size_t i = 0; i < reports.size(); ++i) {
    body += "<article>\n" + StudyWriter(reports[i], 2, study_prefix(i)).write();
    body += "<p class=\"back\"><a href=\"#studies\">All studies</a></p>\n</article>\n";
  }
  return page(title, body);
}

}  // namespace gradus::report
