#include "gradus/runs/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <system_error>
#include <thread>

#include "gradus/core/error.h"

namespace gradus::internal {

namespace {

constexpr int kPatience_ms = 10'000;  // with a database that another process writes

// What went wrong and what to do, by SQLite's result code without its details.
std::string explanation(int code, int system_error, const char* message) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fmt::format("another process has kept it locked for {} seconds; end that process and run again",
                         kPatience_ms / 1000);
    case SQLITE_FULL:
      return "no space left on the disk; free some space and run again";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "it cannot be written; check the permissions or choose another folder with --runs";
    case SQLITE_CANTOPEN:
      return fmt::format("{}; check the permissions or choose another folder with --runs",
                         system_error != 0 ? std::generic_category().message(system_error) : message);
    case SQLITE_NOTADB:
      return "it is no database; move it away and run again (the runs' folders stay)";
    case SQLITE_CORRUPT:
      return fmt::format(
          "it is damaged ({}); save what can be read with `sqlite3 FILE .recover`, or move it away and run "
          "again (the runs' folders stay)",
          message);
    case SQLITE_IOERR:
      return fmt::format("{}; check the disk and its free space",
                         system_error != 0 ? std::generic_category().message(system_error) : message);
    case SQLITE_NOMEM:
      return "out of memory; end other programs and run again";
    case SQLITE_TOOBIG:
      return "the run has more points than fit into a row; log fewer steps";
    default:
      return fmt::format("{} (SQLite's code {}); check the file", message, code);
  }
}

void call_text_function(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto function = reinterpret_cast<std::string (*)(std::string_view)>(sqlite3_user_data(context));
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
  const std::string result = function(
      text == nullptr ? std::string_view()
                      : std::string_view(text, static_cast<std::size_t>(sqlite3_value_bytes(arguments[0]))));
  sqlite3_result_text(context, result.data(), static_cast<int>(result.size()), SQLITE_TRANSIENT);
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

void FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Execution::~Execution() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Execution::check(int code) const {
  database_.check(code);
}

void Execution::bind_one(std::int64_t value) {
  check(sqlite3_bind_int64(statement_, ++bound_, value));
}

void Execution::bind_one(double value) {
  check(sqlite3_bind_double(statement_, ++bound_, value));
}

void Execution::bind_one(std::string_view value) {
  const char* text = value.data() == nullptr ? "" : value.data();
  check(sqlite3_bind_text64(statement_, ++bound_, text, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Execution::bind_one(std::span<const std::byte> value) {
  check(sqlite3_bind_blob64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC));
}

void Execution::bind_null() {
  check(sqlite3_bind_null(statement_, ++bound_));
}

bool Execution::step() {
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) check(code);
  return code == SQLITE_ROW;
}

bool Execution::is_null() const {
  return sqlite3_column_type(statement_, column_) == SQLITE_NULL;
}

std::int64_t Execution::integer() {
  return sqlite3_column_int64(statement_, column_++);
}

std::uint64_t Execution::count() {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, integer()));
}

std::uint64_t Execution::peek_count() {
  const std::uint64_t value = count();
  --column_;
  return value;
}

double Execution::real() {
  return sqlite3_column_double(statement_, column_++);
}

std::string Execution::text() {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column_));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column_++));
  return text == nullptr ? std::string() : std::string(text, size);
}

std::span<const std::byte> Execution::blob() {
  const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column_));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column_++));
  return bytes == nullptr ? std::span<const std::byte>() : std::span(bytes, size);
}

std::optional<double> Execution::optional_real() {
  if (!is_null()) return real();
  ++column_;
  return std::nullopt;
}

std::optional<std::uint64_t> Execution::optional_count() {
  if (!is_null()) return count();
  ++column_;
  return std::nullopt;
}

