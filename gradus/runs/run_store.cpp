// Writing: new runs, their ends, tags and notes.
#include "gradus/runs/run_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/runs/points.h"
#include "gradus/runs/process.h"
#include "gradus/runs/run_store_state.h"
#include "gradus/runs/schema.h"

namespace gradus {

namespace fs = std::filesystem;
using internal::Access;
using internal::Database;
using internal::Execution;
using internal::Transaction;

namespace {

constexpr const char* kFileName = "runs.sqlite";

double now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since_1970).count();
}

// For SQL: whether a running row is shown as such.
std::string shown_status(std::string_view process) {
  return std::string(name_of(internal::process_is_gone(process) ? RunStatus::kStopped : RunStatus::kRunning));
}

// Writers do not wait for readers nor readers for writers. Where a disk knows no shared memory SQLite keeps its
// older mode, which is as safe; machines share no memory whatever the disk, and SQLite does not notice.
void set_up(Database& database, Access access, Writers writers) {
  database.add_function("shown_status", shown_status);
  database.execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA cell_size_check = ON");
  // Room to sort ten thousand runs in memory: 32 MiB, taken only as it is needed.
  database.execute("PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY");
  if (access == Access::kMake && writers == Writers::kSeveralMachines) {
    database.execute_patiently("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
  } else if (access == Access::kMake) {
    // What is written waits for the disk every 16 MiB, some 200 runs, instead of every fiftieth run.
    database.execute_patiently("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4096");
  }
  internal::migrate(database, internal::schema_steps());
}

// The folder of a run that is not in the store yet; goes away with all that is in it unless it is kept.
class FolderInTheMaking {
 public:
  explicit FolderInTheMaking(RunFolder folder) : folder_(std::move(folder)) {}
  ~FolderInTheMaking() {
    std::error_code failure;
    if (kept_ || fs::remove(folder_.path, failure)) return;  // an empty one, without memory
    try {
      fs::remove_all(folder_.path, failure);
    } catch (const std::bad_alloc&) {
      // It stays, and nobody lists it.
    }
  }
  FolderInTheMaking(const FolderInTheMaking&) = delete;
  FolderInTheMaking& operator=(const FolderInTheMaking&) = delete;
  [[nodiscard]] const RunFolder& get() const { return folder_; }
  [[nodiscard]] RunFolder keep() {
    kept_ = true;
    return folder_;
  }

 private:
  RunFolder folder_;
  bool kept_ = false;
};

}  // namespace

std::string_view name_of(RunStatus status) {
  constexpr std::array<std::string_view, 6> kNames = {"running", "finished",    "diverged",
                                                      "failed",  "interrupted", "stopped"};
  return kNames[static_cast<std::size_t>(status)];
}

RunStore::State::State(fs::path folder, Access access, Writers writers)
    : runs(std::move(folder)), process(internal::this_process()), database(runs / kFileName, access) {
  set_up(database, access, writers);
}

RunStore RunStore::open(const fs::path& runs, Writers writers) {
  make_folder(runs);
  return RunStore(std::make_unique<State>(runs, Access::kMake, writers));
}

RunStore RunStore::open_existing(const fs::path& runs) {
  std::error_code error;
  if (!fs::exists(runs / kFileName, error)) {
    if (error) {
      throw Error(ErrorCode::kFile,
                  fmt::format("looking for runs: {}: {}", (runs / kFileName).string(), error.message()));
    }
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("looking for runs: there is no {}; train one with `gradus train`, or name their "
                            "folder with --runs",
                            (runs / kFileName).string()));
  }
  return RunStore(std::make_unique<State>(runs, Access::kExisting));
}

RunStore::RunStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() = default;

const fs::path& RunStore::folder() const {
  return state_->runs;
}

// A folder is made by one process alone, so that no other takes its number. A number is never used twice, even when
// its run was removed.
RunFolder RunStore::State::new_folder() {
  if (!folders_seen) {
    largest_number = largest_run_number(runs);
    folders_seen = true;
  }
  Execution query = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'runs'");
  const std::uint64_t largest_id = query.step() ? query.count() : 0;
  return make_run_folder(runs, std::max(largest_number, largest_id) + 1);
}

