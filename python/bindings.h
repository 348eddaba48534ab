// The parts of gradus._core, each in the file of its name. The Python that people see is in gradus/*.py.
#pragma once

#include <nanobind/nanobind.h>

namespace gradus::python {

void bind_tables(nanobind::module_& module);
void bind_models(nanobind::module_& module);  // after tables
void bind_training(nanobind::module_& module);
void bind_gradient_checks(nanobind::module_& module);
void bind_descents(nanobind::module_& module);
void bind_stored_runs(nanobind::module_& module);
void bind_studies(nanobind::module_& module);

// All of them, and the exceptions by which errors of the library are raised.
void bind_library(nanobind::module_& module);

}  // namespace gradus::python
