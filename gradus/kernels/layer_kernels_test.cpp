// The kernels of normalization, dropout and max-norm: the same bits in every set and for every range, near the
// reference, and a golden hash. The masks of dropout: their statistics.

#include "gradus/kernels/layer_kernels.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "gradus/kernels/kernels_testing.h"

namespace gradus {
namespace {

using test::Result;
using test::TestMatrix;

constexpr std::size_t kWidths[] = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 33, 48, 66, 130};
constexpr std::size_t kBatches[] = {1, 2, 5, 8, 33};
constexpr DropoutMask kMask{dropout::layer_key(7, 3, 1), dropout::threshold(0.3)};

// Two calls for the two halves of the range: no element may depend on where it is cut.
template <class Call>
void in_two_parts(std::size_t size, const Call& call) {
  const std::size_t middle = size / 3;
  call(Range{0, middle});
  call(Range{middle, size});
}

template <class T>
Result run_batch_norm(const LayerKernels<T>& set, std::size_t rows, std::size_t width) {
  TestMatrix<T> x(rows, width, 1), y(rows, width, 2), dy(rows, width, 3), dx(rows, width, 1);
  TestMatrix<T> gamma(1, width, 1), beta(1, width, 2), mean(1, width, 3), variance(1, width, 1);
  TestMatrix<T> dgamma(1, width, 2), dbeta(1, width, 3);
  x.fill(31, 3, 0.5), dy.fill(32), gamma.fill(33), beta.fill(34);
  in_two_parts(width, [&](Range columns) {
    set.column_moments(x.input(), mean.view().data, variance.view().data, columns);
    set.batch_norm_forward(x.input(), mean.view().data, variance.view().data, gamma.view().data,
                           beta.view().data, y.view(), columns);
    set.batch_norm_backward(x.input(), mean.view().data, variance.view().data, gamma.view().data, dy.input(),
                            dgamma.view().data, dbeta.view().data, dx.view(), columns);
  });
  Result result;
  for (TestMatrix<T>* matrix : {&mean, &variance, &y, &dgamma, &dbeta, &dx}) matrix->append_to(result);
  set.batch_norm_backward(x.input(), mean.view().data, variance.view().data, gamma.view().data, dy.input(),
                          dgamma.view().data, dbeta.view().data, dy.view(), {0, width});  // both in place
  set.batch_norm_forward(x.input(), mean.view().data, variance.view().data, gamma.view().data,
                         beta.view().data, x.view(), {0, width});
  dy.append_to(result);
  x.append_to(result);
  return result;
}

// The same from its parts, as a batch is normalized whose rows are dealt out; the bits are those of run_batch_norm().
template <class T>
Result run_batch_norm_by_parts(const LayerKernels<T>& set, std::size_t rows, std::size_t width) {
  TestMatrix<T> x(rows, width, 1), y(rows, width, 2), dy(rows, width, 3), dx(rows, width, 1);
  TestMatrix<T> gamma(1, width, 1), beta(1, width, 2), mean(1, width, 3), variance(1, width, 1);
  TestMatrix<T> dgamma(1, width, 2), dbeta(1, width, 3);
  x.fill(31, 3, 0.5), dy.fill(32), gamma.fill(33), beta.fill(34);
  const auto divide = [&](TestMatrix<T>& sums, Range columns) {
    for (std::size_t c = columns.begin; c < columns.end; ++c) sums.view()(0, c) /= static_cast<T>(rows);
  };
  in_two_parts(width, [&](Range columns) {
    set.column_sums(x.input(), mean.view().data, columns);
    divide(mean, columns);
    set.column_squares(x.input(), mean.view().data, variance.view().data, columns);
    divide(variance, columns);
    set.batch_norm_forward(x.input(), mean.view().data, variance.view().data, gamma.view().data,
                           beta.view().data, y.view(), columns);
    set.batch_norm_parameter_gradient(x.input(), mean.view().data, variance.view().data, dy.input(),
                                      dgamma.view().data, dbeta.view().data, columns);
    set.batch_norm_input_gradient(x.input(), mean.view().data, variance.view().data, gamma.view().data,
                                  dgamma.view().data, dbeta.view().data, rows, dy.input(), dx.view(),
                                  columns);
  });
  Result result;
  for (TestMatrix<T>* matrix : {&mean, &variance, &y, &dgamma, &dbeta, &dx}) matrix->append_to(result);
  set.batch_norm_input_gradient(x.input(), mean.view().data, variance.view().data, gamma.view().data,
                                dgamma.view().data, dbeta.view().data, rows, dy.input(), dy.view(),
                                {0, width});  // both in place
  set.batch_norm_forward(x.input(), mean.view().data, variance.view().data, gamma.view().data,
                         beta.view().data, x.view(), {0, width});
  dy.append_to(result);
  x.append_to(result);
  return result;
}

template <class T>
Result run_layer_norm(const LayerKernels<T>& set, std::size_t rows, std::size_t width) {
  TestMatrix<T> x(rows, width, 1), y(rows, width, 2), dy(rows, width, 3), dx(rows, width, 1);
  TestMatrix<T> gamma(1, width, 1), beta(1, width, 2), mean(1, rows, 3), inverse(1, rows, 1);
  TestMatrix<T> dgamma(1, width, 2), dbeta(1, width, 3);
  x.fill(35, 3, 0.5), dy.fill(36), gamma.fill(37), beta.fill(38);
  in_two_parts(rows, [&](Range range) {
    set.layer_norm_forward(x.input(), gamma.view().data, beta.view().data, mean.view().data,
                           inverse.view().data, y.view(), range);
    set.layer_norm_backward(x.input(), mean.view().data, inverse.view().data, gamma.view().data, dy.input(),
                            dx.view(), range);
  });
  in_two_parts(width, [&](Range columns) {
    set.layer_norm_parameter_gradient(x.input(), mean.view().data, inverse.view().data, dy.input(),
                                      dgamma.view().data, dbeta.view().data, columns);
  });
  Result result;
  for (TestMatrix<T>* matrix : {&mean, &inverse, &y, &dgamma, &dbeta, &dx}) matrix->append_to(result);
  set.layer_norm_backward(x.input(), mean.view().data, inverse.view().data, gamma.view().data, dy.input(),
                          dy.view(), {0, rows});  // both in place
  set.layer_norm_forward(x.input(), gamma.view().data, beta.view().data, mean.view().data,
                         inverse.view().data, x.view(), {0, rows});
  dy.append_to(result);
  x.append_to(result);
  return result;
}

template <class T>
Result run_dropout(const LayerKernels<T>& set, std::size_t rows, std::size_t width) {
  TestMatrix<T> x(rows, width, 1), y(rows, width, 2);
  x.fill(39);
  const T scale = static_cast<T>(1 / 0.7);
  in_two_parts(width, [&](Range columns) { set.dropout(x.input(), kMask, scale, y.view(), columns); });
  Result result;
  y.append_to(result);
  set.dropout(x.input(), kMask, scale, x.view(), {0, width});  // in place
  x.append_to(result);
  return result;
}

template <class T>
Result run_limit(const LayerKernels<T>& set, std::size_t rows, std::size_t width) {
  TestMatrix<T> w(rows, width, 1);
  w.fill(40);
  const double limit = 0.55 * std::sqrt(static_cast<double>(rows));  // about half the columns exceed it
  in_two_parts(width, [&](Range columns) { set.limit_column_norms(w.view(), limit, columns); });
  Result result;
  w.append_to(result);
  return result;
}

template <class T>
struct Operation {
  const char* name;
  Result (*run)(const LayerKernels<T>&, std::size_t rows, std::size_t width);
};

template <class T>
constexpr std::array<Operation<T>, 5> kOperations = {{{"batch_norm", &run_batch_norm<T>},
                                                      {"batch_norm_by_parts", &run_batch_norm_by_parts<T>},
                                                      {"layer_norm", &run_layer_norm<T>},
                                                      {"dropout", &run_dropout<T>},
                                                      {"limit_column_norms", &run_limit<T>}}};

template <class T>
class LayerKernelsTest : public ::testing::Test {};
using Precisions = ::testing::Types<float, double>;
TYPED_TEST_SUITE(LayerKernelsTest, Precisions);

TYPED_TEST(LayerKernelsTest, EverySetGivesTheSameBits) {
  const auto sets = test::sets_under_test<TypeParam>();
  for (const auto& operation : kOperations<TypeParam>) {
    for (const std::size_t rows : kBatches) {
      for (const std::size_t width : kWidths) {
        const Result expected = operation.run(sets.back()->layers, rows, width);
        for (const auto* set : sets) {
          const Result actual = operation.run(set->layers, rows, width);
          for (std::size_t i = 0; i < expected.size(); ++i) {
            ASSERT_EQ(std::bit_cast<std::uint64_t>(expected[i]), std::bit_cast<std::uint64_t>(actual[i]))
                << operation.name << ' ' << rows << " x " << width << ", element " << i
                << ": scalar with fmaf " << expected[i] << ", " << set->name << ' ' << actual[i];
          }
        }
      }
    }
  }
}

// Roundings of about rows + width terms, made larger by 1 / deviation <= 1 / sqrt(epsilon) where a batch or a
// row hardly varies.
TYPED_TEST(LayerKernelsTest, EveryOperationIsNearTheReference) {
  const LayerKernels<TypeParam>& reference = kernels<TypeParam>("reference").layers;
  const LayerKernels<TypeParam>& set = kernels<TypeParam>().layers;
  for (const auto& operation : kOperations<TypeParam>) {
    for (const std::size_t rows : kBatches) {
      for (const std::size_t width : kWidths) {
        const double spread = rows == 1 || width <= 2 ? 1e3 : 1;
        const double unit = spread * static_cast<double>(rows + width + 20) *
                            static_cast<double>(std::numeric_limits<TypeParam>::epsilon());
        const Result exact = operation.run(reference, rows, width);
        const Result actual = operation.run(set, rows, width);
        for (std::size_t i = 0; i < exact.size(); ++i) {
          ASSERT_NEAR(exact[i], actual[i], unit * (1 + std::abs(exact[i])))
              << operation.name << ' ' << rows << " x " << width << ", element " << i;
        }
      }
    }
  }
}

template <class T>
MatrixView<const T> some_rows(MatrixView<const T> matrix, Range rows) {
  return {matrix.data + rows.begin * matrix.stride, rows.end - rows.begin, matrix.cols, matrix.stride};
}

TYPED_TEST(LayerKernelsTest, ThePartsOfBatchNormHaveTheBitsOfTheWhole) {
  for (const auto* set : test::sets_under_test<TypeParam>()) {
    for (const std::size_t rows : kBatches) {
      for (const std::size_t width : kWidths) {
        const Result whole = run_batch_norm(set->layers, rows, width);
        const Result parts = run_batch_norm_by_parts(set->layers, rows, width);
        ASSERT_EQ(whole.size(), parts.size());
        for (std::size_t i = 0; i < whole.size(); ++i) {
          ASSERT_EQ(std::bit_cast<std::uint64_t>(whole[i]), std::bit_cast<std::uint64_t>(parts[i]))
              << set->name << ' ' << rows << " x " << width << ", element " << i << ": the whole " << whole[i]
              << ", its parts " << parts[i];
        }
      }
    }
  }
}

// The division is by the rows of the batch, not by those that a call is given.
TYPED_TEST(LayerKernelsTest, RowsOfABatchGetTheGradientTheyHaveInTheWhole) {
  using T = TypeParam;
  constexpr std::size_t kRows = 7;
  constexpr std::size_t kWidth = 33;
  TestMatrix<T> x(kRows, kWidth, 1), dy(kRows, kWidth, 2), dx(kRows, kWidth, 3), by_rows(kRows, kWidth, 3);
  TestMatrix<T> gamma(1, kWidth, 1), mean(1, kWidth, 2), variance(1, kWidth, 3), dgamma(1, kWidth, 1),
      dbeta(1, kWidth, 2);
  x.fill(43, 3, 0.5), dy.fill(44), gamma.fill(45);
  for (const auto* set : test::sets_under_test<T>()) {
    const LayerKernels<T>& layers = set->layers;
    layers.column_moments(x.input(), mean.view().data, variance.view().data, {0, kWidth});
    layers.batch_norm_backward(x.input(), mean.view().data, variance.view().data, gamma.view().data,
                               dy.input(), dgamma.view().data, dbeta.view().data, dx.view(), {0, kWidth});
    for (const Range rows : {Range{0, 2}, Range{2, 2}, Range{2, kRows}}) {
      layers.batch_norm_input_gradient(some_rows(x.input(), rows), mean.view().data, variance.view().data,
                                       gamma.view().data, dgamma.view().data, dbeta.view().data, kRows,
                                       some_rows(dy.input(), rows),
                                       {by_rows.view().data + rows.begin * by_rows.view().stride,
                                        rows.end - rows.begin, kWidth, by_rows.view().stride},
                                       {0, kWidth});
    }
    Result whole, parts;
    dx.append_to(whole);
    by_rows.append_to(parts);
    EXPECT_EQ(whole, parts) << set->name;
  }
}

// A slice without rows is +0 (docs/numerics.md, rule 10), and no other column is touched.
TYPED_TEST(LayerKernelsTest, SumsOverNoRowsArePositiveZeros) {
  using T = TypeParam;
  constexpr std::size_t kWidth = 33;
  constexpr Range kColumns{3, 30};
  TestMatrix<T> x(2, kWidth, 1), mean(1, kWidth, 2), variance(1, kWidth, 3);
  x.fill(46), mean.fill(47), variance.fill(48).make_absolute();
  const MatrixView<const T> nothing = some_rows(x.input(), {1, 1});
  std::vector<const LayerKernels<T>*> sets = {&kernels<T>("reference").layers};
  for (const auto* set : test::sets_under_test<T>()) sets.push_back(&set->layers);
  for (const LayerKernels<T>* set : sets) {
    TestMatrix<T> sums(1, kWidth, 1), squares(1, kWidth, 2), dgamma(1, kWidth, 3), dbeta(1, kWidth, 1);
    set->column_sums(nothing, sums.view().data, kColumns);
    set->column_squares(nothing, mean.view().data, squares.view().data, kColumns);
    set->batch_norm_parameter_gradient(nothing, mean.view().data, variance.view().data, nothing,
                                       dgamma.view().data, dbeta.view().data, kColumns);
    for (TestMatrix<T>* matrix : {&sums, &squares, &dgamma, &dbeta}) {
      for (std::size_t c = 0; c < kWidth; ++c) {
        const bool inside = c >= kColumns.begin && c < kColumns.end;
        const auto actual = static_cast<double>(matrix->view()(0, c));
        EXPECT_EQ(std::bit_cast<std::uint64_t>(actual),
                  std::bit_cast<std::uint64_t>(inside ? 0.0 : test::kUntouched))
            << "column " << c;
      }
    }
  }
}

TYPED_TEST(LayerKernelsTest, ANormThatIsNotFiniteScalesNothing) {
  TestMatrix<TypeParam> w(3, 20, 1);
  w.fill(41);
  w.view()(1, 2) = std::numeric_limits<TypeParam>::infinity();
  Result before;
  w.append_to(before);
  kernels<TypeParam>().layers.limit_column_norms(w.view(), 1e-3, {2, 3});
  Result after;
  w.append_to(after);
  EXPECT_EQ(before, after);
}

TYPED_TEST(LayerKernelsTest, ABatchIsNormalizedToMeanZeroAndDeviationOne) {
  TestMatrix<TypeParam> x(50, 20, 1);
  TestMatrix<TypeParam> ones(1, 20, 1), zeros(1, 20, 1), mean(1, 20, 1), variance(1, 20, 1);
  x.fill(42, 5, 3), ones.fill(0, 0, 1), zeros.fill(0, 0);
  const auto& set = kernels<TypeParam>().layers;
  set.column_moments(x.input(), mean.view().data, variance.view().data, {0, 20});
  set.batch_norm_forward(x.input(), mean.view().data, variance.view().data, ones.view().data,
                         zeros.view().data, x.view(), {0, 20});
  for (std::size_t c = 0; c < 20; ++c) {
    double sum = 0;
    double squares = 0;
    for (std::size_t b = 0; b < 50; ++b) {
      const double value = x.view()(b, c);
      sum += value;
      squares += value * value;
    }
    EXPECT_NEAR(sum / 50, 0, 1e-5) << "column " << c;
    EXPECT_NEAR(squares / 50, 1, 1e-4) << "column " << c;
  }
}

// chi-square of counts that should be equal, in standard deviations from its mean.
double excess(const std::vector<double>& counts) {
  double total = 0;
  for (const double count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  double chi_square = 0;
  for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
  const auto freedom = static_cast<double>(counts.size() - 1);
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

struct Place {
  std::uint64_t step = 0;
  std::uint64_t layer = 0;
  std::uint64_t row = 0;
  std::uint32_t unit = 0;
};

std::uint32_t bits_at(const Place& p) {
  return dropout::bits(dropout::row_key(dropout::layer_key(11, p.step, p.layer), p.row), p.unit);
}

template <class Visit>
void for_each_place(const Visit& visit) {
  for (std::uint64_t step = 0; step < 8; ++step) {
    for (std::uint64_t layer = 0; layer < 2; ++layer) {
      for (std::uint64_t row = 0; row < 128; ++row) {
        for (std::uint32_t unit = 0; unit < 512; ++unit) visit(Place{step, layer, row, unit});
      }
    }
  }
}

TEST(DropoutMaskTest, BitsAreUniform) {
  std::vector<double> high(256), low(256);
  for_each_place([&](const Place& p) {
    ++high[bits_at(p) >> 24];
    ++low[bits_at(p) & 255];
  });
  EXPECT_LT(std::abs(excess(high)), 4);
  EXPECT_LT(std::abs(excess(low)), 4);
}

// The 16 x 16 table of the four leading bits of two elements that lie next to each other in one sense.
TEST(DropoutMaskTest, NeighboursInEverySenseAreIndependent) {
  const std::map<std::string, Place> neighbours = {{"next unit", {.unit = 1}},
                                                   {"unit after next", {.unit = 2}},
                                                   {"16 units on", {.unit = 16}},
                                                   {"256 units on", {.unit = 256}},
                                                   {"next row", {.row = 1}},
                                                   {"64 rows on", {.row = 64}},
                                                   {"next step", {.step = 1}},
                                                   {"next layer", {.layer = 1}},
                                                   {"next row and unit", {.row = 1, .unit = 1}}};
  for (const auto& neighbour : neighbours) {
    const Place& by = neighbour.second;
    std::vector<double> table(256);
    for_each_place([&](const Place& p) {
      const Place q{p.step + by.step, p.layer + by.layer, p.row + by.row, p.unit + by.unit};
      ++table[(bits_at(p) >> 28) * 16 + (bits_at(q) >> 28)];
    });
    EXPECT_LT(std::abs(excess(table)), 5) << neighbour.first;
  }
}

TEST(DropoutMaskTest, TheShareOfDroppedUnitsIsTheRate) {
  for (const double rate : {0.0, 0.1, 0.5, 0.9}) {
    const std::uint32_t threshold = dropout::threshold(rate);
    double dropped = 0;
    double count = 0;
    for_each_place([&](const Place& p) {
      dropped += bits_at(p) < threshold ? 1 : 0;
      ++count;
    });
    EXPECT_NEAR(dropped / count, rate, 5 * std::sqrt(rate * (1 - rate) / count)) << rate;
  }
  EXPECT_EQ(dropout::threshold(1 - 1e-16), 4294967295U);
}

// FNV-1a over the little-endian bytes.
std::uint64_t hash(const Result& values) {
  std::uint64_t state = 0xcbf29ce484222325;
  for (const double value : values) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (int byte = 0; byte < 8; ++byte) state = (state ^ ((bits >> (8 * byte)) & 0xff)) * 0x100000001b3;
  }
  return state;
}

const std::map<std::string, std::uint64_t> kGolden = {
    {"batch_norm double", 0x5b16acdd0fd1142c},
    {"batch_norm float", 0x46906bfad33e3b4c},
    {"batch_norm_by_parts double", 0x5b16acdd0fd1142c},  // of the whole
    {"batch_norm_by_parts float", 0x46906bfad33e3b4c},
    {"dropout double", 0x2a92125e3abba202},
    {"dropout float", 0x9ac2b7e8618d179e},
    {"layer_norm double", 0x7896ae9f3254a9bb},
    {"layer_norm float", 0xfbd6c3f540c82d5b},
    {"limit_column_norms double", 0xb658138ae212ba53},
    {"limit_column_norms float", 0xd9b533b0bbc86a58},
};

TYPED_TEST(LayerKernelsTest, BitsAreTheGoldenOnes) {
  const std::string suffix = sizeof(TypeParam) == sizeof(float) ? " float" : " double";
  for (const auto* set : test::sets_under_test<TypeParam>()) {
    for (const auto& operation : kOperations<TypeParam>) {
      const std::uint64_t actual = hash(operation.run(set->layers, 7, 83));
      const std::string name = operation.name + suffix;
      EXPECT_EQ(kGolden.at(name), actual) << set->name << ' ' << name << ": 0x" << std::hex << actual;
    }
  }
}

}  // namespace
}  // namespace gradus