std::int64_t RunStore::State::environment_id(const Environment& e) {
  constexpr std::string_view kFind =
      "SELECT id FROM environments WHERE processor = ? AND kernels = ? AND threads = ? AND version = ? AND "
      "numerics_version = ? AND compiler = ? AND source = ? AND system = ? AND c_library = ?";
  const auto bind = [&](Execution& execution) -> Execution& {
    return execution.bind(e.processor, e.kernels, e.threads, e.version, e.numerics_version, e.compiler,
                          e.source, e.system, e.c_library);
  };
  {
    Execution find = database.prepare(kFind);
    if (bind(find).step()) return find.integer();
  }
  Execution insert = database.prepare(
      "INSERT INTO environments(processor, kernels, threads, version, numerics_version, compiler, source, "
      "system, c_library) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id");
  (void)bind(insert).step();
  const std::int64_t id = insert.integer();
  insert.run();
  return id;
}

std::int64_t RunStore::State::series_id(const std::string& name) {
  {
    Execution find = database.prepare("SELECT id FROM series WHERE name = ?");
    if (find.bind(name).step()) return find.integer();
  }
  Execution insert = database.prepare("INSERT INTO series(name) VALUES(?) RETURNING id");
  (void)insert.bind(name).step();
  const std::int64_t id = insert.integer();
  insert.run();
  return id;
}

void RunStore::State::insert(std::uint64_t id, const RunHeader& h, RunStatus status) {
  const std::int64_t environment = environment_id(h.environment);
  database
      .prepare(
          "INSERT INTO runs(id, name, study, contender, replicate, seed, data, network, parameters, "
          "steps_per_epoch, status, started, configuration_hash, data_hash, note, environment, process) "
          "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(id, h.name, h.study, h.contender, h.replicate, h.seed, h.data, h.network, h.parameters,
            h.steps_per_epoch, name_of(status), h.started > 0 ? h.started : now(), h.configuration_hash,
            h.data_hash, h.note, environment, process)
      .run();
  database.prepare("INSERT INTO configurations(run, configuration) VALUES(?, ?)")
      .bind(id, h.configuration)
      .run();
  for (const std::string& tag : std::set<std::string>(h.tags.begin(), h.tags.end())) {
    database.prepare("INSERT INTO tags(run, tag) VALUES(?, ?)").bind(id, tag).run();
  }
}

