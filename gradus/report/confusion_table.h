// Counts of true against predicted classes, as text and picture show them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gradus/data/transform.h"
#include "gradus/train/metrics.h"

namespace gradus::report {

// counts is k x k, row-major: row = true class, column = predicted class.
struct ConfusionTable {
  std::vector<std::string> classes;
  std::vector<std::uint64_t> counts;

  [[nodiscard]] std::size_t size() const { return classes.size(); }
  [[nodiscard]] std::uint64_t count(std::size_t actual, std::size_t predicted) const {
    return counts[actual * size() + predicted];
  }
  [[nodiscard]] std::uint64_t row_total(std::size_t actual) const;
  [[nodiscard]] std::uint64_t total() const;
  [[nodiscard]] std::uint64_t correct() const;
  [[nodiscard]] std::uint64_t largest() const;

  // The share of the true class `actual` that was taken for `predicted`; 0 where the class does not occur.
  [[nodiscard]] double share(std::size_t actual, std::size_t predicted) const;

  // "1,747 of 1,797 right, 97.2 %"
  [[nodiscard]] std::string summary() const;
};

[[nodiscard]] ConfusionTable confusion_table(const ClassificationReport& figures, const TargetCoding& target);

struct Confusion {
  std::size_t actual;
  std::size_t predicted;
  std::uint64_t count;
};

// The wrong cells that are not zero, most frequent first, then in the order of the table; at most `limit`.
[[nodiscard]] std::vector<Confusion> most_frequent_confusions(const ConfusionTable& table, std::size_t limit);

}  // namespace gradus::report
