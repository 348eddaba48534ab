// A recursive-descent parser; one function per rule of the grammar in claim.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/study/claim.h"
#include "gradus/study/claim_tokens.h"

namespace gradus::study {
namespace {

using internal::Token;
using Kind = Expression::Kind;

constexpr std::size_t kDeepest = 100;  // expressions within expressions

constexpr std::array<std::string_view, 14> kFunctions = {"abs",  "min",   "max",   "mean",         "final",
                                                         "last", "best",  "at",    "steps_to",     "time_to",
                                                         "area", "order", "cells", "cells_matched"};

class Parser {
 public:
  Parser(std::string_view text, std::span<const std::string> figures)
      : text_(text), figures_(figures), tokens_(internal::tokenize(text)) {}

  Statement statement() {
    Statement statement = is_word("order") ? order() : Statement{comparison()};
    finish();
    return statement;
  }

  Expression only_measure() {
    Expression expression = measure();
    finish();
    return expression;
  }

 private:
  Statement order() {
    const std::size_t start = next().position;
    expect("(");
    const Expression common = measure();
    if (!common.contender.empty())
      refuse(common.position,
             "got a contender within the measure; expected it bare: order(test_loss, \"a\", \"b\")");
    std::vector<Expression> steps;
    while (accept(",")) {
      steps.push_back(common);
      steps.back().contender = name();
    }
    expect(")");
    if (steps.size() < 2)
      refuse(start, "got fewer than two contenders in order; expected order(test_loss, \"a\", \"b\", ...)");
    Statement statement;
    for (std::size_t i = 1; i < steps.size(); ++i)
      statement.push_back({steps[i - 1], Relation::kLess, steps[i]});
    return statement;
  }

  Comparison comparison() {
    Comparison comparison{.left = sum()};
    static constexpr std::array kRelations = {Relation::kLess,    Relation::kLessEqual,
                                              Relation::kGreater, Relation::kGreaterEqual,
                                              Relation::kEqual,   Relation::kNotEqual};
    for (const Relation relation : kRelations) {
      if (!accept(symbol(relation))) continue;
      comparison.relation = relation;
      comparison.right = sum();
      return comparison;
    }
    refuse_token("a comparison: <, <=, >, >=, == or !=");
  }

  Expression sum() {
    Expression left = product();
    while (is_symbol("+") || is_symbol("-")) {
      const Kind kind = next().text == "+" ? Kind::kSum : Kind::kDifference;
      left = binary(kind, std::move(left), product());
    }
    return left;
  }

  Expression product() {
    Expression left = factor();
    while (is_symbol("*") || is_symbol("/")) {
      const Kind kind = next().text == "*" ? Kind::kProduct : Kind::kQuotient;
      left = binary(kind, std::move(left), factor());
    }
    return left;
  }

  Expression factor() {
    const std::size_t position = peek().position;
    if (++depth_ > kDeepest)
      refuse(position,
             fmt::format("got more than {} expressions within each other; expected fewer", kDeepest));
    Expression result;
    if (accept("-")) {
      result = node(Kind::kNegative, position, {factor()});
    } else if (accept("(")) {
      result = sum();
      expect(")");
    } else if (peek().kind == Token::Kind::kNumber) {
      result = node(Kind::kNumber, position);
      result.number = next().number;
    } else if (is_word("abs")) {
      next();
      expect("(");
      result = node(Kind::kAbsolute, position, {sum()});
      expect(")");
    } else if (is_word("min") || is_word("max") || is_word("mean")) {
      result = aggregate();
    } else if (is_word("cells") || is_word("cells_matched")) {
      result = cells();
    } else {
      result = measure();
    }
    --depth_;
    return result;
  }

