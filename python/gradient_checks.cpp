// The gradient check of the library: every operation, a configuration's network, a model.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>

#include "gradus/formats/model.h"
#include "gradus/nn/gradient_check.h"
#include "gradus/train/check_problem.h"
#include "python/bindings.h"
#include "python/configuration.h"

namespace gradus::python {

namespace nb = nanobind;

namespace {

nb::dict dict_of(const GradientCheckEntry& entry) {
  nb::dict described;
  described["tensor"] = entry.tensor;
  described["index"] = nb::make_tuple(entry.row, entry.col);
  described["analytic"] = entry.analytic;
  described["numeric"] = entry.numeric;
  described["relative_error"] = entry.relative_error;
  described["step"] = entry.step;
  return described;
}

nb::dict dict_of(const GradientCheckResult& result) {
  nb::list by_tensor;
  for (const GradientCheckEntry& entry : result.worst_by_tensor) by_tensor.append(dict_of(entry));
  nb::dict described;
  described["name"] = result.name;
  described["sizes"] = result.sizes;
  described["checked"] = result.checked;
  described["kinks"] = result.kinks;
  described["bound"] = result.bound;
  described["worst_by_tensor"] = by_tensor;
  return described;
}

nb::list check_operations() {
  nb::list all;
  for (const GradientCheckCase& one : gradient_check_cases()) {
    GradientCheckResult result;
    {
      const nb::gil_scoped_release released;
      result = check_gradient(one.name, one.make());
    }
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    all.append(dict_of(result));
  }
  return all;
}

nb::dict check_network(const std::optional<std::string>& config_file, const nb::dict& fields,
                       const Table* table, const std::string& data_folder, std::size_t rows,
                       std::size_t entries) {
  const RunRequest request = request_of(config_file, fields, table, data_folder);
  GradientCheckResult result;
  {
    const nb::gil_scoped_release released;
    Experiment experiment = make_experiment(request);
    result = check_gradient(config_file.value_or(request.config.data), check_problem(experiment, rows),
                            own_gradient(), entries);
  }
  return dict_of(result);
}

nb::dict check_model(const Model& model, const Table& table, std::size_t rows, std::size_t entries) {
  GradientCheckResult result;
  {
    const nb::gil_scoped_release released;
    const Dataset data = apply(model.transform, model.target, table, true);
    GradientCheckProblem problem = check_problem(model.network, model.loss, {}, data, model.transform, rows);
    std::visit(
        [&](const auto& block) { problem.parameters.assign(block.span().begin(), block.span().end()); },
        model.parameters);
    result = check_gradient("the network", problem, own_gradient(), entries);
  }
  return dict_of(result);
}

}  // namespace

void bind_gradient_checks(nb::module_& module) {
  module.attr("gradient_check_bound") = kGradientCheckBound;
  module.def("check_operations", &check_operations);
  module.def("check_network", &check_network, nb::arg("config_file").none(), nb::arg("fields"),
             nb::arg("table").none(), nb::arg("data_folder"), nb::arg("rows"), nb::arg("entries"));
  module.def("check_model", &check_model, nb::arg("model"), nb::arg("table"), nb::arg("rows"),
             nb::arg("entries"));
}

}  // namespace gradus::python
