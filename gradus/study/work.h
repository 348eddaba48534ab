// What a contender does: nearly always it trains. It may also descend on a function of two variables, check its
// gradients, or work out an example of examples.h; these take milliseconds and are not kept in the store of runs.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "gradus/optim/minimize.h"
#include "gradus/study/examples.h"
#include "gradus/study/measure.h"
#include "gradus/train/experiment.h"

namespace gradus::study {

struct Training {};  // of the contender's configuration

// Of the contender's network with its initial weights, on its training part.
struct GradientCheck {
  std::size_t rows = 32;      // the first ones
  std::size_t entries = 200;  // of each tensor, spread evenly; 0: all
};

// One of examples().
struct WorkedExample {
  const Example* example = nullptr;
};

// What a contender does.
using Work = std::variant<Training, DescentSpec, GradientCheck, WorkedExample>;

[[nodiscard]] bool trains(const Work& work);
// Whether the contender's configuration means anything to it.
[[nodiscard]] bool is_configured(const Work& work);
// "a training", "a descent", "a gradient check", "the example vu/q3"
[[nodiscard]] std::string kind_of(const Work& work);
// The key of a study file and what it says there, as text; both empty for a training.
[[nodiscard]] std::pair<std::string, std::string> setting_of(const Work& work);

// What a descent, a check or an example gives, metrics among them; of a training nothing.
[[nodiscard]] std::vector<Metric> figures_of(const Work& work);

// Not of a training. `set_up` prepares the contender's data and network, where they are needed. Names of contender
// and replicate are left empty. Throws like set_up().
[[nodiscard]] MeasuredRun carry_out(const Work& work, const SetUp& set_up);

}  // namespace gradus::study
