// gradus study: many runs, replicates, statistics, a verdict on each claim.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "cli/out_file.h"
#include "cli/processes.h"
#include "cli/run_flags.h"
#include "cli/signals.h"
#include "cli/study_files.h"
#include "cli/study_observers.h"
#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/report/study_report.h"
#include "gradus/report/text_table.h"
#include "gradus/study/budget.h"
#include "gradus/study/judge.h"
#include "gradus/study/runner.h"
#include "gradus/study/study_file.h"
#include "gradus/study/verdict_file.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

struct StudyOptions {
  std::string study;
  std::string runs = "runs";
  std::string data_folder;
  std::string out;
  std::string budget;
  std::int64_t folds = 0;
  std::int64_t replicates = 0;
  std::int64_t workers = 0;
  bool list = false;
  bool json = false;
  bool quiet = false;
};

int list_studies(const StudyOptions& options) {
  report::TextTable table(
      {{"study"}, {"runs", report::Align::kRight}, {"claims", report::Align::kRight}, {"title"}});
  for (const StudyFile& file : known_studies()) {
    const study::Study study = study::read_study(file.path);
    const std::size_t runs = planned_runs(study).size();
    if (options.json) {
      print(nlohmann::ordered_json{{"event", "study"},
                                   {"study", file.name},
                                   {"file", file.path.string()},
                                   {"title", study.title},
                                   {"runs", runs},
                                   {"claims", study.claims.size()}}
                .dump() +
            "\n");
    } else {
      table.add_row({file.name, std::to_string(runs), std::to_string(study.claims.size()), study.title});
    }
  }
  if (!options.json) print(table.render(console().width));
  return kDone;
}

struct Planned {
  StudyFile file;
  study::Study study;
};

// Flags that say how much is to be run count for every study that is named.
std::vector<Planned> planned_studies(const StudyOptions& options) {
  const auto given = [](std::int64_t value) {
    return value > 0 ? std::optional(static_cast<std::size_t>(value)) : std::nullopt;
  };
  std::vector<Planned> planned;
  for (const StudyFile& file : find_studies(options.study)) {
    planned.push_back({file, study::read_study(file.path)});
    study::Study& study = planned.back().study;
    if (!options.budget.empty()) study.budget = study::parse_budget(options.budget);
    if (options.replicates > 0 || options.folds > 0)
      study::set_replicates(study, given(options.replicates), given(options.folds));
    study::require_data(study);
  }
  return planned;
}

std::string claim_line(const std::string& name, const study::Claim& claim, const study::JudgedClaim& judged) {
  const study::JudgedPart& part = judged.part();
  std::string line = fmt::format(
      "{{\"event\":\"claim\",\"study\":{},\"claim\":{},\"verdict\":\"{}\",\"estimate\":{},\"interval\":{}",
      nlohmann::json(name).dump(), nlohmann::json(claim.says).dump(), study::name_of(judged.verdict),
      json_number(part.estimate),
      part.interval
          ? fmt::format("[{},{}]", json_number(part.interval->low), json_number(part.interval->high))
          : "null");
  line += fmt::format(",\"p\":{},\"must\":{},\"reason\":{}", json_number(part.adjusted_p), claim.must,
                      nlohmann::json(judged.reason).dump());
  if (part.more_seeds) line += fmt::format(",\"more_seeds\":{}", *part.more_seeds);
  return line + "}\n";
}

struct Finished {
  StudyFile file;
  study::Study study;
  study::StudyResult result;
  std::vector<study::JudgedClaim> judged;

  [[nodiscard]] report::StudyOutcome outcome() const { return {study, result, judged}; }
};

study::RunnerOptions runner_options(const StudyOptions& options, const StudyFile& file, ProcessGroup& group) {
  study::RunnerOptions runner;
  runner.source = source_options(options.data_folder);
  runner.name = file.name;
  runner.workers = static_cast<std::size_t>(options.workers);
  runner.group = &group;
  runner.cancelled = interrupted;
  return runner;
}

Finished run_one(const StudyOptions& options, Planned planned, RunStore& store, ProcessGroup& group) {
  Finished done{std::move(planned.file), std::move(planned.study), {}, {}};
  const study::RunnerOptions runner = runner_options(options, done.file, group);
  {
    const std::unique_ptr<study::StudyObserver> view =
        options.json ? make_json_view(done.study, done.file.name) : make_live_view(done.study);
    done.result = study::run_study(done.study, store, runner, *view);
  }
  done.judged = study::judge(done.study, done.result.measured);
  if (!done.result.cancelled)
    study::write_verdicts(store.folder(), done.file.name, done.study, done.result, done.judged);
  return done;
}

void tell(const StudyOptions& options, const Finished& done) {
  if (options.json) {
    for (std::size_t i = 0; i < done.judged.size(); ++i)
      print(claim_line(done.file.name, done.study.claims[i], done.judged[i]));
  } else {
    print(report::study_text(done.outcome(), {.width = console().width, .details = !options.quiet}));
  }
}

// Claims that must hold and do not, runs that failed.
int status_of(const std::vector<Finished>& all) {
  for (const Finished& done : all) {
    if (done.result.cancelled) return kInterrupted;
  }
  for (const Finished& done : all) {
    const auto failed = [](const study::StudyRun& run) { return run.state == study::RunState::kFailed; };
    if (std::ranges::any_of(done.result.runs, failed)) return kCheckFailed;
    for (std::size_t i = 0; i < done.judged.size(); ++i) {
      if (done.study.claims[i].must && done.judged[i].verdict != study::Verdict::kSupported)
        return kCheckFailed;
    }
  }
  return kDone;
}

