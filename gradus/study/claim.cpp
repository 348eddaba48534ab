// Binding of claims to contenders, and claims as text.
#include "gradus/study/claim.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/study/claim_tokens.h"

namespace gradus::study {
namespace {

using Kind = Expression::Kind;

constexpr double kMostExpressions = 1e6;  // of a claim that is bound

bool is_aggregate(Kind kind) {
  return kind == Kind::kMinimum || kind == Kind::kMaximum || kind == Kind::kMean;
}

bool is_open(const Expression& expression) {
  bool open = false;
  for_each_expression(expression, [&](const Expression& part) {
    open = open || (part.kind == Kind::kMeasure && part.contender.empty());
  });
  return open;
}

Expression with_contender(Expression expression, const std::string& contender) {
  if (expression.kind == Kind::kMeasure && expression.contender.empty()) expression.contender = contender;
  for (Expression& operand : expression.operands) operand = with_contender(std::move(operand), contender);
  return expression;
}

// mean(test_loss) has an operand for every contender afterwards.
Expression spread_aggregates(Expression expression, std::span<const std::string> contenders) {
  std::vector<Expression> operands;
  for (Expression& operand : expression.operands) {
    Expression inner = spread_aggregates(std::move(operand), contenders);
    if (!is_aggregate(expression.kind) || !is_open(inner)) {
      operands.push_back(std::move(inner));
      continue;
    }
    for (const std::string& contender : contenders) operands.push_back(with_contender(inner, contender));
  }
  expression.operands = std::move(operands);
  return expression;
}

void check_names(const Expression& expression, std::string_view text,
                 std::span<const std::string> contenders) {
  for_each_expression(expression, [&](const Expression& part) {
    const std::string& name = part.contender;
    if (name.empty() || std::ranges::find(contenders, name) != contenders.end()) return;
    const std::vector<std::string_view> known(contenders.begin(), contenders.end());
    internal::refuse_claim(text, part.position, unknown_name_message("contender", name, known));
  });
}

// How many expressions there are once aggregates are spread over n contenders.
struct Spread {
  double expressions = 1;
  bool open = false;
};

Spread spread_of(const Expression& expression, double contenders) {
  Spread total{.open = expression.kind == Kind::kMeasure && expression.contender.empty()};
  for (const Expression& operand : expression.operands) {
    const Spread inner = spread_of(operand, contenders);
    const bool multiplied = is_aggregate(expression.kind) && inner.open;
    total.expressions += inner.expressions * (multiplied ? contenders : 1);
    total.open = total.open || (inner.open && !multiplied);
  }
  return total;
}

void check_size(const Comparison& comparison, std::string_view text, std::size_t contenders) {
  const auto n = static_cast<double>(contenders);
  const Spread left = spread_of(comparison.left, n);
  const Spread right = spread_of(comparison.right, n);
  const double all = (left.expressions + right.expressions) * (left.open || right.open ? n : 1);
  if (all <= kMostExpressions) return;
  internal::refuse_claim(
      text, 0,
      fmt::format("got {:.2g} figures over {} contenders; expected at most {}; name those that it is about",
                  all, contenders, kMostExpressions));
}

std::vector<std::string> named_contenders(const Comparison& comparison) {
  std::vector<std::string> names;
  for (const Expression* side : {&comparison.left, &comparison.right}) {
    for_each_expression(*side, [&](const Expression& part) {
      if (!part.contender.empty()) names.push_back(part.contender);
    });
  }
  return names;
}

void check_measures(const Comparison& comparison, std::string_view text) {
  bool measured = false;
  for (const Expression* side : {&comparison.left, &comparison.right}) {
    for_each_expression(*side, [&](const Expression& part) { measured = measured || is_measured(part); });
  }
  if (!measured) internal::refuse_claim(text, 0, "got numbers alone; expected something measured");
}

void bind_comparison(const Comparison& comparison, std::string_view text,
                     std::span<const std::string> contenders, Statement& bound) {
  check_measures(comparison, text);
  check_size(comparison, text, contenders.size());
  check_names(comparison.left, text, contenders);
  check_names(comparison.right, text, contenders);
  const std::vector<std::string> named = named_contenders(comparison);
  const Comparison spread = {spread_aggregates(comparison.left, contenders), comparison.relation,
                             spread_aggregates(comparison.right, contenders)};
  if (!is_open(spread.left) && !is_open(spread.right)) {
    bound.push_back(spread);
    return;
  }
  const std::size_t before = bound.size();
  for (const std::string& contender : contenders) {
    if (std::ranges::find(named, contender) != named.end()) continue;
    bound.push_back({with_contender(spread.left, contender), comparison.relation,
                     with_contender(spread.right, contender)});
  }
  if (bound.size() == before)
    internal::refuse_claim(
        text, 0, "got a measure of every other contender, and no other; expected one more contender");
}

std::string_view function_name(Kind kind) {
  switch (kind) {
    case Kind::kAbsolute:
      return "abs";
    case Kind::kMinimum:
      return "min";
    case Kind::kMaximum:
      return "max";
    default:
      return "mean";
  }
}

// How tightly an expression binds: sums 1, products 2, all else 3.
int tightness(const Expression& expression) {
  if (expression.kind == Kind::kSum || expression.kind == Kind::kDifference) return 1;
  return expression.kind == Kind::kProduct || expression.kind == Kind::kQuotient ? 2 : 3;
}

std::string operand_text(const Expression& operand, int at_least) {
  const std::string text = to_text(operand);
  return tightness(operand) < at_least ? "(" + text + ")" : text;
}

std::string binary_text(const Expression& expression, std::string_view sign) {
  const int own = tightness(expression);
  return fmt::format("{} {} {}", operand_text(expression.operands[0], own), sign,
                     operand_text(expression.operands[1], own + 1));
}

std::string cells_text(const Expression& cells) {
  return cells.contender.empty() ? fmt::format("(\"{}\")", cells.table)
                                 : fmt::format("(\"{}\", \"{}\")", cells.table, cells.contender);
}

}  // namespace

Statement bind_claim(const Statement& statement, std::string_view text,
                     std::span<const std::string> contenders) {
  Statement bound;
  for (const Comparison& comparison : statement) bind_comparison(comparison, text, contenders, bound);
  return bound;
}

std::string_view symbol(Relation relation) {
  static constexpr std::array<std::string_view, 6> kSymbols = {"<", "<=", ">", ">=", "==", "!="};
  return kSymbols.at(static_cast<std::size_t>(relation));
}

std::string to_text(const Expression& expression) {
  switch (expression.kind) {
    case Kind::kNumber:
      return fmt::format("{}", expression.number);
    case Kind::kMeasure:
      return to_text(expression.measure, expression.contender);
    case Kind::kCells:
      return "cells" + cells_text(expression);
    case Kind::kCellsMatched:
      return "cells_matched" + cells_text(expression);
    case Kind::kNegative:
      return "-" + operand_text(expression.operands[0], 3);
    case Kind::kSum:
      return binary_text(expression, "+");
    case Kind::kDifference:
      return binary_text(expression, "-");
    case Kind::kProduct:
      return binary_text(expression, "*");
    case Kind::kQuotient:
      return binary_text(expression, "/");
    default:
      break;
  }
  std::vector<std::string> operands;
  for (const Expression& operand : expression.operands) operands.push_back(to_text(operand));
  return fmt::format("{}({})", function_name(expression.kind), fmt::join(operands, ", "));
}

std::string to_text(const Comparison& comparison) {
  return fmt::format("{} {} {}", to_text(comparison.left), symbol(comparison.relation),
                     to_text(comparison.right));
}

}  // namespace gradus::study
