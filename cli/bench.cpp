// gradus bench: the speed of kernels and training steps on this machine, as a share of its own peak.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "cli/kernel_bench.h"
#include "cli/measurement.h"
#include "cli/signals.h"
#include "gradus/core/processors.h"
#include "gradus/kernels/kernels.h"
#include "gradus/kernels/numerics_version.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/text_table.h"
#include "gradus/train/predictor.h"
#include "gradus/train/thread_choice.h"
#include "gradus/train/timed_step.h"

namespace gradus::cli {

namespace {

struct BenchOptions {
  std::string only;  // kernels, steps, predictions; empty: all
  std::size_t inputs = 784;
  std::vector<std::size_t> hidden;  // empty: the works below
  std::size_t outputs = 10;
  std::size_t batch_size = 32;
  std::string activation = "sigmoid";
  std::string optimizer = "momentum";
  std::string precision = "float";
  std::size_t threads = 1;  // 0: auto
  double seconds = 0.3;
  bool breakdown = false;
  bool json = false;
};

struct Work {
  std::size_t inputs;
  std::vector<std::size_t> hidden;
  std::size_t outputs;
  std::size_t batch_size;
  std::string optimizer;
};

// The networks of docs/benchmarks.md.
std::vector<Work> usual_works() {
  return {{784, {64}, 10, 32, "momentum"},
          {784, {300}, 10, 64, "momentum"},
          {64, {32}, 10, 10, "momentum"},
          {784, std::vector<std::size_t>(10, 64), 10, 32, "momentum"},
          {784, {512, 512}, 10, 128, "adam"}};
}

std::vector<Work> works(const BenchOptions& options) {
  if (options.hidden.empty()) return usual_works();
  return {{options.inputs, options.hidden, options.outputs, options.batch_size, options.optimizer}};
}

// "784-64-10"; ten equal layers are "64x10".
std::string layers_of(const Work& work) {
  std::string name = fmt::format("{}", work.inputs);
  for (std::size_t i = 0; i < work.hidden.size();) {
    std::size_t same = i;
    while (same < work.hidden.size() && work.hidden[same] == work.hidden[i]) ++same;
    name +=
        same - i > 2 ? fmt::format("-{}x{}", work.hidden[i], same - i) : fmt::format("-{}", work.hidden[i]);
    i = same - i > 2 ? same : i + 1;
  }
  return fmt::format("{}-{}", name, work.outputs);
}

std::string name_of(const Work& work) {
  return fmt::format("{}, batch {}, {}", layers_of(work), work.batch_size, work.optimizer);
}

// "2.63 µs": three digits, where duration_text() gives people one or two.
std::string time_text(double seconds) {
  if (seconds >= 1) return report::format_significant(seconds, 3) + " s";
  if (seconds >= 1e-3) return report::format_significant(seconds * 1e3, 3) + " ms";
  return report::format_significant(seconds * 1e6, 3) + (console().unicode ? " µs" : " us");
}

std::string spread_text(const Measurement& m) {
  return report::format_percent(m.spread, 0);
}

nlohmann::ordered_json json_of(const Measurement& m) {
  return {{"seconds", m.seconds},
          {"spread", m.spread},
          {"flops_per_second", m.flops},
          {"peak_flops_per_second", m.peak},
          {"share_of_peak", m.share}};
}

template <class T>
double peak_rounds(std::size_t rounds) {
  return kernels<T>().multiply_add_peak(rounds);
}

const std::vector<report::Column>& columns(const std::string& what) {
  using report::Align;
  static std::vector<report::Column> table;
  table = {{what, Align::kLeft, 34},     {"shape", Align::kLeft, 16},   {"time", Align::kRight, 9},
           {"spread", Align::kRight, 6}, {"GFLOP/s", Align::kRight, 7}, {"of peak", Align::kRight, 7}};
  return table;
}

void print_row(const std::string& what, const std::string& name, const std::string& shape, double flops,
               const Measurement& m) {
  print(report::row_line(columns(what),
                         std::vector<std::string>{name, shape, time_text(m.seconds), spread_text(m),
                                                  flops > 0 ? report::format_fixed(m.flops * 1e-9, 1) : "",
                                                  flops > 0 ? report::format_percent(m.share, 0) : ""}));
}

void print_machine(const BenchOptions& options) {
  const std::string_view set = kernels<float>().name;
  if (options.json) {
    print_line(nlohmann::ordered_json{{"event", "machine"},
                                      {"processor", processor_name()},
                                      {"processors", available_processors()},
                                      {"kernels", set},
                                      {"precision", options.precision},
                                      {"numerics_version", kNumericsVersion}}
                   .dump());
    return;
  }
  print(wrapped(fmt::format("{}, {} of its processors for this process; kernel set {}; {}\n"
                            "Medians; spread is the distance between the quartiles; the peak is fma in "
                            "registers, measured beside each burst.\n",
                            processor_name(), available_processors(), set, options.precision),
                2));
}

// False where a kernel is wrong.
template <class T>
bool bench_kernels(const BenchOptions& options) {
  bool right = true;
  if (!options.json) print("\n" + report::header_line(columns("kernel, one thread")));
  for (const KernelBench& bench : kernel_benches<T>()) {
    if (interrupted()) return right;
    if (!bench.right()) {
      right = false;
      print_error(fmt::format("{} {}: differs from the reference by {}, more than {}", bench.name,
                              bench.shape, bench.error, bench.bound));
      continue;
    }
    const Measurement m = measure(peak_rounds<T>, bench.time, bench.flops, options.seconds / 3);
    if (options.json) {
      nlohmann::ordered_json line = {
          {"event", "kernel"}, {"name", bench.name}, {"shape", bench.shape}, {"error", bench.error}};
      line.update(json_of(m));
      print_line(line.dump());
    } else {
      print_row("kernel, one thread", bench.name, bench.shape, bench.flops, m);
    }
  }
  return right;
}

constexpr std::array<std::pair<StepPhase, std::string_view>, kStepPhases> kPhases = {
    {{StepPhase::kGather, "gather"},
     {StepPhase::kForward, "forward"},
     {StepPhase::kLoss, "loss"},
     {StepPhase::kBackward, "backward"},
     {StepPhase::kUpdate, "update"},
     {StepPhase::kOther, "everything else"}}};

// Seconds of one step by phase; the clock itself takes some 30 ns each time it is asked.
template <class T>
StepClock time_phases(TimedStep<T>& step, std::size_t steps) {
  StepClock clock;
  step.set_clock(&clock);
  step.run(steps);
  step.set_clock(nullptr);
  clock.enter(StepPhase::kOther);
  return clock;
}

template <class T>
void print_breakdown(TimedStep<T>& step, double seconds, bool json) {
  const auto steps = static_cast<std::size_t>(std::clamp(0.1 / seconds, 5.0, 10000.0));
  const StepClock clock = time_phases(step, steps);
  nlohmann::ordered_json line = {{"event", "breakdown"}};
  double all = 0;
  for (const auto& [phase, name] : kPhases) all += clock.seconds(phase);
  for (const auto& [phase, name] : kPhases) {
    const double part = clock.seconds(phase) / static_cast<double>(steps);
    if (json) {
      line[std::string(name)] = part;
    } else {
      print(fmt::format("    {:16}{:>9}{:>7}\n", name, time_text(part),
                        report::format_percent(clock.seconds(phase) / all, 0)));
    }
  }
  if (json) print_line(line.dump());
}

template <class T>
void bench_step(const BenchOptions& options, const Work& work) {
  const NetworkSpec network =
      multilayer_perceptron(work.inputs, work.hidden, work.outputs, activation_from_name(options.activation));
  network.validate();
  const LossSpec loss;
  const OptimizerSpec optimizer = default_optimizer(optimizer_from_name(work.optimizer));
  const std::size_t threads =
      options.threads > 0 ? options.threads : choose_threads<T>(network, loss, optimizer, work.batch_size);
  TimedStep<T> step(network, loss, optimizer, work.batch_size, threads);
  const auto peak = [threads](std::size_t rounds) {
    return static_cast<double>(threads) * peak_rounds<T>(rounds);
  };
  const Measurement m = measure(
      peak, [&](std::size_t calls) { return step.run(calls); }, step_flops(network, work.batch_size),
      options.seconds);
  const std::string shape = fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
  if (options.json) {
    nlohmann::ordered_json line = {{"event", "step"}, {"name", name_of(work)}, {"threads", threads}};
    line.update(json_of(m));
    print_line(line.dump());
  } else {
    print_row("training step", name_of(work), shape, 1, m);
  }
  if (options.breakdown) print_breakdown(step, m.seconds, options.json);
}

// Rows of float features through the whole of a prediction: scaling, network, softmax.
template <class T>
class TimedPrediction {
 public:
  TimedPrediction(const Work& work, Activation activation, std::size_t rows)
      : network_(multilayer_perceptron(work.inputs, work.hidden, work.outputs, activation)),
        parameters_(parameter_table(network_).block_size),
        features_(rows * work.inputs),
        predictions_(rows * work.outputs),
        rows_(rows) {
    Pcg64 random(1);
    for (T& value : parameters_.span()) value = static_cast<T>(0.1 * (random.uniform() - 0.5));
    for (float& value : features_) value = static_cast<float>(random.uniform());
    Transform transform;
    transform.block_features = work.inputs;
    transform.shift = {0.5};
    transform.scale = {0.25};
    TargetCoding target;
    target.task = Task::kClassification;
    target.classes.resize(work.outputs);
    predictor_.emplace(network_, LossKind::kSoftmaxCrossEntropy, transform, target, parameters_.span(),
                       std::min<std::size_t>(rows, 256));
  }

