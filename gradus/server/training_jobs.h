// The trainings that a lab started: in line, under way, paused or ended. Each is a run of the store like one of `gradus
// train`, and has the same bits whether it is watched or not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gradus/data/source.h"
#include "gradus/formats/model.h"
#include "gradus/runs/stored_run.h"
#include "gradus/server/event_log.h"
#include "gradus/train/checkpoint_keeper.h"
#include "gradus/train/experiment.h"

namespace gradus::server {

// A network as it was after a step of its training.
struct LiveModel {
  Model model;             // without figures and golden rows while it trains
  std::uint64_t step = 0;  // 0 once it has ended
  std::size_t epoch = 0;   // from 0
};

// Any number of threads may call all of it. Where no training has an id, Error(kNotFound).
class TrainingJobs {
 public:
  // `at_once` trainings at a time, the others wait in line; 0: as many as there are processors, two at most. `warn`
  // is told why a training leaves no checkpoint.
  TrainingJobs(std::filesystem::path runs, SourceOptions source, std::size_t at_once = 0,
               CheckpointKeeper::Warn warn = {});
  // Stops all and returns when each is stored.
  ~TrainingJobs();

  // The id is that of the run in the store, where it is when this returns; it begins as soon as there is room. Throws as
  // set_up() and the store do, and Error(kInvalidArgument) where too many wait already.
  std::uint64_t start(RunConfig config, const RunLabels& labels = {});

  // From the next step on the training waits. Of the four only stop() is for a training that has not begun; Error
  // (kInvalidArgument) where it has ended.
  void pause(std::uint64_t id);
  void resume(std::uint64_t id);
  // One step more; of a training that is not paused: it pauses after it.
  void step(std::uint64_t id);
  // It ends like one that Ctrl-C interrupts: its model, figures and checkpoint are kept. Returns at once.
  void stop(std::uint64_t id);

  // The newest first; of those that ended, the last ones.
  [[nodiscard]] std::vector<std::uint64_t> ids() const;
  // JSON: all that is known, with the curves, or the few figures of a list.
  [[nodiscard]] std::string state(std::uint64_t id) const;
  [[nodiscard]] std::string summary(std::uint64_t id) const;
  // `progress`, `epochs`, `validations`, `steps`, `layers`, `state` and, last, `end`.
  [[nodiscard]] std::shared_ptr<EventLog> events(std::uint64_t id) const;

  // The weights of the step under way, at most a twentieth of a second old; of a paused training those of its last step;
  // of one that ended those that were kept. Throws Error(kInvalidArgument) where it has not begun or kept none.
  [[nodiscard]] LiveModel model(std::uint64_t id);
  // What it recorded of its layers so far: lines of kLayersFile, of many steps evenly spaced ones.
  [[nodiscard]] std::string layer_lines(std::uint64_t id) const;
  // Its data and plan, which stay as they are while it trains; null once it has ended.
  [[nodiscard]] std::shared_ptr<const Experiment> experiment(std::uint64_t id) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gradus::server
