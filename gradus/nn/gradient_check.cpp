// The numeric side of the check (central differences of ReferenceModel's loss) and the comparison.
#include "gradus/nn/gradient_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "gradus/core/error.h"
#include "gradus/nn/propagation.h"
#include "gradus/nn/reference_model.h"

namespace gradus {
namespace {

constexpr double kSmallestScale = 1e-8;
// Steps are relative to max(1, |w|). From the largest down by the factor for as long as two in a row agree
// better than the two before: truncation falls with step^4, rounding grows with 1/step, and where they cross
// depends on the problem.
constexpr double kLargestStep = 1e-3;
constexpr double kSmallestStep = 1e-6;
constexpr double kStepFactor = 4;

struct NumericSlope {
  double value = 0;
  double step = 0;
};

// Slopes of the reference loss with respect to one parameter or input entry at a time.
class NumericGradient {
 public:
  explicit NumericGradient(const GradientCheckProblem& problem)
      : model_(problem), parameters_(problem.parameters), x_(problem.x) {}

  [[nodiscard]] std::vector<double>& parameters() { return parameters_; }
  [[nodiscard]] std::vector<double>& x() { return x_; }

  // `entry` is an element of parameters() or x(), given back as it was. None where a kink lies within the
  // smallest step.
  std::optional<NumericSlope> slope(double& entry) {
    (void)model_.loss(parameters_, x_);
    sides_here_ = model_.sides();
    const double unit = std::max(1.0, std::abs(entry));
    std::optional<NumericSlope> best;
    double best_change = std::numeric_limits<double>::infinity();
    for (double step = kLargestStep * unit; step >= kSmallestStep * unit; step /= kStepFactor) {
      const std::optional<double> slope = five_point(entry, step);
      if (!slope) continue;
      if (best) {
        const double change = std::abs(*slope - best->value);
        if (!(change < best_change)) break;
        best_change = change;
      }
      best = {.value = *slope, .step = step};
    }
    return best;
  }

 private:
  // (8 (f(w+h) - f(w-h)) - (f(w+2h) - f(w-2h))) / 12h; none where a probe is on another side of a kink.
  std::optional<double> five_point(double& entry, double step) {
    const double centre = entry;
    double differences[2];
    bool straddles = false;
    for (int i = 0; i < 2; ++i) {
      entry = centre + (i + 1) * step;
      const double above = model_.loss(parameters_, x_);
      straddles = straddles || model_.sides() != sides_here_;
      entry = centre - (i + 1) * step;
      const double below = model_.loss(parameters_, x_);
      straddles = straddles || model_.sides() != sides_here_;
      differences[i] = above - below;
    }
    entry = centre;
    if (straddles) return std::nullopt;
    return (8 * differences[0] - differences[1]) / (12 * step);
  }

