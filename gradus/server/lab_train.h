// Routes of the lab about trainings: the fields of a configuration, and starting, following and holding what was started.
#pragma once

#include "gradus/server/routes.h"
#include "gradus/server/training_jobs.h"
#include "gradus/server/uploads.h"

namespace gradus::server {

// GET  /api/fields: [{section, name, flag, type, default, choices, range, low, high, above_low, help}]
// POST /api/trainings {"fields": {name: text as its flag would have it}, "name", "note", "tags"}: {"id"}; what is wrong
//      with one field is {"error", "field"} with status 400
// GET  /api/trainings: the summaries, the newest first
// GET  /api/trainings/{id}: all that is known, with the curves and the number of the last event in them
// GET  /api/trainings/{id}/events
// POST /api/trainings/{id}/pause, resume, step, stop
void add_train_routes(Routes& routes, TrainingJobs& trainings, const Uploads& uploads);

}  // namespace gradus::server
