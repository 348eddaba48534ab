// A small hold on SQLite's C interface: a connection, statements that are kept, transactions, errors in our
// words. Internal to the room. Not for several threads at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace gradus::internal {

struct CloseDatabase {
  void operator()(sqlite3* database) const;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const;
};

class Database;

// One execution of a kept statement, from its values to its rows; afterwards the statement is free again.
class Execution {
 public:
  Execution(const Database& database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  // Of a statement that is not kept.
  Execution(const Database& database, std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement)
      : database_(database), owned_(std::move(statement)), statement_(owned_.get()) {}
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // In the order of the statement's question marks. Texts and blobs must live until the last step().
  template <class... Values>
  Execution& bind(const Values&... values) {
    (bind_one(values), ...);
    return *this;
  }
  void bind_one(std::int64_t value);
  void bind_one(std::uint64_t value) { bind_one(static_cast<std::int64_t>(value)); }
  void bind_one(double value);  // NaN becomes NULL
  void bind_one(std::string_view value);
  void bind_one(std::span<const std::byte> value);
  template <class Value>
  void bind_one(const std::optional<Value>& value) {
    value ? bind_one(*value) : bind_null();
  }

  // False behind the last row.
  bool step();
  // Without rows.
  void run() { (void)step(); }

  // Columns of the row, from left to right; a NULL is 0 or an empty text.
  [[nodiscard]] bool is_null() const;
  std::int64_t integer();
  std::uint64_t count();       // negative numbers, which gradus never writes, are 0
  std::uint64_t peek_count();  // the same column comes again next
  double real();
  std::string text();
  std::span<const std::byte> blob();  // until the next step()
  std::optional<double> optional_real();
  std::optional<std::uint64_t> optional_count();

 private:
  void bind_null();
  void check(int code) const;

  const Database& database_;
  std::unique_ptr<sqlite3_stmt, FinalizeStatement> owned_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
  int column_ = 0;
};

enum class Access { kMake, kExisting };

class Database {
 public:
  // Readers of one that cannot be written get what is in it.
  Database(const std::filesystem::path& file, Access access);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  // Statements without values or rows, separated by semicolons.
  void execute(const std::string& sql) const;
  // Statements for which SQLite does not wait by itself when another process is in the way: a change of the journal's mode.
  void execute_patiently(const std::string& sql) const;
  // The statement is kept for the next time.
  [[nodiscard]] Execution prepare(std::string_view sql) const;
  // For statements of which there may be any number.
  [[nodiscard]] Execution prepare_once(std::string_view sql) const;
  // The first column of the first row of a statement.
  [[nodiscard]] std::int64_t number(std::string_view sql) const;

  // `name(text) -> text`, called for rows as SQL is evaluated.
  void add_function(const char* name, std::string (*function)(std::string_view));

  // Throws where `code` is an error of SQLite.
  void check(int code) const;

 private:
  void open(bool immutable, Access access);
  [[nodiscard]] std::unique_ptr<sqlite3_stmt, FinalizeStatement> compile(std::string_view sql) const;
  [[noreturn]] void fail(int code) const;

  std::filesystem::path file_;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  mutable std::map<std::string, std::unique_ptr<sqlite3_stmt, FinalizeStatement>, std::less<>> statements_;
};

// Writes of its lifetime become one, with commit(), or none.
class Transaction {
 public:
  explicit Transaction(const Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  const Database& database_;
  bool open_ = true;
};

// What is read in its lifetime is of one moment.
class Reading {
 public:
  explicit Reading(const Database& database);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  const Database& database_;
};

}  // namespace gradus::internal
