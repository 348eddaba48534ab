// The lab: the routes of the local page over the engine and the store of runs.
#pragma once

#include <filesystem>
#include <memory>

#include "gradus/data/source.h"
#include "gradus/server/routes.h"
#include "gradus/train/checkpoint_keeper.h"

namespace gradus::server {

// What the page works on.
struct LabOptions {
  std::filesystem::path runs = "runs";
  SourceOptions source;
  CheckpointKeeper::Warn warn = {};  // of trainings whose checkpoints cannot be written
};

// Holds what the routes share. It must outlive the server that answers by them.
class Lab {
 public:
  // The store is made where there is none.
  explicit Lab(LabOptions options);
  ~Lab();  // stops what it started

  [[nodiscard]] Routes routes();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gradus::server
