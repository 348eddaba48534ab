#include "gradus/server/lab.h"

#include <utility>

#include "gradus/server/lab_runs.h"
#include "gradus/server/page_files.h"

namespace gradus::server {

// One member for each part of the page that keeps something; each adds its routes in a file of its own.
struct Lab::State {
  explicit State(LabOptions chosen) : options(std::move(chosen)), runs(options.runs) {}

  LabOptions options;
  LabRuns runs;
};

Lab::Lab(LabOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Lab::~Lab() = default;

Routes Lab::routes() {
  Routes routes;
  add_page_routes(routes);
  state_->runs.add_routes(routes);
  return routes;
}

}  // namespace gradus::server
