// gradus._core: what the Python package needs of the library, as plain as it can be. The estimators' rules are in Python.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/kernels/kernels.h"
#include "gradus/kernels/numerics_version.h"
#include "gradus/optim/lbfgs.h"
#include "gradus/train/array_training.h"
#include "gradus/train/full_batch.h"
#include "python/bindings.h"

namespace nb = nanobind;

namespace gradus::python {
namespace {

template <class T>
using Matrix = nb::ndarray<const T, nb::shape<-1, -1>, nb::c_contig, nb::device::cpu>;
template <class T>
using Vector = nb::ndarray<const T, nb::shape<-1>, nb::c_contig, nb::device::cpu>;
using Labels = std::optional<Vector<std::int32_t>>;
using Values = std::optional<Matrix<double>>;
using Weights = std::optional<Vector<double>>;

template <class T>
using Tensors = std::vector<Vector<T>>;  // in the order of parameter_table(), each flat

// The network, loss and optimizer as Python spells them.
struct Settings {
  std::vector<std::size_t> widths;  // inputs, hidden ..., outputs
  std::string activation;
  std::string loss;
  double alpha = 0;
  double slope_factor = 1;
};

NetworkSpec network_of(const Settings& settings) {
  const auto& widths = settings.widths;
  return multilayer_perceptron(widths.front(), {widths.begin() + 1, widths.end() - 1}, widths.back(),
                               activation_from_name(settings.activation));
}

LossSpec loss_of(const Settings& settings) {
  LossSpec loss;
  loss.kind = loss_from_name(settings.loss);
  return loss;
}

template <class T>
std::vector<T> values_of(
    const std::optional<nb::ndarray<const T, nb::shape<-1>, nb::c_contig, nb::device::cpu>>& array) {
  return array ? std::vector<T>(array->data(), array->data() + array->size()) : std::vector<T>();
}

ArrayTargets targets_of(const Labels& labels, const Values& values, const Weights& weights) {
  ArrayTargets targets;
  targets.labels = values_of<std::int32_t>(labels);
  if (values) targets.values.assign(values->data(), values->data() + values->size());
  targets.weights = values_of<double>(weights);
  return targets;
}

// The flat block out of one array per tensor.
template <class T, class Block>
Block block_of(const NetworkSpec& network, const Tensors<T>& tensors) {
  const ParameterTable table = parameter_table(network);
  if (tensors.size() != table.tensors.size())
    throw nb::value_error("one array for each tensor of the network is wanted");
  Block block(table.block_size);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const ParameterInfo& info = table.tensors[i];
    if (tensors[i].size() != info.size())
      throw nb::value_error(("wrong size of the tensor " + info.name).c_str());
    std::copy_n(tensors[i].data(), info.size(), block.data() + info.offset);
  }
  return block;
}

// A new array that owns its memory.
template <class T>
nb::ndarray<nb::numpy, T> array_of(std::vector<T> values, std::vector<std::size_t> shape) {
  auto* owned = new std::vector<T>(std::move(values));
  const nb::capsule owner(owned,
                          [](void* pointer) noexcept { delete static_cast<std::vector<T>*>(pointer); });
  return {owned->data(), shape.size(), shape.data(), owner};
}

template <class T, class U>
nb::list tensors_of(const NetworkSpec& network, std::span<const U> block) {
  nb::list tensors;
  for (const ParameterInfo& info : parameter_table(network).tensors) {
    const auto part = block.subspan(info.offset, info.size());
    const std::vector<std::size_t> shape =
        info.is_weight ? std::vector<std::size_t>{info.rows, info.cols} : std::vector<std::size_t>{info.cols};
    tensors.append(array_of<T>(std::vector<T>(part.begin(), part.end()), shape));
  }
  return tensors;
}

// Asks Python whether a signal, such as that of Ctrl-C, wants to be heard; its exception is left set.
bool interrupted() {
  const nb::gil_scoped_acquire held;
  return PyErr_CheckSignals() != 0;
}

template <class T>
class Training {
 public:
  Training(const Settings& settings, const std::string& optimizer, double momentum, double beta1,
           double beta2, double epsilon, std::size_t batch_size, std::size_t threads,
           const Tensors<T>& tensors)
      : network_(network_of(settings)) {
    ArrayTrainingSpec spec;
    spec.network = network_;
    spec.loss = loss_of(settings);
    spec.penalty.l2 = settings.alpha;
    spec.optimizer.rule = optimizer_from_name(optimizer);
    spec.optimizer.momentum = momentum;
    spec.optimizer.beta1 = beta1;
    spec.optimizer.beta2 = beta2;
    spec.optimizer.epsilon = epsilon;
    spec.optimizer.epsilon_before_correction = true;
    spec.step.penalty_over_batch = true;
    spec.step.slope_factor = settings.slope_factor;
    spec.batch_size = batch_size;
    spec.threads = threads;
    const auto block = block_of<T, std::vector<T>>(network_, tensors);
    const nb::gil_scoped_release released;  // choosing threads takes milliseconds
    training_ = std::make_unique<ArrayTraining<T>>(spec, block);
  }

