// Targets: what people write: configurations, studies, claims, formulas.
#include <array>
#include <cmath>
#include <filesystem>

#include "gradus/core/error.h"
#include "gradus/optim/expression.h"
#include "gradus/study/claim.h"
#include "gradus/study/study_file.h"
#include "gradus/train/run_config.h"
#include "tests/fuzz/target.h"

namespace gradus::fuzz {
namespace {

// What is read is written, and read again the same.
std::size_t read_config_input(std::string_view input) {
  RunConfig config;
  parse_toml(input, "input.toml", config);
  validate(config);
  RunConfig again;
  parse_toml(to_toml(config), "again.toml", again);
  GRADUS_ASSERT(again == config, to_toml(config));
  (void)to_json(config);
  return 0;
}

// "learning_rate\n0.1": a field as on the command line.
std::size_t read_field_input(std::string_view input) {
  const Field* field = find_field(take_line(input));
  if (field == nullptr) return 0;
  RunConfig config;
  set_field(config, *field, input);
  validate(config);
  RunConfig again;
  set_field(again, *field, field_text(config, *field));
  GRADUS_ASSERT(again == config, field_text(config, *field));
  return 0;
}

std::size_t read_study_input(std::string_view input) {
  const study::Study study = study::parse_study(input, "input.toml", "/nonexistent");
  GRADUS_ASSERT(!study.contenders.empty());
  (void)study::planned_runs(study);
  return study.contenders.size() * sizeof(study::Contender);
}

std::size_t read_claim_input(std::string_view input) {
  const std::array<std::string, 3> contenders = {"a", "b", "64"};
  const study::Statement statement = study::bind_claim(study::parse_claim(input), input, contenders);
  for (const study::Comparison& comparison : statement) (void)study::to_text(comparison);
  return 0;
}

std::size_t read_expression_input(std::string_view input) {
  const Expression expression(input);
  const double value = expression.value(0.5, -2);
  const Dual2 slopes = expression.with_slopes(0.5, -2);
  GRADUS_ASSERT(value == slopes.value || (std::isnan(value) && std::isnan(slopes.value)), value,
                slopes.value);
  return 0;
}

const Register kConfig("config", read_config_input);
const Register kField("field", read_field_input);
const Register kStudy("study", read_study_input);
const Register kClaim("claim", read_claim_input);
const Register kExpression("expression", read_expression_input);

}  // namespace
}  // namespace gradus::fuzz
