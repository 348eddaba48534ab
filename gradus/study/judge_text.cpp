// The line that says for people what a verdict rests on.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gradus/study/judge_part.h"

namespace gradus::study::internal {
namespace {

std::string number(double value) {
  const bool whole = value == std::floor(value) && std::abs(value) < 1e15;
  return whole ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::string counted(std::size_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

std::string exact_reason(const JudgedPart& part, const Comparison& comparison, bool deterministic) {
  const std::size_t n = part.values.size();
  if (!deterministic && comparison.relation != Relation::kEqual && comparison.relation != Relation::kNotEqual)
    return fmt::format("all {} differences are {}", n, number(part.estimate));
  if (comparison.left.kind == Expression::Kind::kCellsMatched && n == 1)
    return fmt::format("{} of {} cells", number(part.left), number(comparison.left.number));
  const std::string sides = fmt::format("{} against {}", number(part.left), number(part.right));
  if (!deterministic) return fmt::format("{} replicates: {}", n, sides);
  return n == 1 ? "one deterministic run: " + sides : fmt::format("{} deterministic runs: {}", n, sides);
}

std::string p_text(const JudgedPart& part, std::size_t corrected_for) {
  std::string text = fmt::format("p {:.2g}", part.p);
  if (corrected_for > 1)
    text += fmt::format(", {:.2g} corrected for {} claims", part.adjusted_p, corrected_for);
  return text;
}

std::string outlook(const JudgedPart& part, const ReasonContext& context) {
  if (part.verdict != Verdict::kCannotTell || context.folds) return "";
  if (part.more_seeds) return fmt::format("; about {} would decide", counted(*part.more_seeds, "more seed"));
  return part.basis == Basis::kTTest ? "; no likely number of seeds would decide" : "";
}

}  // namespace

std::string reason_of(const JudgedPart& part, const Comparison& comparison, const ReasonContext& context) {
  const std::size_t n = part.values.size();
  switch (part.basis) {
    case Basis::kExact:
      return exact_reason(part, comparison, context.deterministic);
    case Basis::kTTest:
      return fmt::format("{}, 95 % interval {} to {} over {}, {}{}", number(part.estimate),
                         number(part.interval->low), number(part.interval->high), counted(n, "pair"),
                         p_text(part, context.corrected_for), outlook(part, context));
    case Basis::kSignedRank:
      return fmt::format("median {} over {}, some without bound: Wilcoxon's test, {}{}",
                         number(part.estimate), counted(n, "pair"), p_text(part, context.corrected_for),
                         outlook(part, context));
    case Basis::kNothing:
      break;
  }
  if (n == 0) return "not measured in any run";
  if (n == 1)
    return fmt::format("{} in one run has no interval{}", number(part.estimate), outlook(part, context));
  return fmt::format("two differences of {} alike{}", number(part.estimate), outlook(part, context));
}

}  // namespace gradus::study::internal
