// The routes behind the parts "Inside" and "Draw a digit": what is known of a run's layers, weights, mistakes and
// decisions, and what its model answers to one row of numbers. Of a run that is trained in this lab as it stands now.
#pragma once

#include "gradus/server/lab_models.h"
#include "gradus/server/routes.h"

namespace gradus::server {

// `models` must outlive the routes.

// GET /api/models                          runs to look into, the newest first
// GET /api/runs/{id}/inside                its network, its data in words
// GET /api/runs/{id}/layers                the figures of layers at up to 200 of the recorded steps
// GET /api/runs/{id}/weights/{layer}       of the units `first` to `first` + 100 of a dense layer, counted from 0
void add_inside_routes(Routes& routes, LabModels& models);

// GET /api/runs/{id}/confusion             true against predicted classes
// GET /api/runs/{id}/confusion/{true}/{predicted}   the rows behind a cell, at most 50
// GET /api/runs/{id}/surface               its decisions over two features (`x`, `y`) or two components (`pca`=1)
void add_decision_routes(Routes& routes, LabModels& models);

// POST /api/models/{run}/predict           {"x": [..]}
void add_draw_routes(Routes& routes, LabModels& models);

}  // namespace gradus::server
