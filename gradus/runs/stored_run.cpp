#include "gradus/runs/stored_run.h"

#include <fmt/format.h>

#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/runs/run_identity.h"

namespace gradus {

namespace {

RunHeader labelled(const Experiment& experiment, const RunLabels& labels) {
  RunHeader header = header_of(experiment);
  header.name = labels.name;
  header.note = labels.note;
  header.tags = labels.tags;
  return header;
}

RunOutcome failure(const std::string& reason) {
  RunOutcome outcome;
  outcome.status = RunStatus::kFailed;
  outcome.error = reason;
  return outcome;
}

}  // namespace

StoredRun::StoredRun(const std::filesystem::path& runs, const Experiment& experiment, const RunLabels& labels)
    : header_(labelled(experiment, labels)), store_(RunStore::open(runs)), folder_(store_.begin(header_)) {
  try {
    write_file_atomically(folder_.path / "config.toml", to_toml(experiment.plan.config));
  } catch (...) {
    forget();
    throw;
  }
}

StoredRun::StoredRun(RunHeader header, RunStore store, RunFolder folder)
    : header_(std::move(header)), store_(std::move(store)), folder_(std::move(folder)), went_on_(true) {}

StoredRun StoredRun::resumed(const std::filesystem::path& runs, const Experiment& experiment,
                             std::uint64_t id) {
  RunStore store = RunStore::open_existing(runs);
  RunFolder folder{id, store.record(id).folder};
  const std::filesystem::path config = folder.path / "config.toml";
  make_folder(folder.path);
  check_writable(config);  // before the list of runs says that it goes on
  store.resume(id);
  remove_temporary_files(folder.path);
  // One that was killed while it began has none.
  std::error_code ignored;
  if (!std::filesystem::exists(config, ignored))
    write_file_atomically(config, to_toml(experiment.plan.config));
  return {header_of(experiment), std::move(store), std::move(folder)};
}

void StoredRun::finish(const RunOutcome& outcome) {
  finished_ = true;
  try {
    store_.finish(folder_.number, outcome);
  } catch (const Error& error) {
    throw Error(ErrorCode::kFile,
                fmt::format("the files of the run stay in {}, but its end is not in the list of runs: {}",
                            folder_.path.string(), error.what()));
  }
}

void StoredRun::fail(const std::string& reason) {
  if (finished_) return;
  try {
    finish(failure(reason));
  } catch (const std::exception&) {
    // The reason why it failed is the one to be told.
  }
}

void StoredRun::forget() {
  try {
    fail("could not begin");
    if (went_on_) return;
    store_.remove(folder_.number);
  } catch (const std::exception&) {
    // The reason why it could not begin is the one to be told.
  }
}

}  // namespace gradus
