// `gradus train digits FLAGS --json` and `gradus version --json`, as far as golden.py asks them: half as much to compile for
// another compiler or processor as the whole program.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "gradus/core/error.h"
#include "gradus/formats/model.h"
#include "gradus/kernels/kernels.h"
#include "gradus/kernels/numerics_version.h"
#include "gradus/train/trainer.h"

namespace gradus {
namespace {

nlohmann::json about() {
  return {{"numerics_version", kNumericsVersion}, {"kernel_sets", available_kernel_sets()}};
}

// --clip-norm 1 sets the field clip_norm.
RunConfig config_of(std::span<char*> flags) {
  RunConfig config;
  config.data = "digits";
  for (std::size_t i = 0; i < flags.size(); i += 2) {
    const std::string_view flag = flags[i];
    if (flag == "--json") break;
    const auto named = [&](const Field& field) { return field.flag() == flag; };
    const auto field = std::find_if(fields().begin(), fields().end(), named);
    if (field == fields().end() || i + 1 == flags.size())
      throw Error(ErrorCode::kInvalidArgument, std::string(flag) + ": not a field with its value");
    set_field(config, *field, flags[i + 1]);
  }
  return config;
}

nlohmann::json train_digits(std::span<char*> flags) {
  Experiment experiment = set_up(config_of(flags), {});
  Observer nobody;
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, nobody);
  return {{"weights_sha256", weights_sha256(make_model(experiment, result))}};
}

}  // namespace
}  // namespace gradus

int main(int count, char** arguments) {
  const std::span<char*> words(arguments, static_cast<std::size_t>(count));
  try {
    const bool version = words.size() == 3 && words[1] == std::string_view("version");
    const bool train = words.size() > 3 && words[1] == std::string_view("train");
    if (!version && !train) {
      std::fputs("golden_program version --json | train digits [--FIELD VALUE ...] --json --quiet\n", stderr);
      return 2;
    }
    std::puts((version ? gradus::about() : gradus::train_digits(words.subspan(3))).dump().c_str());
  } catch (const gradus::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
