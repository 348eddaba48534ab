#include "gradus/study/judge_part.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/study/bootstrap.h"

namespace gradus::study::internal {
namespace {

using Kind = Expression::Kind;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kConfidence = 0.95;
constexpr std::size_t kEqualEnough = 3;  // so many equal differences are no chance
constexpr double kRounding = 1e-12;      // relative: differences that differ by less are equal

bool holds(double left, Relation relation, double right) {
  switch (relation) {
    case Relation::kLess:
      return left < right;
    case Relation::kLessEqual:
      return left <= right;
    case Relation::kGreater:
      return left > right;
    case Relation::kGreaterEqual:
      return left >= right;
    case Relation::kEqual:
      return left == right;
    case Relation::kNotEqual:
      return left != right;
  }
  GRADUS_ASSERT(false, static_cast<int>(relation));
}

// Both infinite: two runs that both counted as worst do not differ.
double difference(double left, double right) {
  return left == right ? 0 : left - right;
}

double fold(Kind kind, std::span<const double> values) {
  switch (kind) {
    case Kind::kNegative:
      return -values[0];
    case Kind::kSum:
      return values[0] + values[1];
    case Kind::kDifference:
      return difference(values[0], values[1]);
    case Kind::kProduct:
      return values[0] * values[1];
    case Kind::kQuotient:
      return values[0] / values[1];
    case Kind::kAbsolute:
      return std::abs(values[0]);
    case Kind::kMinimum:
      return *std::ranges::min_element(values);
    case Kind::kMaximum:
      return *std::ranges::max_element(values);
    default:
      return summarize(values).mean;
  }
}

bool is_constant(const Expression& expression) {
  bool constant = true;
  for_each_expression(expression, [&](const Expression& part) { constant = constant && !is_measured(part); });
  return constant;
}

// Of an expression without measures.
double constant_value(const Expression& expression) {
  if (expression.kind == Kind::kNumber || expression.kind == Kind::kCells) return expression.number;
  std::vector<double> values;
  for (const Expression& operand : expression.operands) values.push_back(constant_value(operand));
  return fold(expression.kind, values);
}

bool asks_for_less(Relation relation) {
  return relation == Relation::kLess || relation == Relation::kLessEqual;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const double below = values[(values.size() - 1) / 2];
  const double above = values[values.size() / 2];
  return below == above ? below : (below + above) / 2;
}

bool all_equal(std::span<const double> values) {
  const auto [least, most] = std::ranges::minmax(values);
  return most == least || most - least <= kRounding * std::max(std::abs(least), std::abs(most));
}

// One-sided chances that the centre of the values is not above, not below a bound.
struct Chances {
  double above = 1;
  double below = 1;
};

Chances chances(const JudgedPart& part, const Summary& summary, double bound) {
  if (part.basis == Basis::kTTest) return {p_above(summary, bound), p_below(summary, bound)};
  std::vector<double> shifted;
  for (const double value : part.values) shifted.push_back(value - bound);
  const SignedRankTest test = wilcoxon_signed_rank(shifted);
  const auto n = static_cast<double>(test.n);
  const double middle = n * (n + 1) / 4;
  if (test.positive_ranks == middle) return {};
  return test.positive_ranks > middle ? Chances{test.p / 2, 1} : Chances{1, test.p / 2};
}

double two_sided(double p) {
  return std::min(1.0, 2 * p);
}

void set_chances(TestedPart& tested, const Comparison& comparison, const std::optional<Tolerance>& tolerance,
                 const Summary& summary) {
  if (!tolerance) {
    const Chances against = chances(tested.part, summary, 0);
    const bool less = asks_for_less(comparison.relation);
    tested.p_supported = two_sided(less ? against.below : against.above);
    tested.p_refuted = two_sided(less ? against.above : against.below);
    tested.distance = std::abs(effect_size(summary));
    return;
  }
  const Chances low = chances(tested.part, summary, -tolerance->bound);
  const Chances high = chances(tested.part, summary, tolerance->bound);
  tested.p_supported = two_sided(std::max(low.above, high.below));
  tested.p_refuted = two_sided(std::min(high.above, low.below));
  if (!tolerance->inside) std::swap(tested.p_supported, tested.p_refuted);
  tested.distance = std::abs(std::abs(summary.mean) - tolerance->bound) / summary.standard_deviation;
}

void collect(JudgedPart& part, const Comparison& comparison, const std::optional<Tolerance>& tolerance,
             const RunTable& runs, std::vector<bool>& outcomes) {
  std::vector<double> lefts;
  std::vector<double> rights;
  for (std::size_t replicate = 0; replicate < runs.replicates(); ++replicate) {
    const auto left = evaluate(comparison.left, runs, replicate);
    const auto right = evaluate(comparison.right, runs, replicate);
    const auto value = !left || !right ? std::nullopt
                       : tolerance     ? evaluate(*tolerance->x, runs, replicate)
                                       : std::optional(difference(*left, *right));
    if (!value) continue;
    lefts.push_back(*left);
    rights.push_back(*right);
    part.replicates.push_back(replicate);
    part.values.push_back(*value);
    outcomes.push_back(holds(*left, comparison.relation, *right));
  }
  part.left = summarize(lefts).mean;
  part.right = summarize(rights).mean;
}

// Settled without chance: deterministic runs, equality, differences that never vary.
void decide(TestedPart& tested, bool supported) {
  tested.decided = true;
  tested.part.basis = Basis::kExact;
  tested.part.verdict = supported ? Verdict::kSupported : Verdict::kRefuted;
  tested.part.p = tested.part.adjusted_p = 0;
}

void estimate(JudgedPart& part, const Summary& summary, std::uint64_t seed) {
  part.signed_rank = wilcoxon_signed_rank(part.values);
  if (part.basis != Basis::kTTest) return;
  part.interval = t_interval(summary, kConfidence);
  part.bootstrap = bca_bootstrap(part.values, {.confidence = kConfidence, .seed = seed});
  if (summary.n >= 3) part.effect = hedges_effect_size(summary);
}

// nullopt where a contender of the table has no run.
std::optional<double> cells_matched(const Expression& expression, const RunTable& runs,
                                    std::size_t replicate) {
  const PrintedTable* table = find_table(runs.study(), expression.table);
  GRADUS_ASSERT(table != nullptr, expression.table);
  std::size_t matched = 0;
  for (const std::string& contender : contenders_of(expression, runs.study())) {
    const MeasuredRun* run = runs.find(contender, replicate);
    if (run == nullptr) return std::nullopt;
    matched += compare(*table, contender, *run).matched;
  }
  return static_cast<double>(matched);
}

}  // namespace

std::vector<std::string> contenders_of(const Expression& cells, const Study& study) {
  if (!cells.contender.empty()) return {cells.contender};
  const PrintedTable* table = find_table(study, cells.table);
  return table == nullptr ? std::vector<std::string>{} : table->contenders();
}

RunTable::RunTable(const Study& study, std::span<const MeasuredRun> runs) : study_(study) {
  for (const MeasuredRun& run : runs) runs_[{run.contender, run.replicate}] = &run;
}

const MeasuredRun* RunTable::find(const std::string& contender, std::size_t replicate) const {
  const auto found = runs_.find({contender, replicate});
  return found == runs_.end() ? nullptr : found->second;
}

std::optional<double> evaluate(const Expression& expression, const RunTable& runs, std::size_t replicate) {
  if (expression.kind == Kind::kNumber || expression.kind == Kind::kCells) return expression.number;
  if (expression.kind == Kind::kCellsMatched) return cells_matched(expression, runs, replicate);
  if (expression.kind == Kind::kMeasure) {
    const MeasuredRun* run = runs.find(expression.contender, replicate);
    return run == nullptr ? std::nullopt : evaluate(expression.measure, *run);
  }
  std::vector<double> values;
  for (const Expression& operand : expression.operands) {
    const auto value = evaluate(operand, runs, replicate);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  const double result = fold(expression.kind, values);
  return std::isnan(result) ? std::nullopt : std::optional(result);
}

std::optional<Tolerance> tolerance_of(const Comparison& comparison) {
  const bool less = asks_for_less(comparison.relation);
  if (comparison.relation == Relation::kEqual || comparison.relation == Relation::kNotEqual)
    return std::nullopt;
  const auto tolerance = [&](const Expression& absolute, const Expression& bound,
                             bool inside) -> std::optional<Tolerance> {
    if (absolute.kind != Kind::kAbsolute || !is_constant(bound)) return std::nullopt;
    return Tolerance{&absolute.operands[0], constant_value(bound), inside};
  };
  const auto found = tolerance(comparison.left, comparison.right, less);
  return found ? found : tolerance(comparison.right, comparison.left, !less);
}

TestedPart test_part(const Comparison& comparison, bool deterministic, const RunTable& runs) {
  TestedPart tested;
  JudgedPart& part = tested.part;
  part.says = to_text(comparison);
  part.estimate = part.effect = kNaN;
  const std::optional<Tolerance> tolerance = tolerance_of(comparison);
  std::vector<bool> outcomes;
  collect(part, comparison, tolerance, runs, outcomes);
  if (part.values.empty()) return tested;

  const bool finite = std::ranges::all_of(part.values, [](double value) { return std::isfinite(value); });
  const std::size_t folds = runs.study().folds;
  const Summary summary =
      finite ? summarize(part.values, folds > 1 ? 1 / static_cast<double>(folds - 1) : 0) : Summary{};
  part.estimate = finite ? summary.mean : median(part.values);
  const bool always = std::ranges::find(outcomes, false) == outcomes.end();
  if (deterministic) {
    decide(tested, always);
    return tested;
  }
  if (part.values.size() < 2) return tested;
  const bool equal = finite && all_equal(part.values);
  const bool equality = comparison.relation == Relation::kEqual || comparison.relation == Relation::kNotEqual;
  if (equality || (equal && part.values.size() >= kEqualEnough)) {
    decide(tested, always);
    return tested;
  }
  if (equal) return tested;
  part.basis = finite ? Basis::kTTest : Basis::kSignedRank;
  estimate(part, summary, static_cast<std::uint64_t>(runs.study().seed));
  set_chances(tested, comparison, tolerance, summary);
  part.p = std::min(tested.p_supported, tested.p_refuted);
  return tested;
}

}  // namespace gradus::study::internal
