// An order of all rows, cut into three; or, stratified, an order of each class, cut into three.
#include "gradus/data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "gradus/core/error.h"

namespace gradus::internal {
namespace {

constexpr std::size_t kLeastForValidation = 100;  // automatic parts: none of fewer rows than these
constexpr std::size_t kLeastForTest = 10;
constexpr double kAutoValidation = 0.1;
constexpr double kAutoTest = 0.2;

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::kBadConfiguration, "splitting the data: " + what);
}

std::size_t share_of(double share, std::size_t rows) {
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(share * static_cast<double>(rows))));
}

std::size_t part_rows(const PartSize& size, std::size_t rows, double auto_share, std::size_t least,
                      const char* part) {
  switch (size.kind) {
    case PartSize::Kind::kAuto:
      return rows < least ? 0 : share_of(auto_share, rows);
    case PartSize::Kind::kNone:
    case PartSize::Kind::kOwnTest:  // comes from elsewhere
      return 0;
    case PartSize::Kind::kCount:
      return size.count;
    case PartSize::Kind::kShare:
      if (!(size.share > 0 && size.share < 1))
        fail(fmt::format("{} is a share of {}; a share lies between 0 and 1", part, size.share));
      return share_of(size.share, rows);
  }
  return 0;
}

// The source's own test part, or as much of its front as is asked for.
std::vector<std::uint32_t> given_test(std::vector<std::uint32_t> rows, const PartSize& size) {
  if (size.kind == PartSize::Kind::kAuto || size.kind == PartSize::Kind::kOwnTest) return rows;
  const std::size_t count = part_rows(size, rows.size(), 1, 0, "test");
  if (count > rows.size()) {
    fail(fmt::format("{} rows to test on were asked for; the data's own test part has {}", count,
                     rows.size()));
  }
  rows.resize(count);
  return rows;
}

// Whether the source's own test part can serve as validation.
void check_own_test(std::size_t given_test_rows, const SplitSpec& spec) {
  using Kind = PartSize::Kind;
  if (spec.test.kind == Kind::kOwnTest)
    fail("the data's own test part cannot be both validation and test part");
  if (given_test_rows == 0) fail("the data's own test part is to be the validation part; it has none");
  if (spec.test.kind != Kind::kAuto && spec.test.kind != Kind::kNone)
    fail("the data's own test part is the validation part; nothing is left of it to test on");
}

// The usable rows in the order in which they are dealt out.
std::vector<std::uint32_t> ordered(std::vector<std::uint32_t> rows, const SplitSpec& spec,
                                   std::size_t table_rows, Generator& generator) {
  if (!spec.permutation.empty()) {
    std::vector<bool> wanted(table_rows);
    for (const std::uint32_t row : rows) wanted[row] = true;
    std::vector<bool> named(table_rows);
    std::vector<std::uint32_t> order;
    for (const std::uint32_t row : spec.permutation) {
      if (row >= table_rows || named[row]) {
        fail(fmt::format("the permutation names row {}{}; each of 0 to {} has to be there once", row,
                         row >= table_rows ? "" : " twice", table_rows - 1));
      }
      named[row] = true;
      if (wanted[row]) order.push_back(row);
    }
    if (spec.permutation.size() != table_rows) {
      fail(fmt::format("the permutation has {} rows; the data has {}", spec.permutation.size(), table_rows));
    }
    return order;
  }
  if (!spec.shuffle) return rows;
  std::vector<std::uint32_t> order = generator.permutation(rows.size());
  for (std::uint32_t& place : order) place = rows[place];
  return order;
}

using Counts = std::array<std::size_t, 3>;  // train, validation, test
enum : std::size_t { kTrain, kValidation, kTest };

struct Stratum {
  Counts counts{};
  std::array<std::size_t, 3> remainder{};  // of rows * part / all: the larger, the nearer to one more
  std::size_t open = 0;                    // rows not yet dealt out: 0, 1 or 2
};

// One more of `part` for `count` of the strata that `may` have it, those with the largest remainder first.
template <class May>
void give(std::vector<Stratum>& strata, std::size_t part, std::size_t count, May may) {
  std::vector<Stratum*> order;
  for (Stratum& stratum : strata) {
    if (may(stratum)) order.push_back(&stratum);
  }
  std::ranges::stable_sort(order, [part](const Stratum* a, const Stratum* b) {
    if (a->open != b->open) return a->open > b->open;
    return a->remainder[part] > b->remainder[part];
  });
  GRADUS_ASSERT(count <= order.size(), count, order.size());
  for (std::size_t i = 0; i < count; ++i) {
    ++order[i]->counts[part];
    --order[i]->open;
  }
}

