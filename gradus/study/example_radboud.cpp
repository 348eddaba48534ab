// The printed numbers of report 002 (Radboud NWI-IMC070, 2023), made again with gradus's kernels, losses, initializers
// and generator: its cells 1.2b to 1.6, each with a fresh default_rng(12345). A figure bears the report's own name and
// its cell: sigmoid_12b, dx_14a. Cell 1.6 scales the digits.
#include <cmath>
#include <utility>

#include "gradus/core/random.h"
#include "gradus/core/sum.h"
#include "gradus/kernels/kernels.h"
#include "gradus/nn/initializer.h"
#include "gradus/nn/loss.h"
#include "gradus/study/worked_examples.h"

namespace gradus::study {
namespace {

using Values = std::vector<double>;

constexpr std::size_t kRows = 3;
constexpr std::size_t kInputs = 5;
constexpr std::size_t kOutputs = 7;

Generator fresh() {
  return {GeneratorKind::kPcg64, 12345};
}

Values uniform(Generator& generator, double low, double high, std::size_t count) {
  Values values(count);
  for (double& value : values) value = generator.uniform(low, high);
  return values;
}

Values normal(Generator& generator, std::size_t count) {
  Values values(count);
  for (double& value : values) value = generator.normal();
  return values;
}

MatrixView<const double> row_of(const Values& values) {
  return {values.data(), 1, values.size()};
}

Values forward(Activation f, const Values& z) {
  Values y(z.size());
  kernels<double>().activation_forward(f, row_of(z), {y.data(), 1, y.size()});
  return y;
}

// dy f'(z)
Values backward(Activation f, const Values& z, double dy = 1) {
  const Values y = forward(f, z);
  const Values dy_values(z.size(), dy);
  Values dz(z.size());
  kernels<double>().activation_backward({f, row_of(z), row_of(y)}, row_of(dy_values),
                                        {dz.data(), 1, dz.size()});
  return dz;
}

// (f(x + up) - f(x - down)) / (up + down), entry by entry.
template <class Function>
Values difference_quotient(const Values& x, double up, double down, double divisor, Function f) {
  Values above = x;
  Values below = x;
  for (double& value : above) value += up;
  for (double& value : below) value -= down;
  above = f(above);
  below = f(below);
  Values quotient(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) quotient[i] = (above[i] - below[i]) / divisor;
  return quotient;
}

// The report's Linear: product_uniform weights, no bias to begin with.
Values draw_linear(Generator& generator) {
  Values w(kInputs * kOutputs);
  initialize({.kind = InitializerKind::kProductUniform}, MatrixView<double>(w.data(), kInputs, kOutputs),
             generator);
  return w;
}

Values linear(const Values& x, const Values& w, const Values& bias) {
  const std::size_t rows = x.size() / kInputs;
  Values y(rows * kOutputs);
  kernels<double>().dense_forward({x.data(), rows, kInputs}, {w.data(), kInputs, kOutputs}, bias.data(),
                                  Activation::kIdentity, {}, {y.data(), rows, kOutputs}, {0, kOutputs});
  return y;
}

// With respect to x, where each of the outputs has gradient dy.
Values linear_backward(const Values& x, const Values& w, double dy = 1) {
  const Values dz(kRows * kOutputs, dy);
  Values dx(kRows * kInputs);
  kernels<double>().dense_input_gradient({dz.data(), kRows, kOutputs}, {w.data(), kInputs, kOutputs},
                                         {Activation::kIdentity, {}, {x.data(), kRows, kInputs}},
                                         {dx.data(), kRows, kInputs}, {0, kInputs}, false);
  return dx;
}

struct LossAndGradient {
  Values terms;
  Values gradient;
};

LossAndGradient cross_entropy(const std::vector<std::int32_t>& labels, const Values& p) {
  LossFunction<double> loss(
      {.kind = LossKind::kBinaryCrossEntropyProbability, .reduction = gradus::Reduction::kSum}, 1, p.size());
  LossAndGradient result{.terms = {}, .gradient = Values(p.size())};
  (void)loss({p.data(), p.size(), 1}, {.labels = labels, .values = {}, .weights = {}},
             {result.gradient.data(), p.size(), 1});
  result.terms.assign(loss.terms().begin(), loss.terms().end());
  return result;
}

void add_functions(ExampleFigures& figures) {
  Generator generator = fresh();
  const Values x = uniform(generator, -10, 10, 5);
  const double h = 0.001;
  figures.push_back({"x_12b", x});
  figures.push_back({"sigmoid_12b", forward(Activation::kSigmoid, x)});
  figures.push_back({"sigmoid_grad_12b", backward(Activation::kSigmoid, x)});
  figures.push_back({"sigmoid_grad_numerical_12c",
                     difference_quotient(x, h / 2, h / 2, h,
                                         [](const Values& z) { return forward(Activation::kSigmoid, z); })});
  figures.push_back({"relu_12f", forward(Activation::kRelu, x)});
  figures.push_back({"relu_grad_12f", backward(Activation::kRelu, x)});
  figures.push_back({"relu_grad_numerical_12f", difference_quotient(x, h / 2, h / 2, h, [](const Values& z) {
                       return forward(Activation::kRelu, z);
                     })});
}

void add_cross_entropy(ExampleFigures& figures) {
  Generator generator = fresh();
  std::vector<std::int32_t> labels(5);
  for (std::int32_t& label : labels) label = static_cast<std::int32_t>(generator.integers(0, 2));
  const Values p = uniform(generator, 0, 1, 5);
  const double h = 0.001;
  const LossAndGradient loss = cross_entropy(labels, p);
  const Values numeric =
      difference_quotient(p, h, h, 2 * h, [&](const Values& q) { return cross_entropy(labels, q).terms; });
  Values difference(5);
  for (std::size_t i = 0; i < 5; ++i) difference[i] = std::abs(loss.gradient[i] - numeric[i]);
  figures.push_back({"y_12k", Values(labels.begin(), labels.end())});
  figures.push_back({"y_hat_12k", p});
  figures.push_back({"bce_loss_12k", loss.terms});
  figures.push_back({"bce_loss_grad_12k", loss.gradient});
  figures.push_back({"bce_loss_grad_numerical_12k", numeric});
  figures.push_back({"difference_12k", difference});
}

// One sigmoid unit on five inputs with target 1.
struct Model {
  Values w;
  double b = 0;

