// The language of claims: what it reads, and where it stops.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/study/claim.h"

namespace gradus::study {
namespace {

using testing::ElementsAre;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadConfiguration);
    return error.what();
  }
  return "no error";
}

std::vector<std::string> texts(const Statement& statement) {
  std::vector<std::string> result;
  for (const Comparison& comparison : statement) result.push_back(to_text(comparison));
  return result;
}

std::string parsed(const std::string& claim) {
  const Statement statement = parse_claim(claim);
  EXPECT_EQ(statement.size(), 1U) << claim;
  return to_text(statement.front());
}

TEST(ClaimParser, ReadsEveryFormOfMeasure) {
  for (const char* claim : {
           R"(validation_accuracy("128") > validation_accuracy("64"))",
           R"(stop_epoch("momentum") < stop_epoch("init"))",
           R"(abs(test_accuracy("a") - 0.9171) <= 0.003)",
           R"(last(train_loss("a")) < 0.01)",
           R"(best(validation_loss("a")) <= best(validation_loss("b")))",
           R"(at(test_loss("a"), epoch 4) > at(test_loss("a"), step 125))",
           R"(steps_to(validation_accuracy("a"), 0.95) < time_to(test_loss("a"), -0.5))",
           R"(area(train_loss("a")) != 1)",
           R"(gradients_norm("deep", layer 1) < 1e-05 * gradients_norm("deep", layer 11))",
           R"(gradients_norm(layer 2) == 0)",
           R"(min(test_loss("a"), 2) >= max(test_loss) + mean(test_loss("b"), 1))",
       }) {
    EXPECT_EQ(parsed(claim), claim);
  }
}

TEST(ClaimParser, FinalIsWhatABareMetricMeans) {
  EXPECT_EQ(parsed("final(train_loss) < .01"), "train_loss < 0.01");
}

TEST(ClaimParser, ValIsShortForValidation) {
  EXPECT_EQ(parsed("val_accuracy('a') > val_r2('b')"), R"(validation_accuracy("a") > validation_r2("b"))");
}

TEST(ClaimParser, ProductsBindTighterThanSumsAndBothToTheLeft) {
  EXPECT_EQ(parsed("1 - 2 - 3 * 4 / 5 < steps"), "1 - 2 - 3 * 4 / 5 < steps");
  EXPECT_EQ(parsed("1 - (2 - 3) < steps"), "1 - (2 - 3) < steps");
  EXPECT_EQ(parsed("(1 - 2) - 3 < steps"), "1 - 2 - 3 < steps");
  EXPECT_EQ(parsed("(1 + 2) * -(3 + steps) < 4 / (5 * 6)"), "(1 + 2) * -(3 + steps) < 4 / (5 * 6)");
  const Expression left = parse_claim("10 - 4 - 3 < steps").front().left;
  EXPECT_EQ(left.kind, Expression::Kind::kDifference);
  EXPECT_EQ(left.operands[0].kind, Expression::Kind::kDifference);
}

TEST(ClaimParser, OrderIsAChainOfComparisons) {
  EXPECT_THAT(texts(parse_claim(R"(order(at(test_loss, epoch 4), "a", "b", "c"))")),
              ElementsAre(R"(at(test_loss("a"), epoch 4) < at(test_loss("b"), epoch 4))",
                          R"(at(test_loss("b"), epoch 4) < at(test_loss("c"), epoch 4))"));
}

TEST(ClaimParser, NamesAfterAMeasureSpreadIt) {
  EXPECT_EQ(parsed(R"(mean(test_loss, "a", "b") < 1)"), R"(mean(test_loss("a"), test_loss("b")) < 1)");
}

struct Mistake {
  const char* claim;
  const char* message;  // after "claim '...', "
};

class ClaimMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(ClaimMistakes, AreRefusedAtTheirColumn) {
  const auto& [claim, message] = GetParam();
  const std::string error = error_of([claim = std::string(claim)] { static_cast<void>(parse_claim(claim)); });
  const std::string start = fmt::format("claim '{}', {}", claim, message);
  EXPECT_EQ(error.substr(0, start.size()), start);
}

