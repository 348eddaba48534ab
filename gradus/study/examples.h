// Worked examples: computations that a report prints, or gets wrong, each a list of named figures. A study file
// asks for one by name, and its claims compare the figures.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/nn/gradient_check.h"
#include "gradus/study/measure.h"
#include "gradus/train/experiment.h"

namespace gradus::study {

// One number, or several, which are then called name_0, name_1, ...
struct ExampleValues {
  std::string name;
  std::vector<double> values;
};
// The figures of an example by name.
using ExampleFigures = std::vector<ExampleValues>;

// The contender's data and network, ready to train.
using SetUp = std::function<Experiment()>;

// A computation of the reference reports that is no training.
struct Example {
  std::string_view name;  // "vu/q3"
  std::string_view help;
  bool configured = false;  // it uses the contender's configuration
  std::vector<Metric> (*figures)();
  ExampleFigures (*work_out)(const SetUp& set_up);
};

[[nodiscard]] std::span<const Example> examples();
// Null where there is none of that name.
[[nodiscard]] const Example* find_example(std::string_view name);

// The network and the sample of vu/q3, or of vu/q3-asymmetric.
[[nodiscard]] GradientCheckProblem vu_q3_problem(bool asymmetric);

// The single figures, by their names.
[[nodiscard]] std::vector<std::pair<std::string, double>> single_figures(const ExampleFigures& figures);

}  // namespace gradus::study
