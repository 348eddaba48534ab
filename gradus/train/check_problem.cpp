#include "gradus/train/check_problem.h"

#include <algorithm>

#include "gradus/train/batch_source.h"
#include "gradus/train/initial_weights.h"

namespace gradus {

GradientCheckProblem check_problem(const NetworkSpec& network, const LossSpec& loss,
                                   const PenaltySpec& penalty, const Dataset& data,
                                   const Transform& transform, std::size_t rows) {
  GradientCheckProblem problem;
  problem.network = network;
  problem.loss = loss;
  problem.penalty = penalty;
  problem.rows = std::min(rows, data.size());
  BatchSource<double> source(data, transform, problem.rows);
  source.gather(0, problem.rows);
  const MatrixView<const double> x = source.x();
  for (std::size_t r = 0; r < x.rows; ++r) {
    const auto row = x.row(r);
    problem.x.insert(problem.x.end(), row.begin(), row.end());
  }
  const Targets<double> targets = source.targets();
  problem.labels.assign(targets.labels.begin(), targets.labels.end());
  if (!targets.values.empty()) problem.values.assign(targets.values.data, targets.values.data + problem.rows);
  return problem;
}

GradientCheckProblem check_problem(Experiment& experiment, std::size_t rows) {
  const Plan& plan = experiment.plan;
  GradientCheckProblem problem = check_problem(plan.network, plan.loss, plan.penalty, experiment.data.train,
                                               experiment.data.transform, rows);
  const AlignedBuffer<double> parameters = initial_parameters<double>(plan, experiment.streams);
  problem.parameters.assign(parameters.data(), parameters.data() + parameters.size());
  return problem;
}

}  // namespace gradus