  Expression aggregate() {
    const Token& word = next();
    const Kind kind = word.text == "min" ? Kind::kMinimum : word.text == "max" ? Kind::kMaximum : Kind::kMean;
    Expression result = node(kind, word.position);
    expect("(");
    result.operands.push_back(sum());
    bool named = false;
    while (accept(",")) {
      if (peek().kind != Token::Kind::kName) {
        result.operands.push_back(sum());
        continue;
      }
      // mean(test_loss, "a", "b"): the names are contenders of the one measure.
      Expression of = result.operands.front();
      if (!named && (result.operands.size() > 1 || of.kind != Kind::kMeasure || !of.contender.empty()))
        refuse_token(
            "an expression; names follow one measure without a contender: mean(test_loss, \"a\", \"b\")");
      if (!named) result.operands.clear();
      named = true;
      of.contender = name();
      result.operands.push_back(of);
    }
    expect(")");
    return result;
  }

  Expression cells() {
    const Token& word = next();
    Expression result = node(word.text == "cells" ? Kind::kCells : Kind::kCellsMatched, word.position);
    expect("(");
    if (peek().kind != Token::Kind::kName) refuse_token("a table in quotes: cells(\"printed\")");
    result.table = next().text;
    if (accept(",")) result.contender = name();
    expect(")");
    return result;
  }

  Expression measure() {
    Expression result = node(Kind::kMeasure, peek().position);
    const std::optional<Reduction> reduction = reduction_word();
    if (!reduction) {
      set_series(result);
      return result;
    }
    const Token& word = next();
    expect("(");
    set_series(result);
    if (!result.measure.metric.series) {
      refuse(
          word.position,
          fmt::format("got {} of {}, which is one number per run; expected a series such as validation_loss",
                      word.text, result.measure.metric.name));
    }
    result.measure.reduction = *reduction;
    set_argument(result.measure, word);
    expect(")");
    return result;
  }

  std::optional<Reduction> reduction_word() {
    struct Word {
      std::string_view text;
      Reduction reduction;
    };
    static constexpr std::array kWords = {
        Word{"final", Reduction::kFinal},      Word{"last", Reduction::kLast},
        Word{"best", Reduction::kBest},        Word{"at", Reduction::kAtStep},
        Word{"steps_to", Reduction::kStepsTo}, Word{"time_to", Reduction::kTimeTo},
        Word{"area", Reduction::kArea}};
    for (const Word& word : kWords) {
      if (is_word(word.text)) return word.reduction;
    }
    return std::nullopt;
  }

  void set_argument(Measure& measure, const Token& word) {
    const bool directed = measure.metric.better != Better::kNeither;
    switch (measure.reduction) {
      case Reduction::kAtStep:
        expect(",");
        if (!is_word("step") && !is_word("epoch")) refuse_token("step or epoch: at(test_loss, epoch 4)");
        if (next().text == "epoch") measure.reduction = Reduction::kAtEpoch;
        measure.argument = whole_number();
        return;
      case Reduction::kStepsTo:
      case Reduction::kTimeTo: {
        expect(",");
        const double sign = accept("-") ? -1 : 1;
        if (peek().kind != Token::Kind::kNumber) refuse_token("the level to reach, a number");
        measure.argument = sign * next().number;
        break;
      }
      case Reduction::kBest:
        break;
      default:
        return;
    }
    if (!directed) {
      refuse(word.position,
             fmt::format("got {} of {}, of which neither more nor less is better; expected at, last or area",
                         word.text, measure.metric.name));
    }
  }

  void set_series(Expression& expression) {
    if (peek().kind != Token::Kind::kWord) refuse_token("a metric, a number or '('");
    const Token& word = next();
    expression.measure.metric = metric(word);
    if (accept("(")) {
      if (peek().kind == Token::Kind::kName) {
        expression.contender = name();
        if (accept(",")) set_layer(expression.measure);
      } else if (is_word("layer")) {
        set_layer(expression.measure);
      } else {
        refuse_token(expression.measure.metric.needs == Needs::kLayers
                         ? "a contender in quotes, or layer and its number"
                         : "a contender in quotes");
      }
      expect(")");
    }
    const bool of_layer = expression.measure.metric.needs == Needs::kLayers;
    if (of_layer && expression.measure.layer == 0)
      refuse(word.position,
             fmt::format("got {} without a layer; expected {}(layer 1) or {}(\"contender\", layer 1)",
                         word.text, word.text, word.text));
  }

