// The worked examples against what the reports print and what independent re-runs gave.
#include "gradus/study/examples.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/nn/gradient_check.h"
#include "gradus/study/claim.h"
#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

using Numbers = std::map<std::string, std::vector<double>>;

Numbers numbers_of(std::string_view example) {
  Numbers numbers;
  for (auto& [name, values] : find_example(example)->work_out({})) numbers[name] = values;
  return numbers;
}

TEST(Examples, GiveTheFiguresThatTheyPromiseUnderNamesThatClaimsCanUse) {
  for (const Example& example : examples()) {
    std::set<std::string> promised;
    for (const Metric& metric : example.figures()) {
      EXPECT_TRUE(promised.insert(metric.name).second) << example.name << " " << metric.name;
      EXPECT_EQ(parse_measure(metric.name, std::span(&metric, 1)).metric.name, metric.name);
    }
    if (example.configured) continue;
    std::set<std::string> given;
    for (const auto& [name, value] : single_figures(example.work_out({}))) {
      given.insert(name);
      EXPECT_TRUE(std::isfinite(value)) << example.name << " " << name;
    }
    EXPECT_EQ(given, promised) << example.name;
  }
  EXPECT_EQ(find_example("radboud/number"), nullptr);
}

const Numbers& radboud() {
  static const Numbers numbers = numbers_of("radboud/numbers");
  return numbers;
}

// "1.4a" and "W(5x7)" of the reference files: w_14a. Steps of differences are left out of the names.
std::string figure_name(const std::string& cell, const std::string& quantity) {
  std::string name = quantity.substr(0, quantity.find('('));
  for (const char* step : {"_h0", "_eps"}) name = name.substr(0, name.find(step));
  std::string suffix = "_";
  for (const char c : cell) {
    if (c != '.') suffix += c;
  }
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name + suffix;
}

double number(const std::vector<std::string>& row) {
  return radboud().at(figure_name(row[0], row[1])).at(static_cast<std::size_t>(std::atoi(row[2].c_str())));
}

bool is_printed_in_full(const std::string& cell, const std::string& quantity) {
  return cell == "1.4d" || cell == "1.6" || (cell == "1.3a" && quantity == "loss");
}

TEST(ReportNumbers, EveryPrintedDigitThatCanAgreeAgrees) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/radboud_numbers_seed.csv");
  const auto rows = test::read_csv_rows(path);
  std::size_t agreeing = 0;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::string& cell = rows[r][0];
    const std::string& quantity = rows[r][1];
    if (rows[r][5] != "yes") continue;
    const double printed = std::strtod(rows[r][3].c_str(), nullptr);
    const double ours = number(rows[r]);
    if (is_printed_in_full(cell, quantity)) {
      EXPECT_EQ(ours, printed) << cell << " " << quantity;
      agreeing += ours == printed;
    } else {
      const std::string six_decimals = fmt::format("{:.6f}", ours + 0.0);
      EXPECT_EQ(six_decimals, fmt::format("{:.6f}", printed)) << cell << " " << quantity << " " << rows[r][2];
      agreeing += six_decimals == fmt::format("{:.6f}", printed);
    }
  }
  EXPECT_EQ(agreeing, 127u);
}

TEST(ReportNumbers, TheThreeThatDifferInTheirLastBitsDoNotDifferMore) {
  const double loss = radboud().at("loss_13a")[0];
  const double printed = 2.3098802440910484;
  EXPECT_LE(std::abs(loss - printed), std::nextafter(printed, 3.0) - printed) << fmt::format("{}", loss);
  EXPECT_NEAR(radboud().at("linear_err_dx_14d")[0], 8.877935601100038e-07, 1e-9);
  EXPECT_NEAR(radboud().at("sigmoid_err_dx_14d")[0], 4.823853650098719e-08, 1e-9);
}

// Differences of nearby values keep few of their digits, so what is made of them is held to an absolute bound.
double bound_of(const std::string& cell, const std::string& quantity, double value) {
  if (cell == "1.4d") return 1e-9;
  const bool is_difference = quantity.find("numerical") != std::string::npos || quantity == "difference";
  return 1e-12 * std::abs(value) + (is_difference ? 1e-10 : 0);
}

