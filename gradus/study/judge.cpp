#include "gradus/study/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "gradus/core/error.h"
#include "gradus/study/judge_part.h"

namespace gradus::study {
namespace {

using internal::kSignificance;
using internal::RunTable;
using internal::TestedPart;

constexpr double kPower = 0.8;
constexpr std::size_t kMostSeeds = 10'000;

// A claim on its way to a verdict.
struct TestedClaim {
  std::vector<TestedPart> parts;
  double p = 1;  // of the claim as a whole
  double adjusted_p = 1;
  bool by_chance = false;  // takes part in the correction
};

std::size_t undecided_parts(const TestedClaim& claim) {
  return static_cast<std::size_t>(std::ranges::count(claim.parts, false, &TestedPart::decided));
}

bool refuted_exactly(const TestedPart& tested) {
  return tested.decided && tested.part.verdict == Verdict::kRefuted;
}

// All parts must hold: the least certain one carries the support, each one alone may refute.
void combine(TestedClaim& claim) {
  if (std::ranges::any_of(claim.parts, refuted_exactly)) return;
  double supported = 0;
  double refuted = 1;
  for (const TestedPart& tested : claim.parts) {
    if (tested.decided) continue;
    supported = std::max(supported, tested.p_supported);
    refuted = std::min(refuted, tested.p_refuted);
    claim.by_chance = claim.by_chance || tested.part.basis != Basis::kNothing;
  }
  claim.p = std::min({supported, refuted * static_cast<double>(undecided_parts(claim)), 1.0});
}

// Of all claims that chance has a hand in; returns how many they are.
std::size_t correct_for_number(std::vector<TestedClaim>& claims) {
  std::vector<double> p_values;
  for (const TestedClaim& claim : claims) {
    if (claim.by_chance) p_values.push_back(claim.p);
  }
  const std::vector<double> adjusted = holm(p_values);
  auto next = adjusted.begin();
  for (TestedClaim& claim : claims) {
    if (claim.by_chance) claim.adjusted_p = *next++;
  }
  return p_values.size();
}

void set_verdicts(TestedClaim& claim) {
  const double factor = claim.p > 0 ? claim.adjusted_p / claim.p : 1;
  const auto parts = static_cast<double>(undecided_parts(claim));
  for (TestedPart& tested : claim.parts) {
    if (tested.decided) continue;
    const double supported = std::min(1.0, tested.p_supported * factor);
    const double refuted = std::min(1.0, tested.p_refuted * factor * parts);
    tested.part.adjusted_p = std::min(supported, refuted);
    if (tested.part.adjusted_p >= kSignificance) continue;
    tested.part.verdict = supported < refuted ? Verdict::kSupported : Verdict::kRefuted;
  }
}

// How many more for the test to decide with a power of 80 %, if mean and deviation stay as they are.
std::optional<std::size_t> more_seeds(const TestedPart& tested, const Study& study, double significance) {
  const std::size_t n = tested.part.values.size();
  if (study.folds > 0 || n == 0) return std::nullopt;
  if (tested.part.basis == Basis::kNothing) return 3 - n;  // for a deviation, or for three alike
  if (tested.part.basis == Basis::kTTest) {
    const std::size_t pairs = required_pairs(tested.distance, significance, kPower, kMostSeeds);
    return pairs > kMostSeeds ? std::nullopt : std::optional(std::max(pairs, n + 1) - n);
  }
  // Ranks decide at the earliest with as many signs alike as make 2 / 2^n significant.
  const auto& values = tested.part.values;
  const bool alike = std::ranges::all_of(values, [](double value) { return value > 0; }) ||
                     std::ranges::all_of(values, [](double value) { return value < 0; });
  if (!alike) return std::nullopt;
  const auto signs = static_cast<std::size_t>(std::floor(1 - std::log2(significance))) + 1;
  return std::max(signs, n + 1) - n;
}

Verdict overall(const std::vector<JudgedPart>& parts) {
  const auto any = [&](Verdict verdict) {
    return std::ranges::find(parts, verdict, &JudgedPart::verdict) != parts.end();
  };
  if (any(Verdict::kRefuted)) return Verdict::kRefuted;
  return any(Verdict::kCannotTell) ? Verdict::kCannotTell : Verdict::kSupported;
}

// Refuted: the clearest refutation. Else the least certain part, of undecided ones that which needs most seeds.
std::size_t deciding_part(const JudgedClaim& claim) {
  const auto urgency = [&](const JudgedPart& part) {
    if (part.verdict != claim.verdict) return -1.0;
    if (claim.verdict == Verdict::kRefuted) return 1 - part.adjusted_p;
    if (claim.verdict == Verdict::kSupported) return part.adjusted_p;
    return part.more_seeds ? static_cast<double>(*part.more_seeds) : static_cast<double>(kMostSeeds);
  };
  return static_cast<std::size_t>(std::ranges::max_element(claim.parts, {}, urgency) - claim.parts.begin());
}

std::string place_of(const RunTable& runs, std::size_t replicate, const MeasuredRun* run) {
  const Replicate& planned = runs.study().replicates[replicate];
  std::string place;
  if (planned.seed || run != nullptr)
    place = fmt::format(", seed {}", planned.seed ? *planned.seed : run->seed);
  return planned.fold ? fmt::format("{}, fold {}", place, *planned.fold) : place;
}

// What happened to the runs that the claim looks at.
std::vector<std::string> notes_of(const Claim& claim, const RunTable& runs) {
  std::vector<std::string> notes;
  std::set<std::string> told;
  const auto tell = [&](const std::string& note) {
    if (told.insert(note).second) notes.push_back(note);
  };
  const auto look_at = [&](const std::string& contender, const Measure* measure) {
    for (std::size_t replicate = 0; replicate < runs.replicates(); ++replicate) {
      const MeasuredRun* run = runs.find(contender, replicate);
      const std::string who = fmt::format("\"{}\"{}", contender, place_of(runs, replicate, run));
      if (run == nullptr) {
        tell(who + ": no run; the pair is left out");
      } else if (run->diverged || run->failed) {
        const std::string what = run->diverged ? "diverged" : "failed, " + run->stop_reason;
        tell(fmt::format("{}: {}; counts as worst", who, what));
      } else if (measure != nullptr && !evaluate(*measure, *run)) {
        tell(fmt::format("{}: did not measure {}; the pair is left out", who, to_text(*measure)));
      }
    }
  };
  const auto look = [&](const Expression& part) {
    if (part.kind == Expression::Kind::kMeasure) look_at(part.contender, &part.measure);
    if (part.kind != Expression::Kind::kCellsMatched) return;
    for (const std::string& name : internal::contenders_of(part, runs.study())) look_at(name, nullptr);
  };
  for (const Comparison& comparison : claim.statement) {
    for_each_expression(comparison.left, look);
    for_each_expression(comparison.right, look);
  }
  return notes;
}

JudgedClaim finish(TestedClaim& tested, const Claim& claim, const RunTable& runs, std::size_t corrected_for,
                   std::size_t undecided) {
  JudgedClaim judged;
  const internal::ReasonContext context = {claim.deterministic, runs.study().folds > 0, corrected_for};
  for (std::size_t i = 0; i < tested.parts.size(); ++i) {
    JudgedPart& part = tested.parts[i].part;
    if (part.verdict == Verdict::kCannotTell) {
      const double significance = kSignificance / static_cast<double>(std::max<std::size_t>(undecided, 1));
      part.more_seeds = more_seeds(tested.parts[i], runs.study(), significance);
    }
    part.reason = internal::reason_of(part, claim.statement[i], context);
    judged.parts.push_back(std::move(part));
  }
  judged.verdict = overall(judged.parts);
  judged.deciding = deciding_part(judged);
  judged.reason = judged.part().reason;
  if (judged.parts.size() > 1) judged.reason = judged.part().says + ": " + judged.reason;
  judged.notes = notes_of(claim, runs);
  return judged;
}

bool is_undecided(const TestedClaim& claim) {
  return claim.by_chance && claim.adjusted_p >= kSignificance;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  static constexpr std::array<std::string_view, 3> kNames = {"supported", "refuted", "cannot tell"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

std::vector<JudgedClaim> judge(const Study& study, std::span<const MeasuredRun> runs) {
  const RunTable table(study, runs);
  std::vector<TestedClaim> tested;
  for (const Claim& claim : study.claims) {
    GRADUS_ASSERT(!claim.statement.empty());
    TestedClaim& next = tested.emplace_back();
    for (const Comparison& comparison : claim.statement)
      next.parts.push_back(internal::test_part(comparison, claim.deterministic, table));
    combine(next);
  }
  const std::size_t corrected_for = correct_for_number(tested);
  const auto undecided = static_cast<std::size_t>(std::ranges::count_if(tested, is_undecided));
  std::vector<JudgedClaim> judged;
  for (std::size_t i = 0; i < tested.size(); ++i) {
    set_verdicts(tested[i]);
    judged.push_back(finish(tested[i], study.claims[i], table, corrected_for, undecided));
  }
  return judged;
}

}  // namespace gradus::study