void RunStore::State::insert_series(std::uint64_t id, const Series& series, std::optional<double> final) {
  const std::int64_t name = series_id(series.name);
  const SeriesFigures f = internal::figures_of(series, final);
  database
      .prepare(
          "INSERT INTO figures(series, run, count, last, best, best_step, minimum, maximum, final) "
          "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(name, id, f.count, f.last, f.best, f.best_step, f.minimum, f.maximum, f.final)
      .run();
  if (series.values.empty()) return;
  const std::vector<std::byte> bytes = internal::pack_points(series);
  database.prepare("INSERT INTO points(run, series, points) VALUES(?, ?, ?)")
      .bind(id, name, std::span<const std::byte>(bytes))
      .run();
}

void RunStore::State::update(std::uint64_t id, const RunOutcome& o) {
  GRADUS_ASSERT(o.status != RunStatus::kRunning && o.status != RunStatus::kStopped);
  database
      .prepare(
          "UPDATE runs SET status = ?, stop_reason = ?, finished = ?, steps = ?, epochs = ?, seconds = ?, "
          "weights_sha256 = ?, model = ?, error = ? WHERE id = ?")
      .bind(name_of(o.status), o.stop_reason, now(), o.steps, o.epochs, o.seconds, o.weights_sha256, o.model,
            o.error, id)
      .run();
  std::map<std::string, double> finals = o.finals;
  for (const Series& series : o.series) {
    const auto found = finals.find(series.name);
    insert_series(id, series, found == finals.end() ? std::nullopt : std::optional(found->second));
    if (found != finals.end()) finals.erase(found);
  }
  for (const auto& [name, value] : finals) insert_series(id, {name, {}, {}}, value);
}

RunFolder RunStore::begin(const RunHeader& header) {
  const std::scoped_lock lock(state_->mutex);
  Transaction transaction(state_->database);
  FolderInTheMaking folder(state_->new_folder());
  state_->insert(folder.get().number, header, RunStatus::kRunning);
  transaction.commit();
  return folder.keep();
}

RunFolder RunStore::add_finished(const RunHeader& header, const RunOutcome& outcome,
                                 const std::function<void(const fs::path&)>& fill) {
  std::unique_lock lock(state_->mutex);
  FolderInTheMaking folder(state_->new_folder());
  if (fill) {
    lock.unlock();  // others need not wait for these files
    fill(folder.get().path);
    lock.lock();
  }
  Transaction transaction(state_->database);
  state_->insert(folder.get().number, header, outcome.status);
  state_->update(folder.get().number, outcome);
  transaction.commit();
  return folder.keep();
}

void RunStore::finish(std::uint64_t id, const RunOutcome& outcome) {
  const std::scoped_lock lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->require(id);
  state_->update(id, outcome);
  transaction.commit();
}

void RunStore::resume(std::uint64_t id) {
  const std::scoped_lock lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->require(id);
  {
    Execution row = state_->database.prepare("SELECT status, process FROM runs WHERE id = ?");
    (void)row.bind(id).step();
    const std::string status = row.text();
    const std::string process = row.text();
    if (status == "running" && internal::process_is_there(process)) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("resuming run {}: it is running; end it first", id));
    }
    if (status == "finished" || status == "diverged") {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("resuming run {}: it is {}; expected one that was stopped", id, status));
    }
  }
  for (const char* table : {"figures", "points"})
    state_->database.prepare(fmt::format("DELETE FROM {} WHERE run = ?", table)).bind(id).run();
  state_->database
      .prepare(
          "UPDATE runs SET status = 'running', stop_reason = '', finished = NULL, steps = 0, epochs = 0, "
          "seconds = 0, weights_sha256 = '', model = '', error = '', process = ? WHERE id = ?")
      .bind(state_->process, id)
      .run();
  transaction.commit();
}

void RunStore::tag(std::uint64_t id, const std::string& tag) {
  const std::scoped_lock lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->require(id);
  state_->database.prepare("INSERT OR IGNORE INTO tags(run, tag) VALUES(?, ?)").bind(id, tag).run();
  transaction.commit();
}

void RunStore::untag(std::uint64_t id, const std::string& tag) {
  const std::vector<std::string> tags = record(id).tags;
  if (std::ranges::find(tags, tag) == tags.end()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("removing a tag: run {} does not bear '{}'; its tags: {}", id, tag,
                            tags.empty() ? "none" : fmt::format("{}", fmt::join(tags, ", "))));
  }
  const std::scoped_lock lock(state_->mutex);
  state_->database.prepare("DELETE FROM tags WHERE run = ? AND tag = ?").bind(id, tag).run();
}

void RunStore::set_note(std::uint64_t id, const std::string& note) {
  const std::scoped_lock lock(state_->mutex);
  Transaction transaction(state_->database);
  state_->require(id);
  state_->database.prepare("UPDATE runs SET note = ? WHERE id = ?").bind(note, id).run();
  transaction.commit();
}

void RunStore::remove(std::uint64_t id) {
  const RunRecord run = record(id);
  const std::scoped_lock lock(state_->mutex);
  // One that has begun or ended since stays or goes by what it is now.
  state_->database
      .prepare(
          "DELETE FROM runs WHERE id = ? AND "
          "CASE status WHEN 'running' THEN shown_status(process) ELSE status END <> 'running'")
      .bind(id)
      .run();
  if (state_->database.prepare("SELECT 1 FROM runs WHERE id = ?").bind(id).step()) {
    throw Error(ErrorCode::kInvalidArgument, fmt::format("deleting run {}: it is running; end it first", id));
  }
  // The row goes first: what is left behind by a failure is a folder that nobody lists.
  std::error_code error;
  fs::remove_all(run.folder, error);
  if (error) {
    throw Error(ErrorCode::kFile, fmt::format("deleting run {}: its folder {} stays: {}; remove it by hand",
                                              id, run.folder.string(), error.message()));
  }
}

}  // namespace gradus
