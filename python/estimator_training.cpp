// Training, evaluating and minimising for the estimators, an epoch at a time.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/optim/lbfgs.h"
#include "gradus/train/array_evaluator.h"
#include "gradus/train/array_training.h"
#include "gradus/train/full_batch.h"
#include "python/estimator_network.h"

namespace gradus::python {

NetworkSpec network_of(const Settings& settings) {
  const std::size_t hidden = settings.widths.size() - 2;
  NetworkSpec network{.inputs = settings.widths.front(), .layers = {}};
  for (std::size_t i = 0; i < hidden; ++i) {
    network.layers.push_back(dense(settings.widths[i + 1], !settings.batch_normalization));
    if (settings.batch_normalization) network.layers.push_back(batch_norm());
    network.layers.push_back(activation_layer(activation_from_name(settings.activations[i])));
    if (settings.dropout[i] != 0) network.layers.push_back(dropout_layer(settings.dropout[i]));
  }
  network.layers.push_back(dense(settings.widths.back()));
  return network;
}

LossSpec loss_of(const Settings& settings) {
  LossSpec loss;
  loss.kind = loss_from_name(settings.loss);
  loss.huber_delta = settings.huber_delta;
  return loss;
}

namespace {

using Labels = std::optional<Vector<std::int32_t>>;
using Values = std::optional<Matrix<double>>;
using Weights = std::optional<Vector<double>>;

template <class T>
std::vector<T> values_of(const std::optional<Vector<T>>& array) {
  return array ? std::vector<T>(array->data(), array->data() + array->size()) : std::vector<T>();
}

ArrayTargets targets_of(const Labels& labels, const Values& values, const Weights& weights) {
  ArrayTargets targets;
  targets.labels = values_of<std::int32_t>(labels);
  if (values) targets.values.assign(values->data(), values->data() + values->size());
  targets.weights = values_of<double>(weights);
  return targets;
}

// Keeps the array; it may be freed without the interpreter's lock.
template <class T>
std::shared_ptr<const void> owner_of(const Matrix<T>& array) {
  return std::shared_ptr<Matrix<T>>(new Matrix<T>(array), [](Matrix<T>* kept) {
    const nb::gil_scoped_acquire held;
    delete kept;
  });
}

template <class T>
MatrixView<const T> view_of(const Matrix<T>& array) {
  return {array.data(), array.shape(0), array.shape(1)};
}

// Asks Python whether a signal, such as that of Ctrl-C, wants to be heard; its exception is left set.
bool interrupted() {
  const nb::gil_scoped_acquire held;
  return PyErr_CheckSignals() != 0;
}

using ScheduleMember = std::variant<double ScheduleSpec::*, std::uint64_t ScheduleSpec::*>;
constexpr std::pair<std::string_view, ScheduleMember> kScheduleOptions[] = {
    {"decay", &ScheduleSpec::decay},
    {"every", &ScheduleSpec::every},
    {"factor", &ScheduleSpec::factor},
    {"rate", &ScheduleSpec::rate},
    {"power", &ScheduleSpec::power},
    {"minimum", &ScheduleSpec::minimum},
    {"patience", &ScheduleSpec::patience},
    {"smoothing", &ScheduleSpec::smoothing},
    {"min_delta", &ScheduleSpec::min_delta},
    {"rise", &ScheduleSpec::rise},
    {"start_divisor", &ScheduleSpec::start_divisor},
    {"end_divisor", &ScheduleSpec::end_divisor},
    {"warmup_steps", &ScheduleSpec::warmup_steps},
};

void set_option(ScheduleSpec& spec, const std::string& name, nb::handle value) {
  if (name == "annealing") {
    spec.annealing = annealing_from_name(nb::cast<std::string>(value));
    return;
  }
  std::vector<std::string_view> names{"annealing"};
  for (const auto& [known, member] : kScheduleOptions) {
    names.push_back(known);
    if (known != name) continue;
    std::visit([&]<class V>(V ScheduleSpec::*place) { spec.*place = nb::cast<V>(value); }, member);
    return;
  }
  (void)index_of_name("schedule option", name, names);  // throws
}

ScheduleSpec make_schedule(const std::string& name, const nb::dict& options) {
  ScheduleSpec spec;
  spec.kind = schedule_from_name(name);
  for (const auto& [key, value] : options) {
    const auto option = nb::cast<std::string>(key);
    try {
      set_option(spec, option, value);
    } catch (const std::bad_cast&) {
      throw nb::value_error(("the schedule option " + option + " has a value of the wrong type").c_str());
    }
  }
  spec.validate();
  return spec;
}

OptimizerSpec make_optimizer(const std::string& rule, double momentum, double decay, double beta1,
                             double beta2, double epsilon, double weight_decay, double clip_norm) {
  OptimizerSpec spec = default_optimizer(optimizer_from_name(rule));
  spec.momentum = momentum;
  spec.decay = decay;
  spec.beta1 = beta1;
  spec.beta2 = beta2;
  spec.epsilon = epsilon;
  spec.epsilon_before_correction = spec.rule == UpdateRule::kAdam;  // as scikit-learn has it
  spec.weight_decay = weight_decay;
  spec.clip_norm = clip_norm;
  return spec;
}

template <class T>
class Training {
 public:
  Training(const Settings& settings, const OptimizerSpec& optimizer, const ScheduleSpec& schedule,
           std::uint64_t total_steps, std::size_t batch_size, std::size_t threads, std::uint64_t dropout_seed,
           const Tensors<T>& tensors)
      : network_(network_of(settings)), loss_(loss_of(settings)) {
    ArrayTrainingSpec spec;
    spec.network = network_;
    spec.loss = loss_;
    spec.penalty.l2 = settings.alpha;
    spec.optimizer = optimizer;
    spec.schedule = schedule;
    spec.total_steps = total_steps;
    spec.step.penalty_over_batch = true;
    spec.step.slope_factor = settings.slope_factor;
    spec.step.dropout_seed = dropout_seed;
    spec.batch_size = batch_size;
    spec.threads = threads;
    const auto block = block_of<T, std::vector<T>>(network_, tensors);
    const nb::gil_scoped_release released;  // choosing threads takes milliseconds
    training_ = std::make_unique<ArrayTraining<T>>(spec, block);
  }

