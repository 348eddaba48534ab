#include "gradus/study/worked_step.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "gradus/core/buffer.h"
#include "gradus/core/error.h"
#include "gradus/nn/propagation.h"

namespace gradus::study {
namespace {

using Values = std::vector<double>;

Values copied(std::span<const double> values) {
  return {values.begin(), values.end()};
}

Targets<double> targets_of(const GradientCheckProblem& problem) {
  const std::size_t outputs = problem.network.outputs();
  return {.labels = problem.labels,
          .values = {problem.values.data(), problem.values.size() / outputs, outputs},
          .weights = {}};
}

// The layers from `first` up to `end` with their parameters, on another input.
GradientCheckProblem part_of(const GradientCheckProblem& whole, std::size_t first, std::size_t end,
                             Values x) {
  GradientCheckProblem part = whole;
  const auto at = [&](std::size_t layer) {
    return whole.network.layers.begin() + static_cast<std::ptrdiff_t>(layer);
  };
  part.network = {.inputs = x.size(), .layers = {at(first), at(end)}};
  part.x = std::move(x);
  const ParameterTable from = parameter_table(whole.network);
  const ParameterTable to = parameter_table(part.network);
  part.parameters.assign(to.block_size, 0);
  std::size_t tensor = 0;
  while (tensor < from.tensors.size() && from.tensors[tensor].layer < first) ++tensor;
  for (const ParameterInfo& info : to.tensors) {
    const auto values = std::span(whole.parameters).subspan(from.tensors[tensor++].offset, info.size());
    std::ranges::copy(values, part.parameters.begin() + static_cast<std::ptrdiff_t>(info.offset));
  }
  return part;
}

Values output_of(const GradientCheckProblem& problem) {
  Propagation<double> propagation(problem.network, 1);
  const auto output = propagation.forward(problem.parameters, {problem.x.data(), 1, problem.x.size()});
  return copied(output.row(0));
}

struct Loss {
  double value = 0;
  Values slope;  // with respect to the outputs
};

Loss loss_of(const GradientCheckProblem& problem, const Values& output) {
  Loss loss{.value = 0, .slope = Values(output.size())};
  LossFunction<double> function(problem.loss, output.size(), 1);
  loss.value =
      function({output.data(), 1, output.size()}, targets_of(problem), {loss.slope.data(), 1, output.size()});
  return loss;
}

Values prediction_of(const LossSpec& loss, const Values& output) {
  Values prediction = output;
  const MatrixView<const double> from(output.data(), 1, output.size());
  const MatrixView<double> to(prediction.data(), 1, output.size());
  const Activation f = prediction_activation(loss.kind);
  if (f == Activation::kSoftmax) {
    kernels<double>().softmax_forward(from, to);
  } else {
    kernels<double>().activation_forward(f, from, to);
  }
  return prediction;
}

// Layer by layer: the values, and with them the slopes, which one more network of the layers above gives.
void add_layers(const GradientCheckProblem& problem, WorkedStep& step) {
  const std::vector<LayerSpec>& specs = problem.network.layers;
  Values below = problem.x;
  for (std::size_t first = 0; first < specs.size();) {
    GRADUS_ASSERT(specs[first].kind == LayerKind::kDense && specs[first].bias, first);
    const bool activated = first + 1 < specs.size() && specs[first + 1].kind == LayerKind::kActivation;
    const std::size_t next = first + (activated ? 2 : 1);
    WorkedLayer layer;
    layer.inputs = below.size();
    layer.outputs = specs[first].outputs;
    if (activated) layer.activation = specs[first + 1].activation;
    layer.z = output_of(part_of(problem, first, first + 1, below));
    layer.y = output_of(part_of(problem, first, next, below));
    if (next == specs.size()) {
      Loss loss = loss_of(problem, layer.y);
      step.loss = loss.value;
      layer.dy = std::move(loss.slope);
    } else {
      Values gradients;
      own_gradient()(part_of(problem, next, specs.size(), layer.y), gradients, layer.dy);
    }
    below = layer.y;
    step.layers.push_back(std::move(layer));
    first = next;
  }
  step.prediction = prediction_of(problem.loss, below);
}

// In the order of the table: weight and bias of each layer, then the input.
void add_gradients(const GradientCheckProblem& problem, WorkedStep& step) {
  const std::vector<GradientCheckEntry> entries = gradient_entries(problem);
  auto entry = entries.begin();
  const auto take = [&](std::size_t count, Values& gradient, Values& numeric) {
    for (std::size_t i = 0; i < count; ++i, ++entry) {
      gradient.push_back(entry->analytic);
      numeric.push_back(entry->numeric);
      if (entry->step != 0) step.largest_error = std::fmax(step.largest_error, entry->relative_error);
    }
  };
  for (WorkedLayer& layer : step.layers) {
    take(layer.inputs * layer.outputs, layer.weight.gradient, layer.weight.numeric);
    take(layer.outputs, layer.bias.gradient, layer.bias.numeric);
    layer.dz = layer.bias.gradient;  // of one sample
  }
  take(problem.x.size(), step.dx, step.dx_numeric);
}

// Moves the parameters of a problem again and again.
class Trainee {
 public:
  Trainee(GradientCheckProblem& problem, const OptimizerSpec& optimizer)
      : problem_(problem),
        optimizer_(optimizer, problem.parameters.size()),
        parameters_(problem.parameters.size()) {
    std::ranges::copy(problem.parameters, parameters_.span().begin());
  }

  void step() {
    Values dx;
    own_gradient()(problem_, gradients_, dx);
    optimizer_.step(parameters_.span(), gradients_, optimizer_.spec().learning_rate);
    std::ranges::copy(parameters_.span(), problem_.parameters.begin());
  }

  [[nodiscard]] std::span<const double> velocity() {
    return optimizer_.spec().rule == UpdateRule::kMomentum ? optimizer_.first_state() : std::span<double>();
  }

 private:
  GradientCheckProblem& problem_;
  Optimizer<double> optimizer_;
  AlignedBuffer<double> parameters_;
  Values gradients_;
};

}  // namespace

WorkedStep work_out_step(GradientCheckProblem problem, const OptimizerSpec& optimizer, std::size_t number) {
  GRADUS_ASSERT(problem.rows == 1 && number >= 1, problem.rows, number);
  Trainee trainee(problem, optimizer);
  for (std::size_t done = 1; done < number; ++done) trainee.step();
  WorkedStep step;
  add_layers(problem, step);
  add_gradients(problem, step);

  const Values before = problem.parameters;
  const Values velocity_before = copied(trainee.velocity());
  trainee.step();
  const ParameterTable table = parameter_table(problem.network);
  const auto fill = [&](WorkedTensor& tensor, const ParameterInfo& info) {
    const auto values = [&](std::span<const double> block) {
      return block.empty() ? Values() : copied(block.subspan(info.offset, info.size()));
    };
    tensor.before = values(before);
    tensor.after = values(problem.parameters);
    tensor.velocity_before = values(velocity_before);
    tensor.velocity = values(trainee.velocity());
  };
  for (std::size_t i = 0; i < step.layers.size(); ++i) {
    fill(step.layers[i].weight, table.tensors[2 * i]);
    fill(step.layers[i].bias, table.tensors[2 * i + 1]);
  }
  step.loss_after = loss_of(problem, output_of(problem)).value;
  return step;
}

}  // namespace gradus::study
