// Target: checkpoints. Whoever makes one by hand makes its hash too, so length and hash are put right; the state is then taken by a
// training, which does one more step, where the configuration is one of the corpus.
#include <algorithm>
#include <string>
#include <vector>

#include "gradus/runs/run_series.h"
#include "gradus/train/checkpoint_keeper.h"
#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"
#include "tests/fuzz/target.h"

namespace gradus::fuzz {
namespace {

constexpr std::size_t kPreambleSize = 24;
constexpr std::size_t kHashSize = 64;

// As tests/fuzz/corpus/checkpoints.py has them; the resolved configurations.
const std::vector<RunConfig>& known_configurations() {
  static const std::vector<RunConfig> known = [] {
    RunConfig common;
    common.data = "blobs";
    common.hidden = {4};
    common.epochs = 1000000;
    common.patience = 0;
    common.threads = 1;
    std::vector<RunConfig> all(3, common);
    all[1].optimizer = "lbfgs";
    all[2].optimizer = "momentum";
    all[2].generator = "mt19937";
    all[2].dropout = {0.5};
    all[2].precision = "double";
    for (RunConfig& config : all) config = set_up(config, {}).plan.config;
    return all;
  }();
  return known;
}

std::size_t read_checkpoint_input(std::string_view input) {
  std::string bytes(input.substr(0, input.size() - std::min(input.size(), kHashSize)));
  if (bytes.size() >= kPreambleSize) seal_checkpoint(bytes);
  Checkpoint checkpoint(std::move(bytes), "the checkpoint input");
  const RunConfig& config = checkpoint.head().config;
  if (std::ranges::find(known_configurations(), config) == known_configurations().end()) return 0;
  Experiment experiment = set_up(config, {});
  Observer nobody;
  SeriesRecorder recorder(score_name(experiment), nobody);
  CheckpointKeeper keeper({}, {}, {}, {});
  keeper.add(recorder);
  keeper.go_on_from(std::move(checkpoint));
  (void)train(
      experiment.plan, experiment.data, experiment.streams, recorder, [] { return true; }, &keeper);
  return input.size();
}

const Register kCheckpoint("checkpoint", read_checkpoint_input);

}  // namespace
}  // namespace gradus::fuzz
