#include "gradus/runs/stored_run.h"

#include <fmt/format.h>

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
  } catch (const Error&) {
    forget();
    throw;
  }
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
  } catch (const Error&) {
    // The reason why it failed is the one to be told.
  }
}

void StoredRun::forget() {
  fail("could not begin");
  try {
    store_.remove(folder_.number);
  } catch (const Error&) {
    // The reason why it could not begin is the one to be told.
  }
}

}  // namespace gradus