// Rounds the table of class x part shares, up or down, so that classes and parts keep their sums: every count
// is within one of its share. Classes with two rows open are served first, which leaves no class without a
// part for its rows.
std::vector<Counts> stratified_counts(const std::vector<std::size_t>& class_rows, const Counts& parts) {
  const std::size_t all = std::accumulate(parts.begin(), parts.end(), std::size_t{0});
  std::vector<Stratum> strata(class_rows.size());
  Counts left = parts;
  for (std::size_t c = 0; c < strata.size(); ++c) {
    strata[c].open = class_rows[c];
    for (std::size_t part = 0; part < parts.size(); ++part) {
      strata[c].counts[part] = class_rows[c] * parts[part] / all;
      strata[c].remainder[part] = class_rows[c] * parts[part] % all;
      strata[c].open -= strata[c].counts[part];
      left[part] -= strata[c].counts[part];
    }
  }
  give(strata, kTest, left[kTest], [](const Stratum& s) { return s.open > 0; });
  give(strata, kValidation, left[kValidation], [](const Stratum& s) { return s.open > 0; });
  give(strata, kTrain, left[kTrain], [](const Stratum& s) { return s.open > 0; });
  std::vector<Counts> counts;
  for (const Stratum& stratum : strata) counts.push_back(stratum.counts);
  return counts;
}

// Cuts each class's rows, in their order, into training, validation and test.
void deal(const std::vector<std::uint32_t>& order, const std::vector<std::int32_t>& labels,
          const Counts& sizes, Parts& parts) {
  const auto label_of = [&](std::uint32_t row) {
    return labels.empty() ? 0 : static_cast<std::size_t>(labels[row]);
  };
  std::vector<std::size_t> class_rows;
  for (const std::uint32_t row : order) {
    if (label_of(row) >= class_rows.size()) class_rows.resize(label_of(row) + 1);
    ++class_rows[label_of(row)];
  }
  std::vector<Counts> left =
      labels.empty() ? std::vector<Counts>{sizes} : stratified_counts(class_rows, sizes);
  std::vector<std::uint32_t>* const lists[] = {&parts.train, &parts.validation, &parts.test};
  for (std::size_t part = 0; part < sizes.size(); ++part) lists[part]->reserve(sizes[part]);
  for (const std::uint32_t row : order) {
    Counts& counts = left[label_of(row)];
    std::size_t part = kTrain;
    while (counts[part] == 0) ++part;
    --counts[part];
    lists[part]->push_back(row);
  }
}

}  // namespace

Parts split_rows(SplitRows rows, const SplitSpec& spec, Generator& generator) {
  std::vector<std::uint32_t> candidates = std::move(rows.usable);
  const auto own_test = std::ranges::lower_bound(candidates, rows.table_rows - rows.given_test_rows);
  std::vector<std::uint32_t> own_test_rows(own_test, candidates.end());
  candidates.erase(own_test, candidates.end());
  Parts parts;
  Counts sizes{};
  const std::size_t count = candidates.size();
  sizes[kValidation] = part_rows(spec.validation, count, kAutoValidation, kLeastForValidation, "validation");
  if (spec.validation.kind == PartSize::Kind::kOwnTest) {
    check_own_test(rows.given_test_rows, spec);
    parts.validation = std::move(own_test_rows);
  } else if (rows.given_test_rows > 0) {
    parts.test = given_test(std::move(own_test_rows), spec.test);
  } else {
    if (spec.test.kind == PartSize::Kind::kOwnTest) fail("the data have no test part of their own");
    sizes[kTest] = part_rows(spec.test, count, kAutoTest, kLeastForTest, "test");
  }
  // Apart, so that the sum of two enormous counts does not wrap round.
  if (sizes[kValidation] >= count || sizes[kTest] >= count - sizes[kValidation]) {
    fail(
        fmt::format("{} rows to validate and {} to test on leave nothing of {} rows to train on; make these "
                    "parts smaller",
                    sizes[kValidation], sizes[kTest], count));
  }
  sizes[kTrain] = count - sizes[kValidation] - sizes[kTest];
  if (spec.train_count > sizes[kTrain]) {
    fail(
        fmt::format("{} rows to train on were asked for; {} are left beside {} to validate and {} to test on",
                    spec.train_count, sizes[kTrain], sizes[kValidation], sizes[kTest]));
  }
  const bool in_file_order = !spec.shuffle && spec.permutation.empty();
  parts.stratified = spec.stratify && !rows.labels.empty() && !in_file_order;
  const std::vector<std::uint32_t> order = ordered(std::move(candidates), spec, rows.table_rows, generator);
  if (!parts.stratified) rows.labels.clear();
  deal(order, rows.labels, sizes, parts);
  if (spec.train_count > 0) parts.train.resize(spec.train_count);
  return parts;
}

}  // namespace gradus::internal