  void set_data(const Matrix<T>& x, const Labels& labels, const Values& values, const Weights& weights) {
    training_->set_data({x.data(), x.size()}, owner_of(x), targets_of(labels, values, weights));
  }

  void set_validation(const Matrix<T>& x, const Labels& labels, const Values& values,
                      const Weights& weights) {
    validation_ = std::make_unique<Validation>(
        Validation{x, targets_of(labels, values, weights), ArrayEvaluator<T>(network_, loss_, x.shape(0))});
  }

  // The validation's mean loss and predictions.
  nb::tuple validate() {
    if (!validation_) throw nb::value_error("no validation data was set");
    const MatrixView<const T> x = view_of(validation_->x);
    std::vector<T> outputs(x.rows * network_.outputs());
    double loss = 0;
    {
      const nb::gil_scoped_release released;
      loss = validation_->evaluator.evaluate(training_->parameters(), x, validation_->targets,
                                             {outputs.data(), x.rows, network_.outputs()});
    }
    return nb::make_tuple(loss, array_of<T>(std::move(outputs), {x.rows, network_.outputs()}));
  }

  double epoch(const Vector<std::uint32_t>& samples, std::size_t batch_size, double learning_rate) {
    double loss = 0;
    {
      const nb::gil_scoped_release released;
      loss = training_->epoch({samples.data(), samples.size()}, batch_size, learning_rate, interrupted);
    }
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    return loss;
  }

  void epoch_ended(double loss) { training_->epoch_ended(loss); }
  [[nodiscard]] nb::list tensors() const { return tensors_of<T, T>(network_, training_->parameters()); }
  void scale_velocity(double factor) { training_->scale_velocity(factor); }
  [[nodiscard]] std::size_t threads() const { return training_->threads(); }
  [[nodiscard]] double learning_rate() const { return training_->learning_rate(); }

  nb::tuple memory() {
    OptimizerMemory<T> memory = training_->optimizer_memory();
    const std::size_t first = memory.first.size();
    const std::size_t second = memory.second.size();
    return nb::make_tuple(memory.steps, array_of<T>(std::move(memory.first), {first}),
                          array_of<T>(std::move(memory.second), {second}));
  }

  void restore(std::uint64_t steps, const Vector<T>& first, const Vector<T>& second, std::uint64_t epochs) {
    training_->restore(
        {steps, {first.data(), first.data() + first.size()}, {second.data(), second.data() + second.size()}},
        epochs);
  }

 private:
  struct Validation {
    Matrix<T> x;
    ArrayTargets targets;
    ArrayEvaluator<T> evaluator;
  };

