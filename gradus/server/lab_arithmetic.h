// The lab's part "Arithmetic": one training step of a small network on one sample, number by number. Nothing is kept.
#pragma once

#include "gradus/server/routes.h"

namespace gradus::server {

// GET  /api/arithmetic/examples  bodies for the other, each with a title and what to look at; names that it knows
// POST /api/arithmetic           {"sizes": [2, 3, 2], "activations": ["sigmoid", "identity"], "loss", "input", "target",
//                                "weights": [w of a layer, (I, O) row by row, ...], "biases": [b, ...], "optimizer": "sgd" or
//                                "momentum", "learning_rate", "momentum", "step"}
//                                The target of softmax_cross_entropy is 1 for the class and 0 for the others. Without
//                                weights and biases they are drawn. Numbers that are not finite are null.
void add_arithmetic_routes(Routes& routes);

}  // namespace gradus::server