std::string page_of(const StudyOptions& options, const std::vector<Finished>& all,
                    const std::filesystem::path& place) {
  std::vector<report::HtmlReport> pages;
  for (const Finished& done : all) {
    pages.push_back(report::study_page(done.outcome(), {.runs = options.runs,
                                                        .command = "gradus study " + done.file.argument,
                                                        .source = source_options(options.data_folder),
                                                        .page_folder = place.parent_path()}));
  }
  return pages.size() == 1 ? report::html_report(pages.front())
                           : report::html_reports("The " + options.study + " studies", "", pages);
}

// The runs that process 0 deals out; it tells and judges them.
int work_along(const StudyOptions& options, const std::vector<Planned>& planned, RunStore& store,
               ProcessGroup& group) {
  for (const Planned& one : planned) {
    study::serve_study(one.study, store, runner_options(options, one.file, group));
    if (group.any(false)) return kInterrupted;
  }
  return kDone;
}

std::vector<Finished> run_all(const StudyOptions& options, std::vector<Planned>& planned, RunStore& store,
                              ProcessGroup& group) {
  std::vector<Finished> all;
  for (Planned& study : planned) {
    if (!all.empty() && !options.json) print("\n");
    all.push_back(run_one(options, std::move(study), store, group));
    tell(options, all.back());
    if (group.any(all.back().result.cancelled)) break;
  }
  return all;
}

// Of all that is planned, whatever files it stands in.
std::string digest_of(const std::vector<Planned>& planned) {
  Sha256 hash;
  for (const Planned& one : planned) {
    hash.add(one.file.name);
    for (const study::PlannedRun& run : planned_runs(one.study))
      hash.add(fmt::format("{} {} {}", run.contender, run.replicate, to_json(run.config)));
  }
  return hash.hex();
}

int study_command(const StudyOptions& options) {
  catch_job_signals();
  if (options.list) return list_studies(options);
  if (options.study.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                "gradus study: no study named; expected a name of gradus study --list, or a .toml file");
  }
  ProcessGroup& group = processes();
  std::vector<Planned> planned;
  std::string digest;
  std::filesystem::path place = options.out;
  std::optional<RunStore> store;
  // On a network disk another job may write from another machine.
  const bool one_machine = group.is_alone() || (group.shares_machine() && !on_network_disk(options.runs));
  const Writers writers = one_machine ? Writers::kOneMachine : Writers::kSeveralMachines;
  together(group, [&] {
    if (options.workers > 1 && !group.is_alone()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "gradus study: --workers with several processes, each of which does one run at a time; "
                  "leave it out and start "
                  "more processes");
    }
    planned = planned_studies(options);
    if (!group.is_alone()) digest = digest_of(planned);
    if (group.rank() == 0 && !options.out.empty()) check_out(place, "report.html");
    if (group.rank() > 0) return;
    store = RunStore::open(options.runs, writers);
    const std::string name = planned.size() == 1 ? planned.front().file.name : options.study;
    if (options.out.empty()) check_out(place = store->folder() / (name + ".html"), "report.html");
  });
  require_same_everywhere(group, digest, "studies");
  // When process 0 has opened it: a store that is open elsewhere does not change its writers.
  together(group, [&] {
    if (group.rank() > 0) store = RunStore::open(options.runs, writers);
  });
  end_politely();
  std::vector<Finished> all;
  int status = kDone;
  ending_all(group, [&] {
    if (group.rank() > 0) {
      status = work_along(options, planned, *store, group);
    } else {
      all = run_all(options, planned, *store, group);
    }
  });
  if (group.rank() > 0) return status;
  write_file_atomically(place, page_of(options, all, place));
  if (options.json) {
    print(fmt::format("{{\"event\":\"report\",\"file\":{}}}\n", nlohmann::json(place.string()).dump()));
  } else {
    print(fmt::format("\nreport  {}\n", place.string()));
  }
  return status_of(all);
}

}  // namespace

void add_study(Command& program, Outcome& outcome) {
  Command* command =
      program.add_command("study", "Many runs, statistics, a verdict on each claim",
                          "gradus study width.toml\n  gradus study ntnu --workers 2\n  gradus study --list\n"
                          "  mpirun -n 8 gradus study width.toml");
  const auto options = std::make_shared<StudyOptions>();
  command->add_option(
      "STUDY", options->study,
      "a study file (docs/studies.md), a name of --list, or reference for all that reproduce reports");
  command->add_flag("--list", options->list, "the studies that come with gradus");
  command->add_option("--runs", options->runs, "folder of all runs [runs]")->type_name("DIR");
  command->add_option("--out", options->out, "the report [DIR/STUDY.html]")->type_name("FILE");
  command->add_option("--budget", options->budget, "no run begins after it is spent: 10m, 90s, 200 runs")
      ->type_name("TEXT");
  command->add_option("--replicates", options->replicates, "seeds per contender, instead of the file's")
      ->type_name("N")
      ->check(whole_number(1, 100'000));
  command->add_option("--folds", options->folds, "stratified cross-validation in so many folds")
      ->type_name("K")
      ->check(whole_number(2, 1000));
  command->add_option("--workers", options->workers, "runs at a time [one per processor]")
      ->type_name("N")
      ->check(whole_number(1, 1024));
  add_data_folder(*command, options->data_folder);
  command->add_flag("--json", options->json, "JSON lines on standard output");
  command->add_flag("--quiet", options->quiet, "only the verdicts");
  command->callback([options, &outcome] { outcome.status = study_command(*options); });
}

}  // namespace gradus::cli
