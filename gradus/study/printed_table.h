// A table of figures that somebody printed, held cell by cell against what runs measured.
// printed_table_file.h reads it from CSV.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/study/measure.h"

namespace gradus::study {

// One figure as a report prints it.
struct PrintedCell {
  std::string contender = {};
  Measure measure = {};      // of the cell's column, at the row's epoch or step
  std::string printed = {};  // as it stands in the file
  double value = 0;
  double tolerance = 0;  // how far a measured value may be away
};

// A table that a report prints, for holding runs against it.
struct PrintedTable {
  std::string name = {};  // as claims call it
  std::string file = {};
  std::optional<double> tolerance = {};  // of all cells; nullopt: half a unit of each one's last digit
  std::vector<PrintedCell> cells = {};   // the legible ones

  // Of one contender; empty: of all.
  [[nodiscard]] std::size_t count(std::string_view contender = {}) const;
  // Those that have cells, in the order of the file.
  [[nodiscard]] std::vector<std::string> contenders() const;
};

// Half a unit of the last digit of a number as it is printed: 0.00005 of "0.6074", 0.05 of "1.5", 500 of "12e3".
[[nodiscard]] double half_unit(std::string_view printed);

// What the run measured for the cell: nullopt where it has no such epoch or step. A run that diverged counts as
// evaluate() says.
[[nodiscard]] std::optional<double> measured(const PrintedCell& cell, const MeasuredRun& run);
[[nodiscard]] bool matches(const PrintedCell& cell, std::optional<double> value);

// A cell that the runs do not agree with.
struct CellDifference {
  const PrintedCell* cell = nullptr;
  std::optional<double> measured = {};  // nullopt: no such figure
};

// How much of a table the runs agree with.
struct TableMatch {
  std::size_t cells = 0;
  std::size_t matched = 0;
  std::vector<CellDifference> differing = {};  // in the order of the file
};

// One contender's cells against its run.
[[nodiscard]] TableMatch compare(const PrintedTable& table, std::string_view contender,
                                 const MeasuredRun& run);

}  // namespace gradus::study
