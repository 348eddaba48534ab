// A confusion matrix as a heat map.
#pragma once

#include <string>

#include "gradus/report/confusion_table.h"

namespace gradus::report {

struct ConfusionPicture {
  std::string title = {};
  std::string subtitle = {};  // empty: how many are right
  ConfusionTable table;
  double width = 760;  // in pixels, at most, where the cells are not too small then
};

// The document: rows are true classes, columns predicted ones, every cell with its count where it has room.
// Blue is right, orange wrong, stronger the larger the share of the true class; small shares of wrong ones
// are lifted so that they are seen.
[[nodiscard]] std::string svg_confusion(const ConfusionPicture& picture);

}  // namespace gradus::report
