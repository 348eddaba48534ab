// Reading: one run, lists of them, series.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "gradus/core/error.h"
#include "gradus/runs/filter.h"
#include "gradus/runs/points.h"
#include "gradus/runs/process.h"
#include "gradus/runs/run_store_state.h"

namespace gradus {

using internal::Execution;

namespace {

constexpr const char* kRunColumns =
    "r.id, r.name, r.study, r.contender, r.replicate, r.seed, r.data, r.network, r.parameters, "
    "r.steps_per_epoch, r.status, r.stop_reason, r.started, r.finished, r.steps, r.epochs, r.seconds, "
    "r.configuration_hash, r.data_hash, r.weights_sha256, r.model, r.error, r.note, r.process";

RunStatus status_from(const std::string& name, const std::string& process) {
  for (const RunStatus status :
       {RunStatus::kFinished, RunStatus::kDiverged, RunStatus::kFailed, RunStatus::kInterrupted}) {
    if (name == name_of(status)) return status;
  }
  return internal::process_is_gone(process) ? RunStatus::kStopped : RunStatus::kRunning;
}

// In the order of kRunColumns.
RunRecord read_record(Execution& row, const std::filesystem::path& runs) {
  RunRecord run;
  run.id = row.count();
  run.folder = runs / std::to_string(run.id);
  run.name = row.text();
  run.study = row.text();
  run.contender = row.text();
  run.replicate = row.integer();
  run.seed = row.integer();
  run.data = row.text();
  run.network = row.text();
  run.parameters = row.count();
  run.steps_per_epoch = row.count();
  const std::string status = row.text();
  run.stop_reason = row.text();
  run.started = row.real();
  run.finished = row.optional_real();
  run.steps = row.count();
  run.epochs = row.count();
  run.seconds = row.real();
  run.configuration_hash = row.text();
  run.data_hash = row.text();
  run.weights_sha256 = row.text();
  run.model = row.text();
  run.error = row.text();
  run.note = row.text();
  run.status = status_from(status, row.text());
  return run;
}

SeriesFigures read_figures(Execution& row) {
  SeriesFigures figures;
  figures.count = row.count();
  figures.last = row.optional_real();
  figures.best = row.optional_real();
  figures.best_step = row.optional_count();
  figures.minimum = row.optional_real();
  figures.maximum = row.optional_real();
  figures.final = row.optional_real();
  return figures;
}

constexpr const char* kFigureColumns = "count, last, best, best_step, minimum, maximum, final";

// Where the runs of a list stand in it; ids are looked for between the least and the largest.
struct Places {
  explicit Places(const std::vector<RunRow>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::uint64_t id = rows[i].run.id;
      of_id.emplace(id, i);
      least = std::min(least, id);
      largest = std::max(largest, id);
    }
  }
  std::unordered_map<std::uint64_t, std::size_t> of_id;
  std::uint64_t least = std::numeric_limits<std::int64_t>::max();
  std::uint64_t largest = 0;
};

// Whether they are most runs between the least and the largest, so that one sweep is faster than a search for each.
bool is_dense(const std::vector<std::uint64_t>& ids) {
  constexpr std::size_t kFew = 16;
  if (ids.size() < kFew) return false;
  const auto [least, largest] = std::ranges::minmax(ids);
  return ids.size() > (largest - least) / 4;
}

// All tags, or all figures of a series, are read in one go: they lie side by side in the order of runs.
void add_tags(const internal::Database& database, const Places& places, std::vector<RunRow>& rows) {
  Execution query = database.prepare("SELECT run, tag FROM tags WHERE run BETWEEN ? AND ? ORDER BY run, tag");
  query.bind(places.least, places.largest);
  while (query.step()) {
    const auto place = places.of_id.find(query.count());
    if (place != places.of_id.end()) rows[place->second].run.tags.push_back(query.text());
  }
}

void add_figures(const internal::Database& database, std::int64_t series, const Places& places,
                 std::vector<RunRow>& rows) {
  for (RunRow& row : rows) row.metrics.emplace_back();
  Execution query = database.prepare(
      fmt::format("SELECT run, {} FROM figures WHERE series = ? AND run BETWEEN ? AND ?", kFigureColumns));
  query.bind(series, places.least, places.largest);
  while (query.step()) {
    const auto place = places.of_id.find(query.count());
    if (place != places.of_id.end()) rows[place->second].metrics.back() = read_figures(query);
  }
}

}  // namespace

