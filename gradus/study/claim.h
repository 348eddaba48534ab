// The language of claims: `validation_accuracy("128") > validation_accuracy("64")`. docs/studies.md is its
// manual.
//
//   claim      = comparison | "order" "(" measure "," name { "," name } ")"
//   comparison = sum ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) sum
//   sum        = product { ( "+" | "-" ) product }
//   product    = factor { ( "*" | "/" ) factor }
//   factor     = number | "-" factor | "(" sum ")" | "abs" "(" sum ")" | measure
//              | ( "min" | "max" | "mean" ) "(" sum { "," sum | "," name } ")"
//              | ( "cells" | "cells_matched" ) "(" name [ "," name ] ")"
//   measure    = series | ( "final" | "last" | "best" | "area" ) "(" series ")"
//              | "at" "(" series "," ( "step" | "epoch" ) number ")"
//              | ( "steps_to" | "time_to" ) "(" series "," number ")"
//   series     = metric [ "(" [ name ] [ "," ] [ "layer" number ] ")" ]
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/study/measure.h"

namespace gradus::study {

// Arithmetic over measures of contenders, as a tree.
struct Expression {
  enum class Kind {
    kNumber,
    kMeasure,
    kCells,         // how many cells of a printed table are legible
    kCellsMatched,  // and how many of them the runs agree with
    kNegative,
    kSum,
    kDifference,
    kProduct,
    kQuotient,
    kAbsolute,
    kMinimum,
    kMaximum,
    kMean
  };
  Kind kind = Kind::kNumber;
  double number = 0;  // of cells and cells_matched how many there are, once bound to the study's tables
  Measure measure = {};
  std::string contender = {};  // of a measure; empty: every contender; of cells: those of the whole table
  std::string table = {};      // of cells and cells_matched
  std::vector<Expression> operands = {};
  std::size_t position = 0;  // in the text, from 0
};

// What a comparison claims.
enum class Relation { kLess, kLessEqual, kGreater, kGreaterEqual, kEqual, kNotEqual };

// Two expressions and what is claimed between them.
struct Comparison {
  Expression left = {};
  Relation relation = Relation::kLess;
  Expression right = {};
};

// What is claimed: all comparisons hold. order(m, "a", "b", "c") is m("a") < m("b") and m("b") < m("c").
using Statement = std::vector<Comparison>;

// Throws Error(kBadConfiguration): "claim '...', column 14: got ...; expected ...". Metrics are known by then,
// contenders are not. `figures` are further metrics (Study::figures).
[[nodiscard]] Statement parse_claim(std::string_view text, std::span<const Metric> figures = {});
// One measure, as the list `measure` of a study has them: no contender, no arithmetic.
[[nodiscard]] Measure parse_measure(std::string_view text, std::span<const Metric> figures = {});

// Every contender that the statement names is one of `contenders`, else Error(kBadConfiguration) with the
// nearest. A comparison with a measure of no contender stands for one comparison of every contender that it does
// not name; within min, max and mean it stands for all.
[[nodiscard]] Statement bind_claim(const Statement& statement, std::string_view text,
                                   std::span<const std::string> contenders);

[[nodiscard]] std::string_view symbol(Relation relation);
[[nodiscard]] std::string to_text(const Expression& expression);
[[nodiscard]] std::string to_text(const Comparison& comparison);

[[nodiscard]] inline bool is_measured(const Expression& expression) {
  return expression.kind == Expression::Kind::kMeasure || expression.kind == Expression::Kind::kCellsMatched;
}

// Calls visit(expression) for the expression and everything within it.
template <class Visitor>
void for_each_expression(const Expression& expression, const Visitor& visit) {
  visit(expression);
  for (const Expression& operand : expression.operands) for_each_expression(operand, visit);
}

}  // namespace gradus::study