  void set_data(Matrix<T> x, const Labels& labels, const Values& values, const Weights& weights) {
    // The array may be freed without the interpreter's lock, when the training is.
    auto owner = std::shared_ptr<Matrix<T>>(new Matrix<T>(x), [](Matrix<T>* array) {
      const nb::gil_scoped_acquire held;
      delete array;
    });
    training_->set_data({x.data(), x.size()}, std::move(owner), targets_of(labels, values, weights));
  }

  double epoch(Vector<std::uint32_t> samples, std::size_t batch_size, double learning_rate) {
    double loss = 0;
    {
      const nb::gil_scoped_release released;
      loss = training_->epoch({samples.data(), samples.size()}, batch_size, learning_rate, interrupted);
    }
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    return loss;
  }

  [[nodiscard]] nb::list tensors() const { return tensors_of<T, T>(network_, training_->parameters()); }
  void scale_velocity(double factor) { training_->scale_velocity(factor); }
  [[nodiscard]] std::size_t threads() const { return training_->threads(); }

  nb::tuple memory() {
    OptimizerMemory<T> memory = training_->optimizer_memory();
    const std::size_t first = memory.first.size();
    const std::size_t second = memory.second.size();
    return nb::make_tuple(memory.steps, array_of<T>(std::move(memory.first), {first}),
                          array_of<T>(std::move(memory.second), {second}));
  }

  void restore(std::uint64_t steps, Vector<T> first, Vector<T> second) {
    training_->restore(
        {steps, {first.data(), first.data() + first.size()}, {second.data(), second.data() + second.size()}});
  }