  ReferenceModel model_;
  std::vector<double> parameters_;
  std::vector<double> x_;
  std::vector<std::int8_t> sides_here_;
};

struct Tensor {
  std::string name;
  std::span<const double> analytic;
  std::span<double> entries;  // of the numeric side, moved by the probes
  std::size_t cols = 0;
};

// A first NaN is worse than everything, and stays.
bool is_worse(const GradientCheckEntry& entry, const GradientCheckEntry& than) {
  return !std::isnan(than.relative_error) && !(entry.relative_error <= than.relative_error);
}

double scale_of(const Tensor& tensor) {
  double scale = kSmallestScale;
  for (const double value : tensor.analytic) scale = std::max(scale, std::abs(value));
  return scale;
}

// Numeric and error are NaN, and the step 0, at a kink.
GradientCheckEntry entry_of(const Tensor& tensor, std::size_t index, double scale, NumericGradient& numeric) {
  const NumericSlope at_a_kink{.value = std::numeric_limits<double>::quiet_NaN(), .step = 0};
  const NumericSlope slope = numeric.slope(tensor.entries[index]).value_or(at_a_kink);
  const double analytic = tensor.analytic[index];
  return {.tensor = tensor.name,
          .row = index / tensor.cols,
          .col = index % tensor.cols,
          .analytic = analytic,
          .numeric = slope.value,
          .relative_error = std::abs(analytic - slope.value) / scale,
          .step = slope.step};
}

void check_tensor(const Tensor& tensor, NumericGradient& numeric, std::size_t max_entries,
                  GradientCheckResult& result) {
  const double scale = scale_of(tensor);
  const std::size_t size = tensor.entries.size();
  const std::size_t count = max_entries == 0 ? size : std::min(size, max_entries);
  std::optional<GradientCheckEntry> worst;
  for (std::size_t i = 0; i < count; ++i) {
    const GradientCheckEntry entry = entry_of(tensor, i * size / count, scale, numeric);
    if (entry.step == 0) {
      ++result.kinks;
      continue;
    }
    ++result.checked;
    if (!worst || is_worse(entry, *worst)) worst = entry;
  }
  if (worst) result.worst_by_tensor.push_back(*worst);
}

std::string sizes_of(const GradientCheckProblem& problem) {
  std::string text = std::to_string(problem.network.inputs);
  for (const LayerSpec& layer : problem.network.layers) {
    if (layer.kind == LayerKind::kDense) text += fmt::format("-{}", layer.outputs);
  }
  return fmt::format("{}, batch {}", text, problem.rows);
}

void assert_consistent(const GradientCheckProblem& problem, const ParameterTable& table) {
  GRADUS_ASSERT(problem.parameters.size() == table.block_size, problem.parameters.size(), table.block_size);
  GRADUS_ASSERT(problem.x.size() == problem.rows * problem.network.inputs, problem.x.size(), problem.rows,
                problem.network.inputs);
}

}  // namespace

AnalyticGradient own_gradient() {
  return [](const GradientCheckProblem& problem, std::vector<double>& gradients, std::vector<double>& dx) {
    const std::size_t rows = problem.rows;
    const std::size_t inputs = problem.network.inputs;
    const std::size_t outputs = problem.network.outputs();
    const std::span<const double> parameters = problem.parameters;
    Propagation<double> propagation(problem.network, rows);
    LossFunction<double> loss(problem.loss, outputs, rows);
    const Targets<double> targets{.labels = problem.labels,
                                  .values = {problem.values.data(), problem.values.size() / outputs, outputs},
                                  .weights = problem.sample_weights};
    std::vector<double> doutput(rows * outputs);
    const MatrixView<double> doutput_view(doutput.data(), rows, outputs);
    gradients.assign(parameters.size(), 0);
    dx.assign(problem.x.size(), 0);
    const MatrixView<const double> output =
        propagation.forward(parameters, {problem.x.data(), rows, inputs}, {problem.dropout_seed, 0});
    (void)loss(output, targets, doutput_view);
    propagation.backward(parameters, doutput_view, gradients, {dx.data(), rows, inputs});
    add_penalty_gradient<double>(problem.penalty, propagation.parameters(), parameters, gradients);
  };
}

namespace {

// `each(tensor, numeric)` for every tensor that has a gradient, and the input.
template <class Each>
void for_each_tensor(const GradientCheckProblem& problem, const AnalyticGradient& gradient,
                     const Each& each) {
  const ParameterTable table = parameter_table(problem.network);
  assert_consistent(problem, table);
  std::vector<double> gradients;
  std::vector<double> dx;
  gradient(problem, gradients, dx);
  GRADUS_ASSERT(gradients.size() == table.block_size && dx.size() == problem.x.size(), gradients.size(),
                dx.size());
  NumericGradient numeric(problem);
  for (const ParameterInfo& info : table.tensors) {
    if (info.is_buffer) continue;
    each({.name = info.name,
          .analytic = std::span(gradients).subspan(info.offset, info.size()),
          .entries = std::span(numeric.parameters()).subspan(info.offset, info.size()),
          .cols = info.cols},
         numeric);
  }
  each({.name = "input", .analytic = dx, .entries = numeric.x(), .cols = problem.network.inputs}, numeric);
}

}  // namespace

GradientCheckResult check_gradient(const std::string& name, const GradientCheckProblem& problem,
                                   const AnalyticGradient& gradient, std::size_t max_entries_per_tensor) {
  GradientCheckResult result;
  result.name = name;
  result.sizes = sizes_of(problem);
  for_each_tensor(problem, gradient, [&](const Tensor& tensor, NumericGradient& numeric) {
    check_tensor(tensor, numeric, max_entries_per_tensor, result);
  });
  for (const GradientCheckEntry& entry : result.worst_by_tensor) {
    if (result.worst.tensor.empty() || is_worse(entry, result.worst)) result.worst = entry;
  }
  result.step = result.worst.step;
  return result;
}

std::vector<GradientCheckEntry> gradient_entries(const GradientCheckProblem& problem,
                                                 const AnalyticGradient& gradient) {
  std::vector<GradientCheckEntry> entries;
  for_each_tensor(problem, gradient, [&](const Tensor& tensor, NumericGradient& numeric) {
    const double scale = scale_of(tensor);
    for (std::size_t i = 0; i < tensor.entries.size(); ++i)
      entries.push_back(entry_of(tensor, i, scale, numeric));
  });
  return entries;
}

}  // namespace gradus
