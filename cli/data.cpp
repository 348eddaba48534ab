// gradus data: what there is, what is in it, and getting it.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "cli/signals.h"
#include "gradus/data/dataset.h"
#include "gradus/data/fetch.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/progress_bar.h"
#include "gradus/report/text_table.h"

namespace gradus::cli {

namespace {

struct DataOptions {
  std::string data;
  std::string target;
  std::string data_folder;
  std::vector<std::string> mirrors;
  bool json = false;
};

int list_command(const DataOptions& options) {
  if (options.json) {
    for (const BuiltIn& set : built_in_sets()) {
      print_line(
          nlohmann::ordered_json{{"event", "data"}, {"name", set.name}, {"description", set.description}}
              .dump());
    }
    return kDone;
  }
  report::TextTable table({{"name"}, {"what it is"}});
  for (const BuiltIn& set : built_in_sets())
    table.add_row({std::string(set.name), std::string(set.description)});
  print(table.render(console().width));
  print(fmt::format("\nfetched sets lie in {}\n", source_options(options.data_folder).data_folder.string()));
  return kDone;
}

// What training would make of it: columns, coding, warnings.
int info_command(const DataOptions& options) {
  const Table table = load_table(options.data, source_options(options.data_folder));
  PreparationSpec spec;
  spec.target = options.target;
  Generator split(GeneratorKind::kPcg64, 0);
  Generator labels(GeneratorKind::kPcg64, 0);
  const Preparation data = prepare(table, spec, split, labels);
  if (options.json) {
    print_line(nlohmann::ordered_json{{"event", "data"},
                                      {"source", table.source},
                                      {"rows", table.rows},
                                      {"features", data.transform.features()},
                                      {"target", data.target.name},
                                      {"task", name_of(data.target.task)},
                                      {"classes", data.target.classes},
                                      {"notes", table.notes},
                                      {"columns", data.decisions},
                                      {"warnings", data.warnings}}
                   .dump());
    return kDone;
  }
  std::string text = fmt::format(
      "{}: {} rows, {} features, {} of {}\n", table.source, report::format_count(table.rows),
      report::format_count(data.transform.features()), name_of(data.target.task), data.target.name);
  for (const std::string& note : table.notes) text += "  " + note + "\n";
  for (const std::string& decision : data.decisions) text += "  " + decision + "\n";
  for (const std::string& warning : data.warnings) text += "  note: " + warning + "\n";
  print(wrapped(text, 4));
  return kDone;
}

int fetch_command(const DataOptions& options) {
  report::ProgressBar::Options bar_options;
  bar_options.is_terminal = console().progress;
  bar_options.unicode = console().unicode;
  report::ProgressBar bar(std::cerr, bar_options);
  end_politely();
  FetchOptions fetch;
  fetch.folder = source_options(options.data_folder).data_folder;
  fetch.mirrors = options.mirrors;
  fetch.cancelled = interrupted;
  fetch.progress = [&bar](const FetchProgress& progress) {
    const double fraction =
        progress.total == 0 ? 0 : static_cast<double>(progress.bytes) / static_cast<double>(progress.total);
    bar.update({progress.file, fraction, report::format_size(progress.bytes),
                std::numeric_limits<double>::quiet_NaN(), ""});
  };
  const FetchResult result = fetch_data(options.data, fetch);
  bar.clear();
  if (options.json) {
    print_line(nlohmann::ordered_json{{"event", "fetch"},
                                      {"folder", result.folder.string()},
                                      {"present", result.present},
                                      {"downloaded", result.downloaded},
                                      {"failures", result.failures}}
                   .dump());
    return kDone;
  }
  for (const std::string& failure : result.failures) print_line("passed over  " + failure);
  for (const std::string& file : result.present) print_line("was there    " + file);
  for (const std::string& file : result.downloaded) print_line("downloaded   " + file);
  print_line("in " + result.folder.string() + ", every checksum right");
  return kDone;
}

}  // namespace

void add_data(Command& program, Outcome& outcome) {
  Command* group = program.add_command("data", "Data sets: list, look into, fetch",
                                       "gradus data info titanic.csv --target survived");
  group->require_command();
  const auto options = std::make_shared<DataOptions>();

  Command* list = group->add_command("list", "The built-in sets", "gradus data list");
  list->callback([options, &outcome] { outcome.status = list_command(*options); });

  Command* info = group->add_command("info", "Columns of a data set and how each would be encoded",
                                     "gradus data info titanic.csv --target survived");
  info->add_option("DATA", options->data,
                   "built-in set, .csv, .npz, or folder of X.npy and y.npy or of IDX files")
      ->required();
  info->add_option("--target", options->target, "column to predict [the set's own, else the last]")
      ->type_name("COLUMN");
  info->callback([options, &outcome] { outcome.status = info_command(*options); });

  Command* fetch = group->add_command("fetch", "Download a set from its public mirrors and verify it",
                                      "gradus data fetch mnist");
  fetch->add_option("NAME", options->data, "mnist")->required();
  fetch
      ->add_option("--mirror", options->mirrors,
                   "base URL to try instead of the public ones; may be repeated")
      ->type_name("URL");
  fetch->callback([options, &outcome] { outcome.status = fetch_command(*options); });

  for (Command* command : {list, info, fetch}) {
    add_data_folder(*command, options->data_folder);
    command->add_flag("--json", options->json, "JSON on standard output");
  }
}

}  // namespace gradus::cli