INSTANTIATE_TEST_SUITE_P(
    Claims, ClaimMistakes,
    testing::Values(
        Mistake{"", "column 1: got the end; expected a metric, a number or '('"},
        Mistake{"test_loss", "column 10: got the end; expected a comparison: <, <=, >, >=, == or !="},
        Mistake{"test_loss < ", "column 13: got the end; expected a metric, a number or '('"},
        Mistake{"test_loss < 1 2", "column 15: got '2'; expected the end of the claim"},
        Mistake{"test_loss < 1 < 2", "column 15: got '<'; expected the end of the claim"},
        Mistake{"test_loss = 1", "column 11: got '='; expected =="},
        Mistake{"test_loss < $1",
                "column 13: got '$'; expected a metric, a number, an operator or a comparison"},
        Mistake{"1 < test_los",
                "column 5: unknown metric 'test_los'; did you mean 'test_loss'? known: train_loss"},
        Mistake{"val_acuracy > 1",
                "column 1: unknown metric 'validation_acuracy'; did you mean 'validation_accuracy'?"},
        Mistake{"sqrt(test_loss) > 1", "column 1: unknown metric 'sqrt'; known: train_loss"},
        Mistake{"test_loss(\"a) > 1", "column 11: got a name without its closing \"; expected one"},
        Mistake{"test_loss(a) > 1", "column 11: got 'a'; expected a contender in quotes"},
        Mistake{"test_loss() > 1", "column 11: got ')'; expected a contender in quotes"},
        Mistake{"test_loss(\"a\" > 1", "column 15: got '>'; expected ')'"},
        Mistake{"test_loss(\"a\", layer 1) > 1",
                "column 16: got a layer of test_loss, which belongs to the whole run; expected none"},
        Mistake{"gradients_norm > 1",
                "column 1: got gradients_norm without a layer; expected gradients_norm(layer 1)"},
        Mistake{"gradients_norm(layer 0) > 1", "column 22: got layer 0; expected a number from 1"},
        Mistake{"gradients_norm(\"a\", 1) > 1", "column 21: got '1'; expected layer and its number"},
        Mistake{"gradients_norm(layer 1.5) > 1", "column 22: got '1.5'; expected a whole number"},
        Mistake{"best(steps) > 1",
                "column 1: got best of steps, which is one number per run; expected a series"},
        Mistake{"best(learning_rate) > 1",
                "column 1: got best of learning_rate, of which neither more nor less is better; expected at"},
        Mistake{"steps_to(test_loss) > 1", "column 19: got ')'; expected ','"},
        Mistake{"steps_to(test_loss, steps) > 1",
                "column 21: got 'steps'; expected the level to reach, a number"},
        Mistake{"at(test_loss, 4) > 1", "column 15: got '4'; expected step or epoch: at(test_loss, epoch 4)"},
        Mistake{"at(test_loss, epoch -1) > 1", "column 21: got '-'; expected a whole number"},
        Mistake{"order(test_loss, \"a\")", "column 1: got fewer than two contenders in order"},
        Mistake{"order(test_loss(\"a\"), \"b\", \"c\")", "column 7: got a contender within the measure"},
        Mistake{"mean(steps + 1, \"a\") > 1",
                "column 17: got \"a\"; expected an expression; names follow one measure"},
        Mistake{"1e999 < steps", "column 1: got a number that is too large or too small"},
        Mistake{"(test_loss < 1)", "column 12: got '<'; expected ')'"}));

TEST(ClaimParser, ExpressionsAreNotEndlesslyDeep) {
  const std::string deep = std::string(4000, '(') + "steps" + std::string(4000, ')') + " < 1";
  EXPECT_NE(error_of([&] { static_cast<void>(parse_claim(deep)); }).find("column 101: got more than 100"),
            std::string::npos);
  const std::string minus = std::string(4000, '-') + "steps < 1";
  EXPECT_NE(error_of([&] { static_cast<void>(parse_claim(minus)); }).find("column 101"), std::string::npos);
}

TEST(ClaimParser, ColumnsOfAMeasureCarryNoContender) {
  EXPECT_EQ(to_text(parse_measure("steps_to(val_loss, 0.5)")), "steps_to(validation_loss, 0.5)");
  EXPECT_NE(
      error_of([] { static_cast<void>(parse_measure("test_loss('a')")); }).find("column 1: got a contender"),
      std::string::npos);
  EXPECT_NE(error_of([] { static_cast<void>(parse_measure("test_loss + 1")); }).find("column 11: got '+'"),
            std::string::npos);
}

const std::vector<std::string> kContenders = {"a", "b", "c"};

std::vector<std::string> bound(const std::string& claim) {
  return texts(bind_claim(parse_claim(claim), claim, kContenders));
}

TEST(ClaimBinding, AMeasureOfNoContenderStandsForEveryOneNotNamed) {
  EXPECT_THAT(
      bound("train_loss < 0.01"),
      ElementsAre(R"(train_loss("a") < 0.01)", R"(train_loss("b") < 0.01)", R"(train_loss("c") < 0.01)"));
  EXPECT_THAT(bound("test_loss > test_loss('b')"),
              ElementsAre(R"(test_loss("a") > test_loss("b"))", R"(test_loss("c") > test_loss("b"))"));
  EXPECT_THAT(bound("test_loss('c') > test_loss('b')"), ElementsAre(R"(test_loss("c") > test_loss("b"))"));
}

TEST(ClaimBinding, WithinAMeanItStandsForAll) {
  EXPECT_THAT(bound("max(test_loss) < 1"),
              ElementsAre(R"(max(test_loss("a"), test_loss("b"), test_loss("c")) < 1)"));
}

TEST(ClaimBinding, UnknownContendersAreNamedWithTheNearest) {
  const std::vector<std::string> names = {"baseline", "momentum"};
  const std::string claim = "test_loss('baseline') < test_loss('momentun')";
  const std::string error =
      error_of([&] { static_cast<void>(bind_claim(parse_claim(claim), claim, names)); });
  EXPECT_NE(
      error.find(
          "column 25: unknown contender 'momentun'; did you mean 'momentum'? known: baseline, momentum"),
      std::string::npos)
      << error;
}

TEST(ClaimBinding, ClaimsDoNotGrowWithoutBound) {
  std::vector<std::string> many;
  many.reserve(2000);
  for (int i = 0; i < 2000; ++i) many.push_back(fmt::format("sample {}", i));
  const std::string claim = "test_loss <= mean(test_loss)";
  const std::string error = error_of([&] { static_cast<void>(bind_claim(parse_claim(claim), claim, many)); });
  EXPECT_NE(error.find("figures over 2000 contenders; expected at most 1000000"), std::string::npos) << error;
  EXPECT_EQ(bind_claim(parse_claim("test_loss < 1"), "test_loss < 1", many).size(), 2000U);
  const std::string endless = std::string(10'000, '1') + " < steps";
  EXPECT_NE(error_of([&] { static_cast<void>(parse_claim(endless)); }).find("got 10008 characters"),
            std::string::npos);
}

TEST(ClaimBinding, NumbersAloneClaimNothing) {
  const std::string error =
      error_of([] { static_cast<void>(bind_claim(parse_claim("1 < 2"), "1 < 2", kContenders)); });
  EXPECT_NE(error.find("got numbers alone"), std::string::npos) << error;
}

}  // namespace
}  // namespace gradus::study
