// The parts of the binding in their order, and gradus::Error as Python's exceptions.
#include <exception>

#include "gradus/core/error.h"
#include "python/bindings.h"

namespace gradus::python {

namespace nb = nanobind;

namespace {

PyObject* exception_type(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound:
      return PyExc_FileNotFoundError;
    case ErrorCode::kFile:
    case ErrorCode::kNetwork:
      return PyExc_OSError;
    default:
      return PyExc_ValueError;
  }
}

}  // namespace

void bind_library(nb::module_& module) {
  nb::register_exception_translator([](const std::exception_ptr& raised, void*) {
    try {
      std::rethrow_exception(raised);
    } catch (const Error& error) {
      PyErr_SetString(exception_type(error.code()), error.what());
    }
  });
  bind_tables(module);
  bind_models(module);
  bind_training(module);
  bind_gradient_checks(module);
  bind_descents(module);
  bind_stored_runs(module);
  bind_studies(module);
}

}  // namespace gradus::python
