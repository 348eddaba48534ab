#include "gradus/report/html_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gradus/report/estimate_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/html_text.h"

namespace gradus::report {

namespace {

struct VerdictLook {
  std::string_view style;
  std::string_view shape;
};

// The shapes of svg_intervals: full circle, cross, ring, square.
VerdictLook look_of(VerdictMark verdict) {
  switch (verdict) {
    case VerdictMark::kSupported:
      return {"supported", "<circle class=\"full\" cx=\"8\" cy=\"8\" r=\"6\"/>"};
    case VerdictMark::kRefuted:
      return {"refuted", "<path d=\"M3 3L13 13M13 3L3 13\"/>"};
    case VerdictMark::kCannotTell:
      return {"open", "<circle cx=\"8\" cy=\"8\" r=\"5.5\"/>"};
    default:
      return {"open", "<rect x=\"3\" y=\"3\" width=\"10\" height=\"10\"/>"};
  }
}

std::string verdict_html(VerdictMark verdict, std::string_view before = "") {
  const VerdictLook look = look_of(verdict);
  return fmt::format(
      "<span class=\"verdict {}\"><svg viewBox=\"0 0 16 16\" aria-hidden=\"true\">{}</svg>{}{}</span>",
      look.style, look.shape, before, verdict_word(verdict));
}

std::string estimate_html(const VerdictRow& row) {
  if (std::isnan(row.estimate)) return "";
  EstimateText text;
  text.add(row.estimate, row.low, row.high);
  const std::string interval = text.interval(row.low, row.high);
  return text.estimate(row.estimate) +
         (interval.empty() ? "" : fmt::format(" <span class=\"range\">{}</span>", interval));
}

std::string p_html(const VerdictRow& row) {
  constexpr double kLeastShown = 0.001;
  if (std::isnan(row.p)) return "";
  return row.p < kLeastShown ? "&lt; 0.001" : format_significant(row.p, 2);
}

std::string claim_html(const VerdictRow& row) {
  if (row.text.empty()) return html_escape(row.claim);
  std::string text = html_escape(row.text);
  if (!row.claim.empty()) text += fmt::format(" <span class=\"name\">{}</span>", html_escape(row.claim));
  return text;
}

struct Column {
  std::string_view title;
  std::string_view style;
  std::string (*content)(const VerdictRow&);
};

constexpr std::array<Column, 6> kColumns = {
    {{"Estimate", "num", estimate_html},
     {"p", "num", p_html},
     {"Reported", "figure-text", [](const VerdictRow& row) { return html_escape(row.reported); }},
     {"Re-run", "figure-text", [](const VerdictRow& row) { return html_escape(row.rerun); }},
     {"Ours", "figure-text", [](const VerdictRow& row) { return html_escape(row.ours); }},
     {"Note", "note", [](const VerdictRow& row) { return html_escape(row.note); }}}};

bool is_numeric(std::string_view cell) {
  // "0.96 ± 0.01 (2 of 3)" is two numbers and a remark; "none" stands for one.
  if (cell == "none") return true;
  cell = cell.substr(0, cell.find(" ("));
  constexpr std::string_view kPlusMinus = " ± ";
  if (const std::size_t at = cell.find(kPlusMinus); at != std::string_view::npos)
    return is_numeric(cell.substr(0, at)) && is_numeric(cell.substr(at + kPlusMinus.size()));
  if (cell.starts_with("−")) cell.remove_prefix(std::string_view("−").size());
  if (cell.starts_with('-') || cell.starts_with('+')) cell.remove_prefix(1);
  return !cell.empty() && cell.find_first_not_of("0123456789.,e-% ") == std::string_view::npos &&
         cell.front() != ' ';
}

bool numeric_column(const HtmlTable& table, std::size_t column) {
  bool any = false;
  for (const std::vector<std::string>& row : table.rows) {
    if (column >= row.size() || row[column].empty()) continue;
    if (!is_numeric(row[column])) return false;
    any = true;
  }
  return any;
}

std::size_t count_of(std::span<const VerdictRow> verdicts, VerdictMark verdict) {
  return static_cast<std::size_t>(std::count_if(
      verdicts.begin(), verdicts.end(), [&](const VerdictRow& row) { return row.verdict == verdict; }));
}

constexpr std::array kJudgements = {VerdictMark::kSupported, VerdictMark::kRefuted, VerdictMark::kCannotTell,
                                    VerdictMark::kNotJudged};

}  // namespace

std::string verdict_tally(std::span<const VerdictRow> verdicts) {
  std::string html = "<ul class=\"tally\">\n";
  for (const VerdictMark verdict : kJudgements) {
    const std::size_t count = count_of(verdicts, verdict);
    if (count > 0) html += fmt::format("<li>{}</li>\n", verdict_html(verdict, fmt::format("{} ", count)));
  }
  return html + "</ul>\n";
}

std::string verdict_table(std::span<const VerdictRow> verdicts, const std::string& prefix) {
  std::vector<Column> columns;
  for (const Column& column : kColumns) {
    const bool used = std::any_of(verdicts.begin(), verdicts.end(),
                                  [&](const VerdictRow& row) { return !column.content(row).empty(); });
    if (used) columns.push_back(column);
  }
  // Roles, because a narrow page shows rows as cards, and browsers then forget that it is a table.
  std::string html =
      "<div class=\"scroll\">\n<table class=\"verdicts cards\" role=\"table\">\n<thead role=\"rowgroup\"><tr "
      "role=\"row\">"
      "<th role=\"columnheader\" scope=\"col\">Verdict</th><th role=\"columnheader\" "
      "scope=\"col\">Claim</th>";
  for (const Column& column : columns) {
    html += fmt::format(
        "<th role=\"columnheader\" scope=\"col\" class=\"{}\">{}{}</th>", column.style == "num" ? "num" : "",
        column.title, column.content == estimate_html ? "<span class=\"range\">[95 % interval]</span>" : "");
  }
  html += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
  for (const VerdictRow& row : verdicts) {
    html += fmt::format(
        "<tr role=\"row\" id=\"{}{}\"><td role=\"cell\">{}</td><th role=\"rowheader\" scope=\"row\" "
        "class=\"claim\">{}</th>",
        prefix, fmt::format("claim-{}", &row - verdicts.data() + 1), verdict_html(row.verdict),
        claim_html(row));
    for (const Column& column : columns) {
      const std::string content = column.content(row);
      html += fmt::format("<td role=\"cell\" class=\"{}\"{}>{}</td>", column.style,
                          content.empty() ? "" : fmt::format(" data-label=\"{}\"", column.title), content);
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string study_prefix(std::size_t index) {
  return fmt::format("study-{}-", index + 1);
}

std::string studies_table(std::span<const HtmlReport> reports) {
  std::string html =
      "<div class=\"scroll\">\n<table class=\"studies\">\n<thead><tr><th scope=\"col\">Study</th>";
  for (const VerdictMark verdict : kJudgements) {
    html += fmt::format("<th scope=\"col\" class=\"num\">{}</th>", verdict_html(verdict));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t i = 0; i < reports.size(); ++i) {
    html += fmt::format(
        "<tr><th scope=\"row\" class=\"claim\"><a href=\"#{}top\">{}</a> <span class=\"note\">{}</span></th>",
        study_prefix(i), html_escape(reports[i].title), html_escape(reports[i].question));
    for (const VerdictMark verdict : kJudgements) {
      const std::size_t count = count_of(reports[i].verdicts, verdict);
      html += fmt::format("<td class=\"num\">{}</td>", count > 0 ? std::to_string(count) : "");
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string html_table(const HtmlTable& table) {
  std::string html = "<div class=\"scroll\" tabindex=\"0\">\n<table>\n";
  if (!table.caption.empty()) html += fmt::format("<caption>{}</caption>\n", html_escape(table.caption));
  std::vector<std::string_view> styles;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    styles.push_back(numeric_column(table, i) ? " class=\"num\"" : "");
  }
  html += "<thead><tr>";
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    html += fmt::format("<th scope=\"col\"{}>{}</th>", styles[i], html_escape(table.header[i]));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < table.header.size(); ++i) {
      const std::string cell = i < row.size() ? html_escape(row[i]) : "";
      html += i == 0 ? fmt::format("<th scope=\"row\"{}>{}</th>", styles[i], cell)
                     : fmt::format("<td{}>{}</td>", styles[i], cell);
    }
    html += "</tr>\n";
  }
  return html + "</tbody>\n</table>\n</div>\n";
}

}  // namespace gradus::report