 private:
  NetworkSpec network_;
  std::unique_ptr<ArrayTraining<T>> training_;
};

template <class T>
nb::ndarray<nb::numpy, T> outputs(const Settings& settings, const Tensors<T>& tensors, Matrix<T> x) {
  const NetworkSpec network = network_of(settings);
  if (x.shape(1) != network.inputs) throw nb::value_error("wrong number of columns");
  const auto block = block_of<T, AlignedBuffer<T>>(network, tensors);
  std::vector<T> values(x.shape(0) * network.outputs());
  {
    const nb::gil_scoped_release released;
    network_outputs<T>(network, loss_of(settings).kind, block.span(), {x.data(), x.shape(0), x.shape(1)},
                       {values.data(), x.shape(0), network.outputs()});
  }
  return array_of<T>(std::move(values), {x.shape(0), network.outputs()});
}

// Tensors, value, iterations, evaluations, and how it ended.
template <class T>
nb::tuple minimize(const Settings& settings, const Tensors<T>& tensors, Matrix<T> x, const Labels& labels,
                   const Values& values, const Weights& weights, std::size_t max_iterations,
                   std::size_t max_evaluations, double tolerance) {
  const NetworkSpec network = network_of(settings);
  const auto start = block_of<T, std::vector<T>>(network, tensors);
  std::vector<double> at(start.begin(), start.end());
  ArrayTargets targets = targets_of(labels, values, weights);
  LbfgsOptions options;
  options.max_iterations = max_iterations;
  options.max_evaluations = max_evaluations;
  options.gradient_tolerance = tolerance;
  LbfgsResult result;
  {
    const nb::gil_scoped_release released;
    FullBatch<T> loss(network, loss_of(settings), {.l1 = 0, .l2 = settings.alpha},
                      {x.data(), x.shape(0), x.shape(1)}, std::move(targets), settings.slope_factor);
    result = minimize_lbfgs(std::ref(loss), at, options, [](std::size_t, double) { return !interrupted(); });
  }
  const bool was_interrupted = PyErr_Occurred() != nullptr;
  if (was_interrupted) PyErr_Clear();
  constexpr const char* kEnds[] = {"converged", "max_iter", "max_fun", "no_progress", "interrupted"};
  return nb::make_tuple(tensors_of<T, double>(network, at), result.value, result.iterations,
                        result.evaluations, kEnds[static_cast<std::size_t>(result.end)]);
}

template <class T>
void add(nb::module_& module, const char* name) {
  nb::class_<Training<T>>(module, name)
      .def(nb::init<const Settings&, const std::string&, double, double, double, double, std::size_t,
                    std::size_t, const Tensors<T>&>(),
           nb::arg("settings"), nb::arg("optimizer"), nb::arg("momentum"), nb::arg("beta1"), nb::arg("beta2"),
           nb::arg("epsilon"), nb::arg("batch_size"), nb::arg("threads"), nb::arg("tensors"))
      .def("set_data", &Training<T>::set_data, nb::arg("x"), nb::arg("labels").none(),
           nb::arg("values").none(), nb::arg("weights").none())
      .def("epoch", &Training<T>::epoch, nb::arg("samples"), nb::arg("batch_size"), nb::arg("learning_rate"))
      .def("tensors", &Training<T>::tensors)
      .def("scale_velocity", &Training<T>::scale_velocity, nb::arg("factor"))
      .def("memory", &Training<T>::memory)
      .def("restore", &Training<T>::restore, nb::arg("steps"), nb::arg("first"), nb::arg("second"))
      .def_prop_ro("threads", &Training<T>::threads);
  module.def("outputs", &outputs<T>, nb::arg("settings"), nb::arg("tensors"), nb::arg("x"));
  module.def("minimize", &minimize<T>, nb::arg("settings"), nb::arg("tensors"), nb::arg("x"),
             nb::arg("labels").none(), nb::arg("values").none(), nb::arg("weights").none(),
             nb::arg("max_iterations"), nb::arg("max_evaluations"), nb::arg("tolerance"));
}

}  // namespace
}  // namespace gradus::python

NB_MODULE(_core, module) {
  using namespace gradus;
  using namespace gradus::python;
  nb::register_exception_translator([](const std::exception_ptr& raised, void*) {
    try {
      std::rethrow_exception(raised);
    } catch (const Error& error) {
      PyErr_SetString(PyExc_ValueError, error.what());
    }
  });
  module.attr("numerics_version") = kNumericsVersion;
  module.def("kernel_set", [] { return std::string(kernels<float>().name); });
  nb::class_<Settings>(module, "Settings")
      .def(
          "__init__",
          [](Settings* self, std::vector<std::size_t> widths, const std::string& activation,
             const std::string& loss, double alpha, double slope_factor) {
            if (widths.size() < 2) throw nb::value_error("a network has inputs and outputs");
            new (self) Settings{std::move(widths), activation, loss, alpha, slope_factor};
          },
          nb::arg("widths"), nb::arg("activation"), nb::arg("loss"), nb::arg("alpha") = 0.0,
          nb::arg("slope_factor") = 1.0);
  add<float>(module, "TrainingFloat");
  add<double>(module, "TrainingDouble");
  bind_library(module);
}