  void set_layer(Measure& measure) {
    const Token& word = peek();
    if (!is_word("layer")) refuse_token("layer and its number");
    if (measure.metric.needs != Needs::kLayers)
      refuse(word.position, fmt::format("got a layer of {}, which belongs to the whole run; expected none",
                                        measure.metric.name));
    next();
    const std::size_t position = peek().position;
    measure.layer = static_cast<std::size_t>(whole_number());
    if (measure.layer == 0) refuse(position, "got layer 0; expected a number from 1");
  }

  Metric metric(const Token& word) {
    if (std::ranges::find(figures_, word.text) != figures_.end()) return {.name = word.text};
    const Metric* metric = find_metric(word.text);
    if (metric == nullptr) refuse_metric(word);
    return *metric;
  }

  [[noreturn]] void refuse_metric(const Token& word) {
    std::vector<std::string_view> names(figures_.begin(), figures_.end());
    for (const Metric& metric : metrics()) names.push_back(metric.name);
    const std::string whole = word.text.starts_with("val_") ? "validation_" + word.text.substr(4) : word.text;
    if (nearest_name(whole, names).empty()) names.insert(names.end(), kFunctions.begin(), kFunctions.end());
    refuse(word.position, unknown_name_message("metric", whole, names));
  }

  double whole_number() {
    constexpr double kLargest = 9007199254740992.0;  // 2^53
    const Token& token = peek();
    if (token.kind != Token::Kind::kNumber || token.number != std::floor(token.number) ||
        token.number > kLargest)
      refuse_token("a whole number");
    return next().number;
  }

  std::string name() {
    if (peek().kind != Token::Kind::kName) refuse_token("a contender in quotes");
    return next().text;
  }

  static Expression node(Kind kind, std::size_t position, std::vector<Expression> operands = {}) {
    Expression result;
    result.kind = kind;
    result.position = position;
    result.operands = std::move(operands);
    return result;
  }

  static Expression binary(Kind kind, Expression left, Expression right) {
    const std::size_t position = left.position;
    return node(kind, position, {std::move(left), std::move(right)});
  }

  [[nodiscard]] const Token& peek() const { return tokens_[at_]; }
  const Token& next() {
    const Token& token = tokens_[at_];
    if (token.kind != Token::Kind::kEnd) ++at_;
    return token;
  }
  [[nodiscard]] bool is_symbol(std::string_view text) const {
    return peek().kind == Token::Kind::kSymbol && peek().text == text;
  }
  [[nodiscard]] bool is_word(std::string_view text) const {
    return peek().kind == Token::Kind::kWord && peek().text == text;
  }
  bool accept(std::string_view symbol) {
    if (!is_symbol(symbol)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view symbol) {
    if (!accept(symbol)) refuse_token(fmt::format("'{}'", symbol));
  }
  void finish() {
    if (peek().kind != Token::Kind::kEnd) refuse_token("the end of the claim");
  }
  [[noreturn]] void refuse_token(const std::string& expected) const {
    refuse(peek().position, fmt::format("got {}; expected {}", internal::shown(peek()), expected));
  }
  [[noreturn]] void refuse(std::size_t position, const std::string& what) const {
    internal::refuse_claim(text_, position, what);
  }

  std::string_view text_;
  std::span<const std::string> figures_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

bool is_figure_name(std::string_view name) {
  const auto inside = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.front() >= 'a' && name.front() <= 'z' && std::ranges::all_of(name, inside) &&
         find_metric(name) == nullptr && std::ranges::find(kFunctions, name) == kFunctions.end();
}

Statement parse_claim(std::string_view text, std::span<const std::string> figures) {
  return Parser(text, figures).statement();
}

Measure parse_measure(std::string_view text, std::span<const std::string> figures) {
  const Expression expression = Parser(text, figures).only_measure();
  if (!expression.contender.empty())
    internal::refuse_claim(text, expression.position,
                           "got a contender; expected a measure of every one, such as best(test_loss)");
  return expression.measure;
}

}  // namespace gradus::study