bool RunStore::State::has(std::uint64_t id) const {
  return database.prepare("SELECT 1 FROM runs WHERE id = ?").bind(id).step();
}

void RunStore::State::require(std::uint64_t id) const {
  if (has(id)) return;
  Execution nearest = database.prepare("SELECT id FROM runs ORDER BY abs(id - ?), id LIMIT 3");
  nearest.bind(id);
  std::vector<std::string> ids;
  while (nearest.step()) ids.push_back(nearest.text());
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("looking for run {} in {}: there is none; {}", id, runs.string(),
                          ids.empty() ? "there are no runs yet: train one with `gradus train`"
                                      : fmt::format("the nearest are {}; `gradus runs list` shows all",
                                                    fmt::join(ids, ", "))));
}

std::vector<std::pair<std::string, std::int64_t>> RunStore::State::all_series() const {
  Execution query = database.prepare("SELECT name, id FROM series ORDER BY name");
  std::vector<std::pair<std::string, std::int64_t>> found;
  while (query.step()) {
    std::string name = query.text();
    found.emplace_back(std::move(name), query.integer());
  }
  return found;
}

std::optional<std::uint64_t> RunStore::find_finished(std::string_view configuration_hash,
                                                     std::string_view data_hash) const {
  const std::scoped_lock lock(state_->mutex);
  Execution query = state_->database.prepare(
      "SELECT id FROM runs WHERE configuration_hash = ? AND data_hash = ? AND status IN ('finished', "
      "'diverged') ORDER BY id DESC LIMIT 1");
  if (!query.bind(configuration_hash, data_hash).step()) return std::nullopt;
  return query.count();
}

// Sorting moves numbers only; the rows follow in their order.
std::vector<std::uint64_t> RunStore::State::sorted_ids(const internal::Selection& selection,
                                                       std::size_t limit) const {
  Execution query =
      database.prepare(fmt::format("SELECT r.id FROM runs r{}{}{} LIMIT {}", selection.joins, selection.where,
                                   selection.order, limit == 0 ? "-1" : std::to_string(limit)));
  for (const auto& value : selection.values) {
    std::visit([&](const auto& held) { query.bind(held); }, value);
  }
  std::vector<std::uint64_t> ids;
  while (query.step()) ids.push_back(query.count());
  return ids;
}

std::vector<RunRow> RunStore::State::rows_one_by_one(const std::vector<std::uint64_t>& ids) const {
  const std::string sql = fmt::format("SELECT {} FROM runs r WHERE r.id = ?", kRunColumns);
  std::vector<RunRow> found;
  found.reserve(ids.size());
  for (const std::uint64_t id : ids) {
    Execution query = database.prepare(sql);
    if (query.bind(id).step()) found.push_back({read_record(query, runs), {}});
  }
  return found;
}

std::vector<RunRow> RunStore::State::rows_by_sweep(const std::vector<std::uint64_t>& ids) const {
  std::vector<RunRow> found(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) found[i].run.id = ids[i];
  const Places places(found);
  Execution query = database.prepare(
      fmt::format("SELECT {} FROM runs r WHERE r.id BETWEEN ? AND ? ORDER BY r.id", kRunColumns));
  query.bind(places.least, places.largest);
  std::vector<bool> read(ids.size());
  while (query.step()) {
    const auto place = places.of_id.find(query.peek_count());
    if (place == places.of_id.end()) continue;
    found[place->second].run = read_record(query, runs);
    read[place->second] = true;
  }
  std::size_t i = 0;
  std::erase_if(found, [&](const RunRow&) { return !read[i++]; });
  return found;
}