Database::Database(const std::filesystem::path& file, Access access) : file_(file) {
  open(false, access);
  // The first read tells whether it is a database at all. In a folder that cannot be written the files beside
  // it, by which processes agree, cannot be made; nobody can write it there, so it may be read without them.
  const int code = sqlite3_exec(database_.get(), "PRAGMA schema_version", nullptr, nullptr, nullptr);
  const bool cannot_share = (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY;
  if (cannot_share && access == Access::kExisting) {
    open(true, access);
    execute("PRAGMA schema_version");
  } else {
    check(code);
  }
}

void Database::open(bool immutable, Access access) {
  // As a URI, in which the path's own special characters are escaped.
  std::string name = "file:";
  for (const char letter : std::filesystem::absolute(file_).string()) {
    if (letter == '%' || letter == '?' || letter == '#') {
      name += fmt::format("%{:02x}", static_cast<unsigned char>(letter));
    } else {
      name += letter;
    }
  }
  if (immutable) name += "?immutable=1";
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE |
                    (access == Access::kMake ? SQLITE_OPEN_CREATE : 0);
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &opened, flags, nullptr);
  database_.reset(opened);
  check(code);
  check(sqlite3_busy_timeout(opened, kPatience_ms));
  // The file may come from anywhere: no code of its own runs, no reading behind damaged pages.
  for (const int option :
       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW}) {
    check(sqlite3_db_config(opened, option, 0, nullptr));
  }
  check(sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr));
}

void Database::execute(const std::string& sql) const {
  check(sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr));
}

void Database::execute_patiently(const std::string& sql) const {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatience_ms);
  int code = SQLITE_BUSY;
  while ((code & 0xff) == SQLITE_BUSY && std::chrono::steady_clock::now() < deadline) {
    code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if ((code & 0xff) == SQLITE_BUSY) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  check(code);
}

std::unique_ptr<sqlite3_stmt, FinalizeStatement> Database::compile(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
  return std::unique_ptr<sqlite3_stmt, FinalizeStatement>(statement);
}

Execution Database::prepare(std::string_view sql) const {
  auto found = statements_.find(sql);
  if (found == statements_.end()) found = statements_.emplace(std::string(sql), compile(sql)).first;
  return {*this, found->second.get()};
}

Execution Database::prepare_once(std::string_view sql) const {
  return {*this, compile(sql)};
}

std::int64_t Database::number(std::string_view sql) const {
  Execution query = prepare(sql);
  return query.step() ? query.integer() : 0;
}

void Database::add_function(const char* name, std::string (*function)(std::string_view)) {
  check(sqlite3_create_function_v2(database_.get(), name, 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                   reinterpret_cast<void*>(function), call_text_function, nullptr, nullptr,
                                   nullptr));
}

void Database::check(int code) const {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
}

void Database::fail(int code) const {
  int system_error = database_ == nullptr ? ENOMEM : sqlite3_system_errno(database_.get());
  // In a folder that cannot be written SQLite misses the files that it could not make there, and says that.
  const std::filesystem::path folder = file_.has_parent_path() ? file_.parent_path() : ".";
  if ((code & 0xff) == SQLITE_CANTOPEN && ::access(folder.c_str(), W_OK) != 0) system_error = errno;
  const char* message = database_ == nullptr ? "out of memory" : sqlite3_errmsg(database_.get());
  throw Error(ErrorCode::kFile, fmt::format("using the store of runs {}: {}", file_.string(),
                                            explanation(code, system_error, message)));
}

Transaction::Transaction(const Database& database) : database_(database) {
  // Write access is asked for at once: a transaction that begins by reading may find itself unable to write.
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const std::exception&) {
    // SQLite has rolled back by itself, as it does when the disk is full.
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

Reading::Reading(const Database& database) : database_(database) {
  database_.execute("BEGIN");
}

Reading::~Reading() {
  try {
    database_.execute("ROLLBACK");
  } catch (const std::exception&) {
    // An error of the reading itself has ended it already.
  }
}

}  // namespace gradus::internal
