// Descents on functions of two variables, and the functions as heights.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gradus/optim/minimize.h"
#include "python/arrays.h"
#include "python/bindings.h"

namespace gradus::python {
namespace {

nb::dict descend(const std::string& function, std::optional<std::pair<double, double>> start,
                 const std::string& optimizer, double learning_rate, double decay, double momentum,
                 std::size_t steps) {
  DescentSpec spec;
  spec.function = function;
  if (start) spec.start = Point2{start->first, start->second};
  spec.optimizer = optimizer;
  spec.learning_rate = learning_rate;
  spec.decay = decay;
  spec.momentum = momentum;
  spec.steps = steps;
  const Descent descent = minimize(spec);
  std::vector<std::int64_t> numbers;
  std::vector<double> columns[4];
  for (const DescentStep& step : descent.path) {
    numbers.push_back(static_cast<std::int64_t>(step.step));
    columns[0].push_back(step.point.x);
    columns[1].push_back(step.point.y);
    columns[2].push_back(step.value);
    columns[3].push_back(step.learning_rate);
  }
  nb::dict path;
  path["step"] = array_of(std::move(numbers));
  path["x"] = array_of(std::move(columns[0]));
  path["y"] = array_of(std::move(columns[1]));
  path["value"] = array_of(std::move(columns[2]));
  path["learning_rate"] = array_of(std::move(columns[3]));
  nb::dict result;
  result["path"] = path;
  result["diverged"] = descent.outcome == DescentOutcome::kDiverged;
  return result;
}

nb::dict describe(const std::string& name) {
  const Function2 function = function_from_text(name);
  nb::list minima;
  for (const Point2& point : function.minima) minima.append(nb::make_tuple(point.x, point.y));
  nb::dict described;
  described["formula"] = function.formula;
  described["low"] = function.low;
  described["high"] = function.high;
  described["minima"] = minima;
  return described;
}

// (rows of y, columns of x)
nb::ndarray<nb::numpy, double> heights(const std::string& name, Vector<double> x, Vector<double> y) {
  const Function2 function = function_from_text(name);
  std::vector<double> values;
  values.reserve(x.size() * y.size());
  for (std::size_t row = 0; row < y.size(); ++row) {
    for (std::size_t col = 0; col < x.size(); ++col)
      values.push_back(function.value({x.data()[col], y.data()[row]}));
  }
  return array_of(std::move(values), {y.size(), x.size()});
}

}  // namespace

void bind_descents(nb::module_& module) {
  module.def("descend", &descend, nb::arg("function"), nb::arg("start").none(), nb::arg("optimizer"),
             nb::arg("learning_rate"), nb::arg("decay"), nb::arg("momentum"), nb::arg("steps"));
  module.def("function_of_two_variables", &describe, nb::arg("name"));
  module.def("heights", &heights, nb::arg("name"), nb::arg("x"), nb::arg("y"));
}

}  // namespace gradus::python
