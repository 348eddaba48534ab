// The lab's part "Descent": paths of optimizers on a function of two variables, and its contours. Nothing is kept.
#pragma once

#include "gradus/server/routes.h"

namespace gradus::server {

// GET  /api/descent/functions  the built-in functions and the optimizers
// POST /api/descent/contours   {"function": name or formula, "x": [low, high], "y": [low, high]}; without x and y the
//                              function's own square. Level lines in a square of 1000 by 1000, y downwards
// POST /api/descent            {"function", "start": [x, y], "steps", "contenders": [{"optimizer", "learning_rate",
//                              "momentum", "decay"}]}: each one's path
void add_descent_routes(Routes& routes);

}  // namespace gradus::server
