// gradus report: stored runs as one HTML page.
#include <fmt/format.h>

#include <memory>

#include "cli/command.h"
#include "cli/out_file.h"
#include "cli/run_flags.h"
#include "cli/runs_text.h"
#include "gradus/core/files.h"
#include "gradus/report/run_report.h"

namespace gradus::cli {

namespace {

struct ReportOptions {
  std::vector<std::uint64_t> ids;
  std::string runs = "runs";
  std::string out = "report.html";
  std::string title;
  std::string png;
  std::string data_folder;
  bool json = false;
};

void tell(const ReportOptions& options, const std::filesystem::path& file, const char* what) {
  print_line(options.json ? fmt::format("{{\"event\":\"report\",\"file\":{}}}", json_text(file.string()))
                          : fmt::format("{}  {}", what, file.string()));
}

int report_command(const ReportOptions& options) {
  const std::filesystem::path out = options.out;
  check_out(out, "report.html");
  if (!options.png.empty()) make_folder(options.png);
  report::PageOptions page_options;
  page_options.runs = options.runs;
  page_options.source = source_options(options.data_folder);
  page_options.page_folder = out.has_parent_path() ? out.parent_path() : ".";
  report::HtmlReport page = report::run_page(options.ids, page_options);
  if (!options.title.empty()) page.title = options.title;
  write_file_atomically(out, report::html_report(page));
  tell(options, out, "report");
  if (options.png.empty()) return kDone;
  for (const std::filesystem::path& file : report::write_pngs(page, options.png))
    tell(options, file, "picture");
  return kDone;
}

}  // namespace

void add_report(Command& program, Outcome& outcome) {
  Command* command = program.add_command("report", "Stored runs as one HTML page: curves, mistakes, weights",
                                         "gradus report 11 12 --out widths.html --title \"Two widths\"");
  const auto options = std::make_shared<ReportOptions>();
  command->add_option("RUN", options->ids, "numbers of runs, as `gradus runs list` prints them")
      ->required()
      ->expected(1, Option::kAnyNumber)
      ->check(whole_number(1, std::numeric_limits<std::int64_t>::max()));
  command->add_option("--out", options->out, "the page [report.html]")->type_name("FILE");
  command->add_option("--title", options->title, "its heading [the run's name]")->type_name("TEXT");
  command->add_option("--png", options->png, "folder for every picture as PNG, too")->type_name("DIR");
  command->add_option("--runs", options->runs, "folder of all runs [runs]")->type_name("DIR");
  add_data_folder(*command, options->data_folder);
  command->add_flag("--json", options->json, "JSON on standard output");
  command->callback([options, &outcome] { outcome.status = report_command(*options); });
}

}  // namespace gradus::cli
