#include "gradus/runs/schema.h"

#include <fmt/format.h>

#include <array>

#include "gradus/core/error.h"

namespace gradus::internal {

namespace {

constexpr std::int64_t kApplication = 0x67726164;  // "grad", by which `file` and we know the store

constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE environments(
  id INTEGER PRIMARY KEY,
  processor TEXT NOT NULL,
  kernels TEXT NOT NULL,
  threads INTEGER NOT NULL,
  version TEXT NOT NULL,
  numerics_version INTEGER NOT NULL,
  compiler TEXT NOT NULL,
  source TEXT NOT NULL,
  system TEXT NOT NULL,
  c_library TEXT NOT NULL,
  UNIQUE(processor, kernels, threads, version, numerics_version, compiler, source, system, c_library)
) STRICT;

CREATE TABLE runs(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  study TEXT NOT NULL,
  contender TEXT NOT NULL,
  replicate INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  data TEXT NOT NULL,
  network TEXT NOT NULL,
  parameters INTEGER NOT NULL,
  steps_per_epoch INTEGER NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('running', 'finished', 'diverged', 'failed', 'interrupted')),
  stop_reason TEXT NOT NULL DEFAULT '',
  started REAL NOT NULL,
  finished REAL,
  steps INTEGER NOT NULL DEFAULT 0,
  epochs INTEGER NOT NULL DEFAULT 0,
  seconds REAL NOT NULL DEFAULT 0,
  configuration_hash TEXT NOT NULL,
  data_hash TEXT NOT NULL,
  weights_sha256 TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL DEFAULT '',
  error TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL,
  environment INTEGER NOT NULL REFERENCES environments(id),
  process TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_hashes ON runs(configuration_hash, data_hash);

CREATE TABLE configurations(
  run INTEGER PRIMARY KEY REFERENCES runs(id) ON DELETE CASCADE,
  configuration TEXT NOT NULL
) STRICT;

CREATE TABLE tags(
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY(run, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE series(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE figures(
  series INTEGER NOT NULL REFERENCES series(id),
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  count INTEGER NOT NULL,
  last REAL,
  best REAL,
  best_step INTEGER,
  minimum REAL,
  maximum REAL,
  final REAL,
  PRIMARY KEY(series, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX figures_by_run ON figures(run);

CREATE TABLE points(
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  series INTEGER NOT NULL REFERENCES series(id),
  points BLOB NOT NULL,
  PRIMARY KEY(run, series)
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array kSteps = {kVersion1};

std::int64_t version_of(const Database& database, std::size_t newest) {
  const std::int64_t version = database.number("PRAGMA user_version");
  const bool empty = database.number("SELECT count(*) FROM sqlite_schema") == 0;
  if (version <= 0 ? !empty : database.number("PRAGMA application_id") != kApplication) {
    throw Error(ErrorCode::kFile,
                fmt::format("using the store of runs {}: it is another program's database; choose another "
                            "folder with --runs",
                            database.file().string()));
  }
  if (version > static_cast<std::int64_t>(newest)) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("using the store of runs {}: its schema is version {}; this gradus knows versions "
                    "up to {}; use a newer gradus",
                    database.file().string(), version, newest));
  }
  return version;
}

}  // namespace

std::span<const std::string_view> schema_steps() {
  return kSteps;
}

void migrate(const Database& database, std::span<const std::string_view> steps) {
  const auto newest = static_cast<std::int64_t>(steps.size());
  if (version_of(database, steps.size()) == newest) return;
  Transaction transaction(database);
  // Again: another process may have been faster.
  for (std::int64_t version = version_of(database, steps.size()); version < newest; ++version) {
    database.execute(std::string(steps[static_cast<std::size_t>(version)]));
  }
  database.execute(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplication, newest));
  transaction.commit();
}

}  // namespace gradus::internal
