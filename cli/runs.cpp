// gradus runs: the store of runs.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "cli/command.h"
#include "cli/run_flags.h"
#include "cli/runs_commands.h"
#include "cli/runs_text.h"
#include "gradus/core/error.h"
#include "gradus/report/display_text.h"
#include "gradus/runs/run_export.h"

namespace gradus::cli {

namespace {

constexpr std::size_t kListed = 50;  // without --limit

struct ChangeOptions : RunsOptions {
  std::uint64_t id = 0;
  std::vector<std::string> words;
  std::string note;
  bool remove = false;
  bool yes = false;
  std::string format;
  std::string out;
};

int tag_run(const ChangeOptions& options) {
  RunStore store = RunStore::open_existing(options.runs);
  for (const std::string& tag : options.words) {
    if (options.remove) {
      store.untag(options.id, tag);
    } else {
      store.tag(options.id, tag);
    }
  }
  const RunRecord run = store.record(options.id);
  if (options.json) {
    print_line(fmt::format("{{\"event\":\"run\",{}}}", run_members(run)));
  } else {
    const std::string tags = fmt::format("{}", fmt::join(run.tags, ", "));
    print_line(report::printable(fmt::format("run {}: {}", run.id, tags.empty() ? "no tags" : tags)));
  }
  return kDone;
}

int note_run(const ChangeOptions& options) {
  RunStore store = RunStore::open_existing(options.runs);
  store.set_note(options.id, options.note);
  if (options.json)
    print_line(fmt::format("{{\"event\":\"run\",{}}}", run_members(store.record(options.id))));
  return kDone;
}

// Whoever sits before a terminal is asked.
bool may_delete(const ChangeOptions& options, const std::vector<RunRecord>& runs) {
  if (options.yes) return true;
  if (isatty(STDIN_FILENO) == 0) {
    throw Error(ErrorCode::kInvalidArgument,
                "deleting runs: nobody can be asked here; give --yes to delete them with their folders");
  }
  for (const RunRecord& run : runs) {
    print_error(report::printable(fmt::format("run {}  {}  {}  {}, {} ago", run.id, label(run), run.data,
                                              name_of(run.status), age_text(run.started))));
  }
  print_error(
      fmt::format("delete {} and all their files? [y/N]", runs.size() == 1 ? "this run" : "these runs"));
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "yes");
}

int delete_runs(const ChangeOptions& options) {
  RunStore store = RunStore::open_existing(options.runs);
  std::vector<RunRecord> runs;
  for (const std::uint64_t id : options.ids) runs.push_back(store.record(id));
  if (!may_delete(options, runs)) return kDone;
  for (const RunRecord& run : runs) {
    store.remove(run.id);
    print_line(options.json ? fmt::format("{{\"event\":\"deleted\",\"run\":{}}}", run.id)
                            : fmt::format("deleted run {}", run.id));
  }
  return kDone;
}

int export_runs(const ChangeOptions& options) {
  const RunStore store = RunStore::open_existing(options.runs);
  const auto files = options.format == "csv" ? export_csv(store, options.ids, options.out)
                                             : export_tensorboard(store, options.ids, options.out);
  for (const auto& file : files) {
    print_line(options.json ? fmt::format("{{\"event\":\"file\",\"path\":{}}}", json_text(file.string()))
                            : file.string());
  }
  return kDone;
}

void add_ids(Command& command, std::vector<std::uint64_t>& ids, int least, int most) {
  command.add_option("ID", ids, "number of a run, as `gradus runs list` prints it")
      ->required()
      ->expected(least, most)
      ->check(whole_number(1, std::numeric_limits<std::int64_t>::max()));
}

void add_id(Command& command, std::uint64_t& id) {
  command.add_option("ID", id, "number of a run, as `gradus runs list` prints it")
      ->required()
      ->check(whole_number(1, std::numeric_limits<std::int64_t>::max()));
}

void add_metrics(Command& command, std::vector<std::string>& metrics) {
  command
      .add_option("--metrics", metrics,
                  "series to show, such as val_accuracy,test_loss [those of validation]")
      ->delimiter(',')
      ->type_name("A,B");
}

// Alive as long as the commands that hold it.
using SharedOptions = std::shared_ptr<ChangeOptions>;

void add_list(Command& group, const SharedOptions& options, Outcome& outcome) {
  Command* list = group.add_command("list", "Runs and their figures, the newest first",
                                    "gradus runs list --sort best:val_loss --limit 10\n"
                                    "  gradus runs list --filter \"optimizer=adam and val_accuracy>0.9\"");
  list->add_option(
          "--filter", options->query.filter,
          "comparisons by = != < <= > >= ~ joined by and, of columns, configuration fields and series")
      ->type_name("TEXT");
  list->add_option("--sort", options->query.sort,
                   "a column, a field or a series: its last value, or best:, final:, minimum:, maximum: [id]")
      ->type_name("WHAT");
  list->add_flag("--reverse", options->query.reverse, "in the opposite order");
  options->query.limit = kListed;
  list->add_option("--limit", options->query.limit, fmt::format("at most so many; 0: all [{}]", kListed))
      ->type_name("N");
  list->add_option("--tag", options->query.tags, "runs that bear all these tags")
      ->delimiter(',')
      ->type_name("A,B");
  add_metrics(*list, options->query.metrics);
  list->callback([options, &outcome] { outcome.status = list_runs(*options); });
}

void add_readers(Command& group, const SharedOptions& options, Outcome& outcome) {
  add_list(group, options, outcome);

  Command* show = group.add_command("show", "A run's birth certificate: configuration, data, build, figures",
                                    "gradus runs show 12");
  add_ids(*show, options->ids, 1, 1);
  show->callback([options, &outcome] { outcome.status = show_run(*options); });

  Command* compare =
      group.add_command("compare", "What differs between runs; figures and curves side by side",
                        "gradus runs compare 11 12 --metrics val_loss");
  add_ids(*compare, options->ids, 2, 20);
  add_metrics(*compare, options->query.metrics);
  compare->callback([options, &outcome] { outcome.status = compare_runs(*options); });

  Command* reproduce = group.add_command("reproduce", "Train a run again and compare the weights' hashes",
                                         "gradus runs reproduce 12");
  add_ids(*reproduce, options->ids, 1, 1);
  add_data_folder(*reproduce, options->data_folder);
  reproduce->callback([options, &outcome] { outcome.status = reproduce_run(*options); });

  Command* out = group.add_command("export", "Runs as files for other programs",
                                   "gradus runs export 11 12 --to tensorboard --out events");
  add_ids(*out, options->ids, 1, Option::kAnyNumber);
  out->add_option("--to", options->format, "csv or tensorboard")
      ->required()
      ->check(one_of({"csv", "tensorboard"}))
      ->type_name("FORMAT");
  out->add_option("--out", options->out, "folder for the files")->required()->type_name("DIR");
  out->callback([options, &outcome] { outcome.status = export_runs(*options); });
}

void add_writers(Command& group, const SharedOptions& options, Outcome& outcome) {
  Command* tag = group.add_command("tag", "Give tags to a run, or take them away",
                                   "gradus runs tag 12 good baseline\n  gradus runs tag 12 good --remove");
  add_id(*tag, options->id);
  tag->add_option("TAG", options->words, "words to find it by")->required();
  tag->add_flag("--remove", options->remove, "take these tags away");
  tag->callback([options, &outcome] { outcome.status = tag_run(*options); });

  Command* note = group.add_command("note", "Write down what a run is to be remembered by",
                                    "gradus runs note 12 \"the one on page 3\"");
  add_id(*note, options->id);
  note->add_option("TEXT", options->note, "replaces the note that was there")->required();
  note->callback([options, &outcome] { outcome.status = note_run(*options); });

  Command* remove =
      group.add_command("delete", "Delete runs with all their files", "gradus runs delete 12 13 --yes");
  add_ids(*remove, options->ids, 1, Option::kAnyNumber);
  remove->add_flag("--yes", options->yes, "without asking");
  remove->callback([options, &outcome] { outcome.status = delete_runs(*options); });
}

}  // namespace

void add_runs(Command& program, Outcome& outcome) {
  Command* group = program.add_command("runs", "The store of runs: list, show, compare, reproduce, export",
                                       "gradus runs list --sort val_accuracy");
  group->require_command();
  const auto options = std::make_shared<ChangeOptions>();
  add_readers(*group, options, outcome);
  add_writers(*group, options, outcome);
  for (Command& command : group->commands()) {
    command.add_option("--runs", options->runs, "folder of all runs [runs]")->type_name("DIR");
    command.add_flag("--json", options->json, "JSON on standard output");
  }
}

}  // namespace gradus::cli