  double run(std::size_t calls) {
    const MatrixView<const float> rows(features_.data(), rows_, network_.inputs);
    const MatrixView<double> predictions(predictions_.data(), rows_, network_.outputs());
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t call = 0; call < calls; ++call) (*predictor_)(rows, predictions);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

 private:
  NetworkSpec network_;
  AlignedBuffer<T> parameters_;
  std::vector<float> features_;
  std::vector<double> predictions_;
  std::size_t rows_;
  std::optional<Predictor<T>> predictor_;
};

template <class T>
void bench_prediction(const BenchOptions& options, const Work& work, std::size_t rows) {
  TimedPrediction<T> prediction(work, activation_from_name(options.activation), rows);
  double multiply_adds = 0;
  std::size_t width = work.inputs;
  for (const std::size_t hidden : work.hidden) {
    multiply_adds += static_cast<double>(width * hidden);
    width = hidden;
  }
  multiply_adds += static_cast<double>(width * work.outputs);
  const Measurement m = measure(
      peak_rounds<T>, [&](std::size_t calls) { return prediction.run(calls); },
      2 * multiply_adds * static_cast<double>(rows), options.seconds);
  const std::string shape = fmt::format("{} row{}", rows, rows == 1 ? "" : "s");
  if (options.json) {
    nlohmann::ordered_json line = {{"event", "prediction"}, {"name", layers_of(work)}, {"rows", rows}};
    line.update(json_of(m));
    print_line(line.dump());
  } else {
    print_row("prediction", layers_of(work), shape, 1, m);
  }
}

template <class T>
void bench_predictions(const BenchOptions& options) {
  if (!options.json) print("\n" + report::header_line(columns("prediction, one thread")));
  for (const Work& work : works(options)) {
    for (const std::size_t rows : {std::size_t{1}, std::size_t{1024}}) {
      if (interrupted()) return;
      bench_prediction<T>(options, work, rows);
    }
  }
}

template <class T>
int bench_all(const BenchOptions& options) {
  end_politely();
  bool right = true;
  const auto wanted = [&](std::string_view part) { return options.only.empty() || options.only == part; };
  if (wanted("kernels") && options.hidden.empty()) right = bench_kernels<T>(options);
  if (wanted("steps")) {
    if (!options.json) print("\n" + report::header_line(columns("training step")));
    for (const Work& work : works(options)) {
      if (interrupted()) return kInterrupted;
      bench_step<T>(options, work);
    }
  }
  if (wanted("predictions")) bench_predictions<T>(options);
  return interrupted() ? kInterrupted : right ? kDone : kCheckFailed;
}

int bench_command(const BenchOptions& options) {
  const FloatingPointScope rounding;
  print_machine(options);
  return options.precision == "double" ? bench_all<double>(options) : bench_all<float>(options);
}

}  // namespace

void add_bench(Command& program, Outcome& outcome) {
  Command* command =
      program.add_command("bench", "Speed on this machine, as a share of its own peak",
                          "gradus bench --only steps --breakdown\n"
                          "  gradus bench --hidden 256,256 --batch-size 128 --optimizer adam --threads auto");
  const auto options = std::make_shared<BenchOptions>();
  command->add_option("--only", options->only, "kernels, steps or predictions [all]")
      ->type_name("WHAT")
      ->check(one_of({"kernels", "steps", "predictions"}));
  command
      ->add_option("--hidden", options->hidden, "time one network of these widths instead of the usual five")
      ->type_name("N,N,...")
      ->delimiter(',')
      ->check(whole_number(1, 1000000));
  command->add_option("--inputs", options->inputs, "features of that network [784]")
      ->type_name("N")
      ->check(whole_number(1, 10000000));
  command->add_option("--outputs", options->outputs, "its classes [10]")
      ->type_name("N")
      ->check(whole_number(2, 1000000));
  command->add_option("--batch-size", options->batch_size, "its samples per step [32]")
      ->type_name("N")
      ->check(whole_number(1, 1000000));
  command->add_option("--optimizer", options->optimizer, "its update rule [momentum]")->type_name("NAME");
  command->add_option("--activation", options->activation, "of all hidden layers [sigmoid]")
      ->type_name("NAME");
  command->add_option("--precision", options->precision, "float or double [float]")
      ->type_name("NAME")
      ->check(one_of({"float", "double"}));
  command
      ->add_option_function(
          "--threads",
          [options](const std::string& text) { options->threads = text == "auto" ? 0 : std::stoul(text); },
          "that share a step: a number, or auto [1]")
      ->type_name("N|auto")
      ->check([](const std::string& text) {
        const std::string fault = text == "auto" ? "" : whole_number(1, 1024)(text);
        return fault.empty() ? fault : fault + ", or auto";
      });
  command->add_option("--seconds", options->seconds, "spent on each step; a third of it on each kernel [0.3]")
      ->type_name("S")
      ->check(number_above(0, 3600));
  command->add_flag("--breakdown", options->breakdown, "where the time of each step goes");
  command->add_flag("--json", options->json, "JSON lines on standard output");
  command->callback([options, &outcome] { outcome.status = bench_command(*options); });
}

}  // namespace gradus::cli
