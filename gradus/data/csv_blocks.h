// Reads the plain stretches of a large CSV file in blocks, on all processors. A block is whole lines without quotes
// whose cells fit columns that have been decided; all else, and with it every error, is left to CsvRecords and
// CsvColumn::add. The table is the same for any number of threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "gradus/core/thread_pool.h"
#include "gradus/data/csv_columns.h"
#include "gradus/data/csv_records.h"

namespace gradus {

// The cells of one block, each column's together.
class CsvBlock {
 public:
  // False where the lines are not plain. `text` ends in a line end and outlives what is added to columns.
  [[nodiscard]] bool read(std::string_view text, char separator, const std::vector<CsvColumn>& columns);
  void add_to(CsvColumn& column, std::size_t index) const;

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
  [[nodiscard]] const char* read_row(const char* at, char separator, const std::vector<CsvColumn>& columns);
  [[nodiscard]] const char* read_number(const char* at, char separator, const CsvColumn& column,
                                        double& number) const;

  std::size_t rows_ = 0;
  std::size_t lines_ = 0;                // also blank ones
  std::vector<double> numbers_;          // (columns, lines)
  std::vector<std::string_view> texts_;  // (columns, lines), empty where no column holds text
};

class CsvBlocks {
 public:
  CsvBlocks(std::string_view text, char separator, std::vector<CsvColumn>& columns);

  // To be asked between two records. Takes what is plain from there on into the columns, moves `records` behind
  // it and returns how many rows that were; mostly there is nothing to do.
  [[nodiscard]] std::size_t read_on(CsvRecords& records, std::size_t rows_before);

 private:
  struct Part {
    std::string_view text;
    CsvBlock block;
    bool plain = false;
  };

  [[nodiscard]] std::size_t cut(std::size_t position);
  [[nodiscard]] std::size_t read_parts(std::size_t count);

  std::string_view text_;
  char separator_;
  std::vector<CsvColumn>& columns_;
  std::size_t next_attempt_;
  std::unique_ptr<ThreadPool> pool_;
  std::vector<Part> parts_;  // one for each thread
};

}  // namespace gradus
