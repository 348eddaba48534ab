// Report 000: training was better without multiplying by the softmax gradient. It had to be: yhat - y already is the
// gradient through softmax and cross-entropy, and times yhat (1 - yhat) the Jacobian's diagonal comes in twice. Such a
// network still learns, so that its figures look right; a gradient check tells at once.
#include <algorithm>
#include <span>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/nn/gradient_check.h"
#include "gradus/nn/propagation.h"
#include "gradus/optim/optimizer.h"
#include "gradus/study/worked_examples.h"
#include "gradus/train/batch_source.h"
#include "gradus/train/check_problem.h"
#include "gradus/train/evaluator.h"
#include "gradus/train/initial_weights.h"

namespace gradus::study {
namespace {

constexpr std::size_t kCheckedRows = 32;
constexpr std::size_t kCheckedEntries =
    10;  // of each tensor: one is enough, and each takes four passes without kernels

// dz holds yhat - y.
template <class T>
void apply_jacobian_again(MatrixView<const T> output, MatrixView<T> dz) {
  std::vector<T> shares(output.rows * output.cols);
  const MatrixView<T> yhat(shares.data(), output.rows, output.cols);
  kernels<T>().softmax_forward(output, yhat);
  for (std::size_t r = 0; r < dz.rows; ++r) {
    for (std::size_t c = 0; c < dz.cols; ++c) dz(r, c) *= yhat(r, c) * (1 - yhat(r, c));
  }
}

void mistaken_gradient(const GradientCheckProblem& problem, std::vector<double>& gradients,
                       std::vector<double>& dx) {
  const std::size_t outputs = problem.network.outputs();
  const std::size_t inputs = problem.network.inputs;
  Propagation<double> propagation(problem.network, problem.rows);
  LossFunction<double> loss(problem.loss, outputs, problem.rows);
  const auto output = propagation.forward(problem.parameters, {problem.x.data(), problem.rows, inputs});
  std::vector<double> storage(problem.rows * outputs);
  const MatrixView<double> dz(storage.data(), problem.rows, outputs);
  (void)loss(output, {.labels = problem.labels, .values = {}, .weights = {}}, dz);
  apply_jacobian_again(output, dz);
  gradients.assign(problem.parameters.size(), 0);
  dx.assign(problem.x.size(), 0);
  propagation.backward(problem.parameters, dz, gradients, {dx.data(), problem.rows, inputs});
}

// As the configuration says but for that gradient, its schedule and an early end; in single precision, one thread.
AlignedBuffer<float> train_mistaken(Experiment& experiment) {
  const Plan& plan = experiment.plan;
  const Dataset& data = experiment.data.train;
  const auto batch_size = static_cast<std::size_t>(plan.config.batch_size.value());
  const std::size_t outputs = plan.network.outputs();
  AlignedBuffer<float> parameters = initial_parameters<float>(plan, experiment.streams);
  AlignedBuffer<float> gradients(parameters.size());
  std::vector<float> doutput(batch_size * outputs);
  BatchSource<float> source(data, experiment.data.transform, batch_size);
  Propagation<float> propagation(plan.network, batch_size);
  LossFunction<float> loss(plan.loss, outputs, batch_size);
  Optimizer<float> optimizer(plan.optimizer, parameters.size());
  BatchOrder batches(data.size(), plan.config.shuffle ? Order::kShuffled : Order::kAsItStands,
                     experiment.streams.order());
  for (std::int64_t epoch = 0; epoch < plan.config.epochs; ++epoch) {
    std::span<const std::uint32_t> left = batches.next_epoch();
    while (!left.empty()) {
      const auto samples = left.first(std::min(batch_size, left.size()));
      left = left.subspan(samples.size());
      source.gather(samples);
      const auto output = propagation.forward(parameters.span(), source.x());
      const MatrixView<float> dz(doutput.data(), samples.size(), outputs);
      (void)loss(output, source.targets(), dz);
      apply_jacobian_again(output, dz);
      propagation.backward(parameters.span(), dz, gradients.span());
      optimizer.step(parameters.span(), gradients.span(), plan.optimizer.learning_rate);
    }
  }
  return parameters;
}

}  // namespace

std::vector<Metric> internal::double_jacobian_figures() {
  return {*find_metric("test_loss"),
          *find_metric("test_accuracy"),
          {.name = "gradient_error", .better = Better::kLower},
          {.name = "mistaken_error", .better = Better::kLower}};
}

ExampleFigures internal::double_jacobian(const SetUp& set_up) {
  Experiment checked = set_up();
  const bool layers = std::ranges::all_of(checked.plan.network.layers, [](const LayerSpec& layer) {
    return layer.kind == LayerKind::kDense || layer.kind == LayerKind::kActivation;
  });
  if (checked.plan.loss.kind != LossKind::kSoftmaxCrossEntropy || !layers || checked.data.test.empty()) {
    throw Error(
        ErrorCode::kBadConfiguration,
        "applying the softmax derivative twice: expected classes with a softmax, dense layers alone and "
        "a test part");
  }
  const GradientCheckProblem problem = check_problem(checked, kCheckedRows);
  const auto error = [&](const AnalyticGradient& gradient) {
    return check_gradient("", problem, gradient, kCheckedEntries).worst.relative_error;
  };
  Experiment experiment = set_up();
  const AlignedBuffer<float> parameters = train_mistaken(experiment);
  ThreadPool team(1);
  Evaluator<float> evaluator(experiment.plan.network, experiment.plan.loss, experiment.data.test,
                             experiment.data.transform, team);
  const PartFigures test = evaluator.figures(parameters.span());
  return {{"test_loss", {test.loss}},
          {"test_accuracy", {test.score}},
          {"gradient_error", {error(own_gradient())}},
          {"mistaken_error", {error(mistaken_gradient)}}};
}

}  // namespace gradus::study
