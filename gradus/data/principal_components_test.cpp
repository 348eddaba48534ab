#include "gradus/data/principal_components.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/data/source.h"

namespace gradus {
namespace {

// The first 300 rows of the digits.
std::vector<double> digits_rows() {
  const Table digits = load_table("digits");
  std::vector<double> rows;
  std::visit(
      [&](const auto& values) {
        for (std::size_t i = 0; i < 300 * digits.block->cols; ++i) rows.push_back(values.data()[i]);
      },
      digits.block->values);
  return rows;
}

TEST(PrincipalComponents, AgreeWithNumPy) {
  const std::vector<double> rows = digits_rows();
  const PrincipalComponents found = principal_components({rows.data(), 300, 64}, 3);
  // numpy.linalg.eigh(numpy.cov(X.T)), entries 10, 20, 28, 36 and 60 of each eigenvector.
  constexpr std::array<double, 3> kVariances = {204.0200551897152, 176.83018798988726, 158.3056531306499};
  constexpr std::array<std::size_t, 5> kEntries = {10, 20, 28, 36, 60};
  constexpr double kDirections[3][5] = {{-0.15513562409860798, 0.25193467673053965, 0.32581229141086004,
                                         0.17171766855936818, -0.07410363280835089},
                                        {0.31908783411226793, -0.06269768521965406, 0.005239005795971266,
                                         -0.21299386956332583, -0.005141411721076216},
                                        {-0.1535862642271842, 0.015672722031188642, -0.10439303671442168,
                                         -0.16517997029527, 0.24089797867718837}};
  EXPECT_NEAR(found.total_variance, 1201.5087290969905, 1e-9);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(found.variances[k], kVariances[k], 1e-9) << k;
    for (std::size_t i = 0; i < kEntries.size(); ++i) {
      EXPECT_NEAR(found.directions[k][kEntries[i]], kDirections[k][i], 1e-6)
          << k << ", entry " << kEntries[i];
    }
  }
}

TEST(PrincipalComponents, AreTheSameBitsEveryTime) {
  const std::vector<double> rows = digits_rows();
  const PrincipalComponents once = principal_components({rows.data(), 300, 64}, 2);
  const PrincipalComponents again = principal_components({rows.data(), 300, 64}, 2);
  EXPECT_EQ(once.directions, again.directions);
  EXPECT_EQ(once.variances, again.variances);
}

TEST(PrincipalComponents, OfAPlaneAreItsAxes) {
  // Along (3, 4) far, across it little.
  std::vector<double> rows;
  for (int i = -5; i <= 5; ++i) {
    const double across = i % 2 == 0 ? 0.1 : -0.1;
    rows.push_back(7 + 0.6 * i - 0.8 * across);
    rows.push_back(-2 + 0.8 * i + 0.6 * across);
  }
  const PrincipalComponents found = principal_components({rows.data(), 11, 2}, 2);
  EXPECT_NEAR(found.directions[0][0], 0.6, 1e-3);
  EXPECT_NEAR(found.directions[0][1], 0.8, 1e-3);
  EXPECT_NEAR(
      found.directions[0][0] * found.directions[1][0] + found.directions[0][1] * found.directions[1][1], 0,
      1e-12);
  EXPECT_NEAR(found.variances[0] + found.variances[1], found.total_variance, 1e-12);
}

TEST(PrincipalComponents, OfOneRowOrOneColumnAreRefused) {
  const std::vector<double> rows = {1, 2, 3, 4};
  EXPECT_THROW((void)principal_components({rows.data(), 1, 4}, 2), Error);
  EXPECT_THROW((void)principal_components({rows.data(), 4, 1}, 2), Error);
}

}  // namespace
}  // namespace gradus
