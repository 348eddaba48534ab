// What a transform learns: medians, categories, means and deviations.
#include "gradus/data/transform_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
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

Moments fit_minmax(std::span<const double> values, const std::string& what) {
  const auto [low, high] = std::ranges::minmax(values);
  return checked({low, high > low ? high - low : 1}, what, low, high);
}

// numpy.mean and numpy.std. `for_each(visit)` calls visit(value) for the `count` values, in one order.
template <class ForEach>
Moments moments_of(ForEach for_each, double count, const std::string& what) {
  NumpySum sum;
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for_each([&](double value) {
    sum.add(value);
    low = std::min(low, value);
    high = std::max(high, value);
  });
  // The mean of equal values is rounded too: its deviation would be noise.
  if (low == high) return {low, 1};
  const auto deviation_from = [&](double mean, auto coded) {
    NumpySum squares;
    for_each([&](double value) { squares.add((coded(value) - mean) * (coded(value) - mean)); });
    return std::sqrt(squares.total() / count);
  };
  const double mean = sum.total() / count;
  const double deviation = deviation_from(mean, std::identity());
  if (std::isfinite(deviation) && deviation > 0) return {mean, deviation};
  // The sum or the squares left the range of double: the same for the values brought to [0, 1].
  const double range = high - low;
  const auto coded = [&](double value) { return (value - low) / range; };
  NumpySum coded_sum;
  for_each([&](double value) { coded_sum.add(coded(value)); });
  const double coded_mean = coded_sum.total() / count;
  return checked({low + range * coded_mean, range * deviation_from(coded_mean, coded)}, what, low, high);
}

// Feature by feature, a few at a time: a row's neighbours share cache lines, and the copies stay small.
void fit_each(Transform& transform, const Features& features, std::span<const std::uint32_t> rows) {
  constexpr std::size_t kGroup = 16;
  const std::vector<bool> scaled = quantities(transform);
  const std::vector<std::string> names = transform.feature_names();
  transform.shift.assign(features.cols, 0);
  transform.scale.assign(features.cols, 1);
  std::vector<double> values(kGroup * rows.size());
  for (std::size_t first = 0; first < features.cols; first += kGroup) {
    double cells[kGroup];
    const std::size_t count = std::min(kGroup, features.cols - first);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      read_features(features, rows[i], first, std::span(cells, count));
      for (std::size_t f = 0; f < count; ++f) values[f * rows.size() + i] = cells[f];
    }
    for (std::size_t f = 0; f < count; ++f) {
      if (!scaled[first + f]) continue;
      const std::span<const double> column(&values[f * rows.size()], rows.size());
      const std::string what = fmt::format("column '{}'", names[first + f]);
      const Moments fitted =
          transform.scaling == Scaling::kMinMax ? fit_minmax(column, what) : take_moments(column, what);
      transform.shift[first + f] = fitted.mean;
      transform.scale[first + f] = fitted.deviation;
    }
  }
}

// Calls visit(value) for every quantity in row order.
template <class Visit>
void for_each_quantity(const Features& features, std::span<const std::uint32_t> rows,
                       const std::vector<bool>& scaled, Visit visit) {
  std::vector<double> row_values(features.cols);
  for (const std::uint32_t row : rows) {
    read_features(features, row, 0, row_values);
    for (std::size_t f = 0; f < row_values.size(); ++f) {
      if (scaled[f]) visit(row_values[f]);
    }
  }
}

Moments global_moments(const Features& features, std::span<const std::uint32_t> rows,
                       const std::vector<bool>& scaled) {
  const auto count = static_cast<double>(rows.size()) * static_cast<double>(std::ranges::count(scaled, true));
  if (count == 0) return {};
  return moments_of([&](auto visit) { for_each_quantity(features, rows, scaled, visit); }, count,
                    "all features together");
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
  return moments_of([&](auto visit) { std::ranges::for_each(values, visit); },
                    static_cast<double>(values.size()), what);
}

}  // namespace gradus::internal
