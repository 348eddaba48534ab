// A confusion matrix in the terminal.
#pragma once

#include <string>

#include "gradus/report/confusion_table.h"

namespace gradus::report {

struct ConfusionTextOptions {
  int width = 80;
  bool colour = false;  // shade cells by their share of the true class
  bool unicode = true;
  std::size_t listed = 10;  // confusions that are listed where the matrix is too wide
};

// Rows are true classes, columns predicted ones; a zero is a dot. Where the matrix is wider than
// options.width, the most frequent confusions are listed instead. No line takes more than options.width
// columns (at least 24).
[[nodiscard]] std::string confusion_text(const ConfusionTable& table,
                                         const ConfusionTextOptions& options = {});

}  // namespace gradus::report
