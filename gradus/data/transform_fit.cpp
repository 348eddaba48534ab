// What a transform learns: medians, categories, means and deviations.
#include "gradus/data/transform_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/core/sum.h"
#include "gradus/data/cells.h"

namespace gradus::internal {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

// `out` is filled with features first, first + 1, ... of one row.
void read_features(const Features& features, std::size_t row, std::size_t first, std::span<double> out) {
  const std::size_t place = row * features.cols + first;
  const auto copy = [&](const auto& stored) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(stored[place + i]);
  };
  if (features.block != nullptr) {
    std::visit(copy, features.block->values);
  } else {
    copy(features.values);
  }
}

// One entry for each feature: whether it is a quantity, not a 0 or 1 by its kind.
std::vector<bool> quantities(const Transform& transform) {
  std::vector<bool> scaled(transform.block_features, true);
  for (const InputColumn& input : transform.inputs) {
    scaled.insert(scaled.end(), input.features(), input.kind == ColumnKind::kNumber);
  }
  return scaled;
}

// Shift and scale, where (x - shift) / scale can be computed with them.
Moments checked(const Moments& fitted, const std::string& what, double low, double high) {
  const auto finite = [](double value) { return std::isfinite(value); };
  if (finite(fitted.mean) && finite(fitted.deviation) && finite(1 / fitted.deviation)) return fitted;
  throw Error(ErrorCode::kBadData,
              fmt::format("scaling {}: it goes from {} to {}; expected a spread that a double can hold and "
                          "divide by; bring it to another unit or leave it out",
                          what, low, high));
}

// Of one column of values that come one at a time.
struct Extremes {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    // Rarely true, and a branch that is not taken keeps the chain of values out of memory.
    if (value < low) low = value;
    if (value > high) high = value;
  }
};

// In the three functions that follow `sweep(visit)` calls visit(column, value) for every value of every column, each
// column's values in one order; sweeps replace copies of the values, which may be larger than memory.

template <class Sweep>
std::vector<Moments> fit_minmax(Sweep sweep, std::span<const std::string> names) {
  std::vector<Extremes> extremes(names.size());
  sweep([&](std::size_t column, double value) { extremes[column].add(value); });
  std::vector<Moments> fitted;
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto [low, high] = extremes[c];
    fitted.push_back(checked({low, high > low ? high - low : 1}, names[c], low, high));
  }
  return fitted;
}

// numpy.mean and numpy.std of coded(column, value).
template <class Sweep, class Coded>
std::vector<Moments> plain_moments(Sweep sweep, std::size_t columns, double count, Coded coded) {
  std::vector<NumpySum> sums(columns);
  sweep([&](std::size_t column, double value) { sums[column].add(coded(column, value)); });
  std::vector<Moments> moments(columns);
  for (std::size_t c = 0; c < columns; ++c) moments[c].mean = sums[c].total() / count;
  std::vector<NumpySum> squares(columns);
  sweep([&](std::size_t column, double value) {
    const double distance = coded(column, value) - moments[column].mean;
    squares[column].add(distance * distance);
  });
  for (std::size_t c = 0; c < columns; ++c) moments[c].deviation = std::sqrt(squares[c].total() / count);
  return moments;
}

// numpy.mean and numpy.std of columns of `count` values each.
template <class Sweep>
std::vector<Moments> moments_of(Sweep sweep, std::span<const std::string> names, double count) {
  std::vector<Extremes> extremes(names.size());
  std::vector<Moments> fitted =
      plain_moments(sweep, names.size(), count, [&](std::size_t column, double value) {
        extremes[column].add(value);
        return value;
      });
  std::vector<std::size_t> strained;
  for (std::size_t c = 0; c < names.size(); ++c) {
    // The mean of equal values is rounded too: its deviation would be noise.
    if (extremes[c].low == extremes[c].high) {
      fitted[c] = {extremes[c].low, 1};
    } else if (!(std::isfinite(fitted[c].deviation) && fitted[c].deviation > 0)) {
      strained.push_back(c);
    }
  }
  if (strained.empty()) return fitted;
  // The sum or the squares left the range of double: the same for the values brought to [0, 1].
  const std::vector<Moments> coded =
      plain_moments(sweep, names.size(), count, [&](std::size_t column, double value) {
        return (value - extremes[column].low) / (extremes[column].high - extremes[column].low);
      });
  for (const std::size_t c : strained) {
    const auto [low, high] = extremes[c];
    fitted[c] =
        checked({low + (high - low) * coded[c].mean, (high - low) * coded[c].deviation}, names[c], low, high);
  }
  return fitted;
}

// Calls visit(feature - first, value) for the features first, first + 1, ... of the rows, each feature's values in row
// order. Rows are brought in some at a time: the waits for those that lie apart overlap.
template <class Visit>
void sweep_features(const Features& features, std::span<const std::uint32_t> rows, std::size_t first,
                    std::size_t count, Visit visit) {
  constexpr std::size_t kRows = 64;
  std::vector<double> cells(kRows * count);
  RowSweep sweep(features.window(), features.row_bytes());
  while (!rows.empty()) {
    const auto some = rows.first(std::min(kRows, rows.size()));
    sweep.reach(some.front());
    for (std::size_t i = 0; i < some.size(); ++i)
      read_features(features, some[i], first, std::span(cells).subspan(i * count, count));
    for (std::size_t f = 0; f < count; ++f) {
      for (std::size_t i = 0; i < some.size(); ++i) visit(f, cells[i * count + f]);
    }
    rows = rows.subspan(some.size());
  }
}