TEST(ReportNumbers, TheRunInFullPrecisionAgrees) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/radboud_numbers_reference.csv");
  const auto rows = test::read_csv_rows(path);
  std::size_t compared = 0;
  for (std::size_t r = 1; r < rows.size(); ++r) {
    if (rows[r][0] == "1.6") continue;  // printed in full: above
    const double expected = std::strtod(rows[r][3].c_str(), nullptr);
    EXPECT_NEAR(number(rows[r]), expected, bound_of(rows[r][0], rows[r][1], expected))
        << rows[r][0] << " " << rows[r][1] << " " << rows[r][2];
    ++compared;
  }
  EXPECT_EQ(compared, 278u);
}

// All numbers in "[[1.0, 2.0], [3.0, 4.0]]", in order.
std::vector<double> numbers_in(const std::string& text) {
  std::vector<double> numbers;
  const char* at = text.c_str();
  while (*at != '\0') {
    char* after = nullptr;
    const double number = std::strtod(at, &after);
    if (after == at) {
      ++at;
    } else {
      numbers.push_back(number);
      at = after;
    }
  }
  return numbers;
}

// "dL_dw1" of the file is our dw1.
void expect_case(std::string_view example, const std::filesystem::path& path, const std::string& name) {
  const Numbers numbers = numbers_of(example);
  std::size_t compared = 0;
  for (const auto& row : test::read_csv_rows(path)) {
    const auto found = numbers.find(row[1].starts_with("dL_") ? row[1].substr(3) : row[1]);
    if (row[0] != name || found == numbers.end()) continue;
    const std::vector<double> wanted = numbers_in(row[2]);
    ASSERT_EQ(found->second.size(), wanted.size()) << row[1];
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_NEAR(found->second[i], wanted[i], 1e-15) << row[1] << " " << i;
    ++compared;
  }
  EXPECT_EQ(compared, 9u);
}

TEST(ScalarNetwork, GivesTheFiguresOfReport003) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/vu_q3.csv");
  expect_case("vu/q3", path, "q3 (x=[1,-1], target class 0)");
}

TEST(ScalarNetwork, GivesTheFiguresOfTheAsymmetricCase) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/vu_q3.csv");
  expect_case("vu/q3-asymmetric", path, "asymmetric test case");
}

TEST(ScalarNetwork, TheReportsMistakeHidesInItsOwnExample) {
  EXPECT_LE(numbers_of("vu/q3").at("mistaken_error")[0], kGradientCheckBound);
}

TEST(ScalarNetwork, TheGradientCheckCatchesTheReportsMistake) {
  const Numbers numbers = numbers_of("vu/q3-asymmetric");
  const std::vector<double> mistaken = {0.068577, 0.057358, 0.059876};
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(numbers.at("mistaken_db1")[i], mistaken[i], 5e-7) << i;
  EXPECT_LE(numbers.at("gradient_error")[0], kGradientCheckBound);
  EXPECT_GT(numbers.at("mistaken_error")[0], 1);
}

Experiment digits(const std::string& loss) {
  RunConfig config;
  config.data = "digits";
  config.hidden = {16};
  config.validation = "0";
  config.loss = loss;
  config.epochs = 5;
  return set_up(config, {});
}

TEST(DoubleJacobian, StillLearnsAndFailsTheGradientCheck) {
  const auto figures =
      find_example("random-labels/q1-double-jacobian")->work_out([] { return digits("auto"); });
  std::map<std::string, double> values;
  for (const auto& [name, value] : single_figures(figures)) values[name] = value;
  EXPECT_GT(values.at("test_accuracy"), 0.5);
  EXPECT_LE(values.at("gradient_error"), kGradientCheckBound);
  EXPECT_GT(values.at("mistaken_error"), 0.1);
}

TEST(DoubleJacobian, IsOfClassesWithASoftmax) {
  try {
    (void)find_example("random-labels/q1-double-jacobian")->work_out([] {
      return digits("negative_log_likelihood");
    });
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    EXPECT_THAT(error.what(), testing::HasSubstr("expected classes with a softmax"));
  }
}

}  // namespace
}  // namespace gradus::study