std::vector<RunRow> RunStore::State::rows(const std::vector<std::uint64_t>& ids) const {
  std::vector<RunRow> found = is_dense(ids) ? rows_by_sweep(ids) : rows_one_by_one(ids);
  add_tags(database, Places(found), found);
  return found;
}

std::vector<RunRow> RunStore::list(const RunQuery& query) const {
  const std::scoped_lock lock(state_->mutex);
  const internal::Reading reading(state_->database);
  const auto series = state_->all_series();
  std::vector<std::int64_t> metrics;
  for (const std::string& name : query.metrics) metrics.push_back(internal::find_series(name, series));
  std::vector<RunRow> rows = state_->rows(state_->sorted_ids(internal::select(query, series), query.limit));
  const Places places(rows);
  for (const std::int64_t metric : metrics) add_figures(state_->database, metric, places, rows);
  return rows;
}

std::size_t RunStore::count() const {
  const std::scoped_lock lock(state_->mutex);
  return static_cast<std::size_t>(state_->database.number("SELECT count(*) FROM runs"));
}

bool RunStore::contains(std::uint64_t id) const {
  const std::scoped_lock lock(state_->mutex);
  const internal::Reading reading(state_->database);
  return state_->has(id);
}

RunRecord RunStore::record(std::uint64_t id) const {
  const std::scoped_lock lock(state_->mutex);
  const internal::Reading reading(state_->database);
  state_->require(id);
  return state_->rows({id}).at(0).run;
}

std::string RunStore::configuration(std::uint64_t id) const {
  const std::scoped_lock lock(state_->mutex);
  state_->require(id);
  Execution query = state_->database.prepare("SELECT configuration FROM configurations WHERE run = ?");
  return query.bind(id).step() ? query.text() : std::string("{}");
}

Environment RunStore::environment(std::uint64_t id) const {
  const std::scoped_lock lock(state_->mutex);
  state_->require(id);
  Execution query = state_->database.prepare(
      "SELECT processor, kernels, threads, version, numerics_version, compiler, source, system, c_library "
      "FROM environments WHERE id = (SELECT environment FROM runs WHERE id = ?)");
  Environment found;
  if (!query.bind(id).step()) return found;
  found.processor = query.text();
  found.kernels = query.text();
  found.threads = query.integer();
  found.version = query.text();
  found.numerics_version = query.integer();
  found.compiler = query.text();
  found.source = query.text();
  found.system = query.text();
  found.c_library = query.text();
  return found;
}

std::vector<Series> RunStore::series(std::uint64_t id) const {
  const std::scoped_lock lock(state_->mutex);
  state_->require(id);
  Execution query = state_->database.prepare(
      "SELECT s.name, p.points FROM points p JOIN series s ON s.id = p.series WHERE p.run = ? ORDER BY "
      "s.name");
  query.bind(id);
  std::vector<Series> found;
  while (query.step()) {
    const std::string name = query.text();
    std::optional<Series> series = internal::unpack_points(name, query.blob());
    if (!series) {
      throw Error(ErrorCode::kFile, fmt::format("reading run {} in {}: the points of {} are damaged", id,
                                                state_->database.file().string(), name));
    }
    found.push_back(std::move(*series));
  }
  return found;
}

std::vector<std::pair<std::string, SeriesFigures>> RunStore::figures(std::uint64_t id) const {
  const std::scoped_lock lock(state_->mutex);
  state_->require(id);
  Execution query = state_->database.prepare(fmt::format(
      "SELECT s.name, {} FROM figures f JOIN series s ON s.id = f.series WHERE f.run = ? ORDER BY "
      "s.name",
      kFigureColumns));
  query.bind(id);
  std::vector<std::pair<std::string, SeriesFigures>> found;
  while (query.step()) {
    std::string name = query.text();
    found.emplace_back(std::move(name), read_figures(query));
  }
  return found;
}

std::vector<std::string> RunStore::series_names() const {
  const std::scoped_lock lock(state_->mutex);
  std::vector<std::string> names;
  for (auto& [name, number] : state_->all_series()) names.push_back(name);
  return names;
}

}  // namespace gradus
