// gradus._core: what the Python package needs of the library, as plain as it can be. The estimators' rules are in Python.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <string>

#include "gradus/kernels/kernels.h"
#include "gradus/kernels/numerics_version.h"
#include "python/bindings.h"
#include "python/estimator_network.h"

NB_MODULE(_core, module) {
  using namespace gradus;
  using namespace gradus::python;
  module.attr("numerics_version") = kNumericsVersion;
  module.def("kernel_set", [] { return std::string(kernels<float>().name); });
  bind_estimator_training(module);
  bind_estimator_model(module);
  bind_library(module);
}