// Rows that come from the disk are to be read few times: sums may then take an eighth of the window.
std::size_t features_at_once(const FileWindow& window) {
  constexpr std::size_t kGroup = 32;
  constexpr std::size_t kBytesOfSum = sizeof(double) * kNumpyBlock;
  return std::max(kGroup, window.active() ? window.bytes / 8 / kBytesOfSum : 0);
}

// Feature by feature, a group at a time: a row's neighbours share cache lines, and a group's sums the cache.
void fit_each(Transform& transform, const Features& features, std::span<const std::uint32_t> rows) {
  const std::size_t group_size = features_at_once(features.window());
  const std::vector<bool> scaled = quantities(transform);
  std::vector<std::string> names = transform.feature_names();
  for (std::string& name : names) name = fmt::format("column '{}'", name);
  transform.shift.assign(features.cols, 0);
  transform.scale.assign(features.cols, 1);
  for (std::size_t first = 0; first < features.cols; first += group_size) {
    const std::size_t count = std::min(group_size, features.cols - first);
    const auto sweep = [&](auto visit) { sweep_features(features, rows, first, count, visit); };
    const auto group = std::span(names).subspan(first, count);
    const std::vector<Moments> fitted = transform.scaling == Scaling::kMinMax
                                            ? fit_minmax(sweep, group)
                                            : moments_of(sweep, group, static_cast<double>(rows.size()));
    for (std::size_t f = 0; f < count; ++f) {
      if (!scaled[first + f]) continue;
      transform.shift[first + f] = fitted[f].mean;
      transform.scale[first + f] = fitted[f].deviation;
    }
  }
}

// Calls visit(0, value) for every quantity in row order.
template <class Visit>
void for_each_quantity(const Features& features, std::span<const std::uint32_t> rows,
                       const std::vector<bool>& scaled, Visit visit) {
  std::vector<std::size_t> chosen;
  for (std::size_t f = 0; f < features.cols; ++f) {
    if (scaled[f]) chosen.push_back(f);
  }
  std::vector<double> row_values(features.cols);
  RowSweep sweep(features.window(), features.row_bytes());
  for (const std::uint32_t row : rows) {
    sweep.reach(row);
    read_features(features, row, 0, row_values);
    for (const std::size_t f : chosen) visit(0, row_values[f]);
  }
}

Moments global_moments(const Features& features, std::span<const std::uint32_t> rows,
                       const std::vector<bool>& scaled) {
  const auto count = static_cast<double>(rows.size()) * static_cast<double>(std::ranges::count(scaled, true));
  if (count == 0) return {};
  const std::string name = "all features together";
  const auto sweep = [&](auto visit) { for_each_quantity(features, rows, scaled, visit); };
  return moments_of(sweep, std::span(&name, 1), count).front();
}

// One entry where every feature is scaled alike.
void set_common(Transform& transform, const Moments& common, const std::vector<bool>& scaled) {
  const std::size_t entries = std::ranges::count(scaled, false) == 0 ? 1 : scaled.size();
  transform.shift.assign(entries, 0);
  transform.scale.assign(entries, 1);
  for (std::size_t f = 0; f < entries; ++f) {
    if (!scaled[f]) continue;
    transform.shift[f] = common.mean;
    transform.scale[f] = common.deviation;
  }
}

}  // namespace

InputColumn fit_input(const Column& column, std::span<const std::uint32_t> rows) {
  InputColumn input;
  input.name = column.name;
  input.kind = column.kind;
  std::vector<double> present;
  std::vector<bool> seen(column.categories.size());
  for (const std::uint32_t row : rows) {
    if (is_missing(column, row)) {
      input.had_missing = true;
    } else if (column.kind == ColumnKind::kCategory) {
      seen[static_cast<std::size_t>(column.codes[row])] = true;
    } else {
      present.push_back(column.numbers[row]);
    }
  }
  if (column.kind == ColumnKind::kCategory) {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (seen[i]) input.categories.push_back(column.categories[i]);
    }
  } else if (column.kind == ColumnKind::kBoolean) {
    input.fill = 2 * numpy_sum(present) > static_cast<double>(present.size()) ? 1 : 0;
  } else {
    input.fill = median(std::move(present));
  }
  return input;
}

void fit_scaling(Transform& transform, const Features& features, std::span<const std::uint32_t> rows,
                 double divisor) {
  switch (transform.scaling) {
    case Scaling::kNone:
      return;
    case Scaling::kFeature:
    case Scaling::kMinMax:
      return fit_each(transform, features, rows);
    case Scaling::kGlobal: {
      const std::vector<bool> scaled = quantities(transform);
      return set_common(transform, global_moments(features, rows, scaled), scaled);
    }
    case Scaling::kDivide:
      return set_common(transform, {0, divisor}, quantities(transform));
  }
}

Moments take_moments(std::span<const double> values, const std::string& what) {
  const auto sweep = [&](auto visit) {
    for (const double value : values) visit(0, value);
  };
  return moments_of(sweep, std::span(&what, 1), static_cast<double>(values.size())).front();
}

}  // namespace gradus::internal