  [[nodiscard]] LossAndGradient loss(const Values& x) const {
    Values p(1);
    kernels<double>().dense_forward(row_of(x), {w.data(), 5, 1}, &b, Activation::kSigmoid, {},
                                    {p.data(), 1, 1}, {0, 1});
    LossAndGradient result = cross_entropy({1}, p);
    Values dz(1);
    kernels<double>().activation_backward({Activation::kSigmoid, {}, row_of(p)}, row_of(result.gradient),
                                          {dz.data(), 1, 1});
    result.gradient.resize(5);
    kernels<double>().dense_input_gradient(row_of(dz), {w.data(), 5, 1},
                                           {Activation::kIdentity, {}, row_of(x)},
                                           {result.gradient.data(), 1, 5}, {0, 5}, false);
    return result;
  }
};

void add_model(ExampleFigures& figures) {
  Generator generator = fresh();
  Model model;
  model.w = normal(generator, 5);
  model.b = generator.normal();
  const Values x = uniform(generator, 0, 1, 5);
  figures.push_back({"w_13a", model.w});
  figures.push_back({"b_13a", {model.b}});
  figures.push_back({"x_13a", x});
  figures.push_back({"loss_13a", model.loss(x).terms});
  figures.push_back({"grad_x_13a", model.loss(x).gradient});

  Generator again = fresh();
  const Values other = uniform(again, 0, 1, 5);
  const double eps = 1e-5;
  Values numeric(5);
  for (std::size_t i = 0; i < 5; ++i) {
    Values above = other;
    Values below = other;
    above[i] += eps / 2;
    below[i] -= eps / 2;
    numeric[i] = (model.loss(above).terms[0] - model.loss(below).terms[0]) / eps;
  }
  figures.push_back({"x_13b", other});
  figures.push_back({"symbolic_gradient_13b", model.loss(other).gradient});
  figures.push_back({"numerical_gradient_13b", numeric});
}

void add_layers(ExampleFigures& figures) {
  Generator generator = fresh();
  const Values x = uniform(generator, 0, 1, kRows * kInputs);
  const Values w = draw_linear(generator);
  figures.push_back({"x_14a", x});
  figures.push_back({"w_14a", w});
  figures.push_back({"y_14a", linear(x, w, Values(kOutputs))});
  figures.push_back({"dx_14a", linear_backward(x, w)});

  generator = fresh();
  const Values z = normal(generator, kRows * kInputs);
  figures.push_back({"x_14b", z});
  figures.push_back({"y_14b", forward(Activation::kSigmoid, z)});
  figures.push_back({"dx_14b", backward(Activation::kSigmoid, z)});

  generator = fresh();
  const Values wide = uniform(generator, -10, 10, kRows * kInputs);
  figures.push_back({"x_14c", wide});
  figures.push_back({"y_14c", forward(Activation::kRelu, wide)});
  figures.push_back({"dx_14c", backward(Activation::kRelu, wide)});
}

// scipy.optimize.check_grad of 2 sum(outputs): the Euclidean distance between `analytic` and forward
// differences. The doubling finds a layer that forgets dy; no text states it, the report's figures do.
constexpr double kDy = 2;

template <class Function>
double check_grad(const Values& analytic, const Values& at, Function outputs) {
  const double step = 1.4901161193847656e-08;
  const double here = kDy * numpy_sum(outputs(at));
  Values squares(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    Values moved = at;
    moved[i] += step;
    const double difference = analytic[i] - (kDy * numpy_sum(outputs(moved)) - here) / (moved[i] - at[i]);
    squares[i] = difference * difference;
  }
  return std::sqrt(numpy_sum(squares));
}

void add_linear_checks(ExampleFigures& figures) {
  Generator generator = fresh();
  const Values no_bias(kOutputs);
  Values w = draw_linear(generator);
  Values x = uniform(generator, -10, 10, kRows * kInputs);
  figures.push_back({"linear_err_dx_14d", {check_grad(linear_backward(x, w, kDy), x, [&](const Values& at) {
                       return linear(at, w, no_bias);
                     })}});

  const Values dz(kRows * kOutputs, kDy);
  Values dw(kInputs * kOutputs);
  Values db(kOutputs);
  const auto weight_gradient = [&] {
    kernels<double>().dense_weight_gradient({x.data(), kRows, kInputs}, {dz.data(), kRows, kOutputs},
                                            {dw.data(), kInputs, kOutputs}, db.data(), {0, kOutputs});
  };
  x = uniform(generator, 0, 1, kRows * kInputs);
  (void)draw_linear(generator);
  w = uniform(generator, -10, 10, kInputs * kOutputs);
  weight_gradient();
  figures.push_back(
      {"linear_err_dw_14d", {check_grad(dw, w, [&](const Values& at) { return linear(x, at, no_bias); })}});

  x = uniform(generator, 0, 1, kRows * kInputs);
  w = draw_linear(generator);
  const Values bias = uniform(generator, -10, 10, kOutputs);
  weight_gradient();
  figures.push_back(
      {"linear_err_db_14d", {check_grad(db, bias, [&](const Values& at) { return linear(x, w, at); })}});
}

void add_activation_checks(ExampleFigures& figures) {
  const auto check_activation = [](Activation f, double low) {
    Generator generator = fresh();
    const Values x = uniform(generator, low, 10, 5);
    return Values{check_grad(backward(f, x, kDy), x, [f](const Values& at) { return forward(f, at); })};
  };
  figures.push_back({"sigmoid_err_dx_14d", check_activation(Activation::kSigmoid, -10)});
  figures.push_back({"relu_err_dx_14d", check_activation(Activation::kRelu, 1)});
}

// Lowest and highest pixel once all 1,797 pictures are scaled together.
void add_digits(ExampleFigures& figures) {
  RunConfig config;
  config.data = "digits";
  config.validation = config.test = "0";
  config.standardize = "global";
  const Transform transform = set_up(config, {}).data.transform;
  const auto scaled = [&](double pixel) { return (pixel - transform.shift[0]) / transform.scale[0]; };
  figures.push_back({"min_16", {scaled(0)}});
  figures.push_back({"max_16", {scaled(16)}});
}

}  // namespace

ExampleFigures internal::radboud_numbers() {
  ExampleFigures figures;
  add_functions(figures);
  add_cross_entropy(figures);
  add_model(figures);
  add_layers(figures);
  add_linear_checks(figures);
  add_activation_checks(figures);
  add_digits(figures);
  return figures;
}

}  // namespace gradus::study
