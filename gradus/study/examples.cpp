#include "gradus/study/examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gradus/study/worked_examples.h"

namespace gradus::study {
namespace {

// Of an example that takes no time: those that it gives.
template <ExampleFigures (*kWorkOut)()>
std::vector<Metric> names_of() {
  static const std::vector<Metric> names = [] {
    std::vector<Metric> metrics;
    for (auto& [name, value] : single_figures(kWorkOut())) metrics.push_back({.name = name});
    return metrics;
  }();
  return names;
}

template <ExampleFigures (*kWorkOut)()>
ExampleFigures alone(const SetUp&) {
  return kWorkOut();
}

template <ExampleFigures (*kWorkOut)()>
constexpr Example without_configuration(std::string_view name, std::string_view help) {
  return {name, help, false, names_of<kWorkOut>, alone<kWorkOut>};
}

constexpr std::array kExamples = {
    without_configuration<internal::radboud_numbers>(
        "radboud/numbers",
        "report 002's printed numbers, each under its name and its cell: `sigmoid_12b_0`, `loss_13a`"),
    without_configuration<internal::vu_q3>(
        "vu/q3",
        "report 003's network of three sigmoid units on one sample: `loss`, `h_0`, ..., its gradients "
        "`dw1_0`, ..., and the report's own backward pass: `mistaken_db1_0`, `mistaken_error`"),
    without_configuration<internal::vu_q3_asymmetric>(
        "vu/q3-asymmetric", "the same with weights that do not hide the report's mistake"),
    Example{
        "random-labels/q1-double-jacobian",
        "training with the softmax derivative applied once more (report 000): `test_loss`, `test_accuracy`, "
        "and what a gradient check says of it, `mistaken_error`, beside the right `gradient_error`",
        true, internal::double_jacobian_figures, internal::double_jacobian},
};

}  // namespace

std::span<const Example> examples() {
  return kExamples;
}

const Example* find_example(std::string_view name) {
  const auto found = std::ranges::find(kExamples, name, &Example::name);
  return found == kExamples.end() ? nullptr : &*found;
}

std::vector<std::pair<std::string, double>> single_figures(const ExampleFigures& figures) {
  std::vector<std::pair<std::string, double>> singles;
  for (const auto& [name, values] : figures) {
    for (std::size_t i = 0; i < values.size(); ++i)
      singles.emplace_back(values.size() == 1 ? name : fmt::format("{}_{}", name, i), values[i]);
  }
  return singles;
}

}  // namespace gradus::study
