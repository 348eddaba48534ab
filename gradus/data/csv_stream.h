// A CSV file of any length as a row of tables, in memory that does not grow with the file.
#pragma once

#include <cstddef>
#include <string>

#include "gradus/core/files.h"
#include "gradus/data/csv_parser.h"
#include "gradus/data/table.h"

namespace gradus {

class CsvStream {
 public:
  static constexpr std::size_t kPartBytes = std::size_t{1} << 22;

  // Each table holds about `part_bytes` of the file. The first holds the thousand lines that decide which columns are
  // numbers, whatever their length, so that the rows are those that read_csv() gives; in later parts a column has
  // categories of its own, and with `raw` all texts are categories, in the order of their first cells. Fewer lines than
  // a thousand decide in tests. The file must outlive the stream.
  explicit CsvStream(InputFile& file, std::size_t part_bytes = kPartBytes, bool raw = false,
                     std::size_t deciding_lines = CsvColumn::kDecidingCells);

  // The next rows. False at the end. Throws as read_csv() does, and Error(kBadData) for a record longer than 64 MB.
  [[nodiscard]] bool next(Table& part);

  // Of the file, dealt with so far.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void fill(std::size_t wanted);
  [[nodiscard]] bool enough(std::size_t wanted) const;

  InputFile& file_;
  std::size_t part_bytes_;
  std::size_t deciding_lines_;
  CsvParser parser_;
  std::string held_;  // read and not yet dealt with
  bool ended_ = false;
  bool begun_ = false;
  std::size_t bytes_ = 0;
};

}  // namespace gradus