  NetworkSpec network_;
  LossSpec loss_;
  std::unique_ptr<ArrayTraining<T>> training_;
  std::unique_ptr<Validation> validation_;
};

template <class T>
nb::ndarray<nb::numpy, T> outputs(const Settings& settings, const Tensors<T>& tensors, const Matrix<T>& x) {
  const NetworkSpec network = network_of(settings);
  if (x.shape(1) != network.inputs) throw nb::value_error("wrong number of columns");
  const auto block = block_of<T, AlignedBuffer<T>>(network, tensors);
  std::vector<T> values(x.shape(0) * network.outputs());
  {
    const nb::gil_scoped_release released;
    ArrayEvaluator<T>(network, loss_of(settings), x.shape(0))
        .predict(block.span(), view_of(x), {values.data(), x.shape(0), network.outputs()});
  }
  return array_of<T>(std::move(values), {x.shape(0), network.outputs()});
}

// Tensors, value, iterations, evaluations, and how it ended.
template <class T>
nb::tuple minimize(const Settings& settings, const Tensors<T>& tensors, const Matrix<T>& x,
                   const Labels& labels, const Values& values, const Weights& weights,
                   std::size_t max_iterations, std::size_t max_evaluations, double tolerance) {
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
    FullBatch<T> loss(network, loss_of(settings), {.l1 = 0, .l2 = settings.alpha}, view_of(x),
                      std::move(targets), settings.slope_factor);
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
      .def(nb::init<const Settings&, const OptimizerSpec&, const ScheduleSpec&, std::uint64_t, std::size_t,
                    std::size_t, std::uint64_t, const Tensors<T>&>(),
           nb::kw_only(), nb::arg("settings"), nb::arg("optimizer"), nb::arg("schedule"),
           nb::arg("total_steps"), nb::arg("batch_size"), nb::arg("threads"), nb::arg("dropout_seed"),
           nb::arg("tensors"))
      .def("set_data", &Training<T>::set_data, nb::arg("x"), nb::arg("labels").none(),
           nb::arg("values").none(), nb::arg("weights").none())
      .def("set_validation", &Training<T>::set_validation, nb::arg("x"), nb::arg("labels").none(),
           nb::arg("values").none(), nb::arg("weights").none())
      .def("validate", &Training<T>::validate)
      .def("epoch", &Training<T>::epoch, nb::arg("samples"), nb::arg("batch_size"), nb::arg("learning_rate"))
      .def("epoch_ended", &Training<T>::epoch_ended, nb::arg("loss"))
      .def("tensors", &Training<T>::tensors)
      .def("scale_velocity", &Training<T>::scale_velocity, nb::arg("factor"))
      .def("memory", &Training<T>::memory)
      .def("restore", &Training<T>::restore, nb::arg("steps"), nb::arg("first"), nb::arg("second"),
           nb::arg("epochs"))
      .def_prop_ro("learning_rate", &Training<T>::learning_rate)
      .def_prop_ro("threads", &Training<T>::threads);
  module.def("outputs", &outputs<T>, nb::arg("settings"), nb::arg("tensors"), nb::arg("x"));
  module.def("minimize", &minimize<T>, nb::arg("settings"), nb::arg("tensors"), nb::arg("x"),
             nb::arg("labels").none(), nb::arg("values").none(), nb::arg("weights").none(),
             nb::arg("max_iterations"), nb::arg("max_evaluations"), nb::arg("tolerance"));
}

void add_settings(nb::module_& module) {
  nb::class_<Settings>(module, "Settings")
      .def(
          "__init__",
          [](Settings* self, std::vector<std::size_t> widths, std::vector<std::string> activations,
             std::vector<double> dropout, bool batch_normalization, const std::string& loss,
             double huber_delta, double alpha, double slope_factor) {
            if (widths.size() < 2) throw nb::value_error("a network has inputs and outputs");
            if (activations.size() + 2 != widths.size() || dropout.size() + 2 != widths.size())
              throw nb::value_error(
                  "one activation and one rate of dropout for each hidden layer are wanted");
            new (self) Settings{std::move(widths),
                                std::move(activations),
                                std::move(dropout),
                                batch_normalization,
                                loss,
                                huber_delta,
                                alpha,
                                slope_factor};
          },
          nb::kw_only(), nb::arg("widths"), nb::arg("activations"), nb::arg("dropout"),
          nb::arg("batch_normalization"), nb::arg("loss"), nb::arg("huber_delta") = 1.0,
          nb::arg("alpha") = 0.0, nb::arg("slope_factor") = 1.0);
}

}  // namespace

void bind_estimator_training(nb::module_& module) {
  add_settings(module);
  nb::class_<OptimizerSpec>(module, "Optimizer");
  nb::class_<ScheduleSpec>(module, "Schedule");
  module.def("make_optimizer", &make_optimizer, nb::kw_only(), nb::arg("rule"), nb::arg("momentum"),
             nb::arg("decay"), nb::arg("beta1"), nb::arg("beta2"), nb::arg("epsilon"),
             nb::arg("weight_decay"), nb::arg("clip_norm"));
  module.def("make_schedule", &make_schedule, nb::arg("name"), nb::arg("options"));
  add<float>(module, "TrainingFloat");
  add<double>(module, "TrainingDouble");
}

}  // namespace gradus::python
