#include "gradus/server/lab.h"

#include <utility>

#include "gradus/server/lab_arithmetic.h"
#include "gradus/server/lab_data.h"
#include "gradus/server/lab_descent.h"
#include "gradus/server/lab_inside.h"
#include "gradus/server/lab_models.h"
#include "gradus/server/lab_runs.h"
#include "gradus/server/lab_train.h"
#include "gradus/server/page_files.h"
#include "gradus/server/training_jobs.h"
#include "gradus/server/uploads.h"

namespace gradus::server {

// One member for each part of the page that keeps something; each adds its routes in a file of its own.
struct Lab::State {
  explicit State(LabOptions chosen)
      : options(std::move(chosen)),
        runs(options.runs),
        uploads(options.runs / "uploads"),
        trainings(options.runs, options.source, 0, options.warn),
        models(options.runs, options.source, trainings) {}

  LabOptions options;
  LabRuns runs;
  Uploads uploads;
  TrainingJobs trainings;
  LabModels models;
};

Lab::Lab(LabOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Lab::~Lab() = default;

Routes Lab::routes() {
  Routes routes;
  add_page_routes(routes);
  add_arithmetic_routes(routes);
  add_descent_routes(routes);
  state_->runs.add_routes(routes);
  add_data_routes(routes, state_->uploads, state_->options.source);
  add_train_routes(routes, state_->trainings, state_->uploads);
  add_inside_routes(routes, state_->models);
  add_decision_routes(routes, state_->models);
  add_draw_routes(routes, state_->models);
  return routes;
}

}  // namespace gradus::server
