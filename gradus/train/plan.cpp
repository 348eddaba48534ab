#include "gradus/train/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <numeric>
#include <span>
#include <sstream>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/train/window.h"

namespace gradus {

namespace {

// Pictures that use the range of a byte, as MNIST's do.
bool has_full_bytes(const FeatureBlock& block) {
  const auto* bytes = std::get_if<SharedArray<std::uint8_t>>(&block.values);
  if (bytes == nullptr) return false;
  constexpr std::size_t kChunk = 4096;  // or-ed together without a look at each
  std::span<const std::uint8_t> left(bytes->data(), bytes->size());
  RowSweep sweep(block.window, 1);
  while (!left.empty()) {
    sweep.reach(bytes->size() - left.size());
    const auto chunk = left.first(std::min(kChunk, left.size()));
    const unsigned bits = std::accumulate(chunk.begin(), chunk.end(), 0U, std::bit_or<>());
    if (bits > 127) return true;
    left = left.subspan(chunk.size());
  }
  return false;
}

std::string_view reason_for(Scaling scaling) {
  if (scaling == Scaling::kDivide) return "inputs divided by 255: pixels of a byte";
  if (scaling == Scaling::kGlobal)
    return "inputs standardised with one mean and deviation: pixels share a unit";
  return "inputs standardised column by column";
}

Scaling scaling_from(const RunConfig& config, const Table& table) {
  if (config.standardize == "auto") {
    if (table.block == nullptr || table.block->picture_rows == 0) return Scaling::kFeature;
    const bool full = has_full_bytes(*table.block) || (table.test_block && has_full_bytes(*table.test_block));
    return full ? Scaling::kDivide : Scaling::kGlobal;
  }
  for (const Scaling scaling :
       {Scaling::kNone, Scaling::kFeature, Scaling::kGlobal, Scaling::kMinMax, Scaling::kDivide}) {
    if (config.standardize == name_of(scaling)) return scaling;
  }
  GRADUS_ASSERT(false, config.standardize);
}

std::vector<std::uint32_t> read_order(const std::string& path) {
  constexpr std::size_t kLargestOrder = std::size_t{1} << 31;  // bytes
  std::istringstream words(read_file(path, kLargestOrder));
  std::vector<std::uint32_t> order;
  std::string word;
  while (words >> word) {
    std::uint32_t row = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), row);
    if (error != std::errc() || end != word.data() + word.size()) {
      throw Error(ErrorCode::kBadData,
                  fmt::format("reading {}: entry {} is '{}'; expected a row number from 0", path,
                              order.size() + 1, word));
    }
    order.push_back(row);
  }
  if (order.empty()) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading {}: it is empty; expected the number of every row, from 0", path));
  }
  return order;
}

PartSize part_size(const std::string& text) {
  return part_size_from_text(text).value_or(PartSize{PartSize::Kind::kNone});
}

void check_binary(const RunConfig& config, std::size_t classes) {
  if (classes == 2) return;
  throw Error(ErrorCode::kBadConfiguration,
              fmt::format("planning the run: loss {} needs two classes; the target has {}; use "
                          "softmax_cross_entropy, or --positive "
                          "to name the classes that count as 1",
                          config.loss, classes));
}

void decide_task(Plan& plan, const Preparation& data) {
  if (plan.config.task == "auto") {
    plan.config.task = name_of(data.target.task);
    plan.choices.push_back(data.target.task == Task::kClassification
                               ? fmt::format("task classification: {} has {} classes", data.target.name,
                                             data.target.classes.size())
                               : fmt::format("task regression: {} is a measure", data.target.name));
  }
  plan.config.target = data.target.name;
}

void check_counts(const Preparation& data) {
  for (const Dataset* part : {&data.train, &data.validation, &data.test}) {
    const auto below = std::ranges::find_if(part->values, [](double y) { return y < 0; });
    if (below == part->values.end()) continue;
    throw Error(
        ErrorCode::kBadData,
        fmt::format(
            "planning the run: loss poisson is for counts and rates, but target '{}' has a value of {}; "
            "use mean_squared_error",
            data.target.name, *below));
  }
}

void decide_loss(Plan& plan, const Preparation& data) {
  RunConfig& config = plan.config;
  const bool classification = data.target.task == Task::kClassification;
  if (config.loss == "auto") {
    config.loss = classification ? "softmax_cross_entropy" : "mean_squared_error";
    plan.choices.push_back("loss " + config.loss);
  }
  plan.loss.kind = loss_from_name(config.loss);
  const bool on_classes = is_classification(plan.loss.kind);
  if (!classification && on_classes) {
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format(
            "planning the run: loss {} is for classes, but the task is regression; use mean_squared_error, "
            "mean_absolute_error, huber or poisson, or --task classification",
            config.loss));
  }
  if (classification && !on_classes) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("planning the run: loss {} is for measures, but the task is classification; use "
                            "softmax_cross_entropy or binary_cross_entropy, or --task regression",
                            config.loss));
  }
  if (plan.loss.kind == LossKind::kPoisson) check_counts(data);
  plan.loss.reduction = config.reduction == "sum" ? Reduction::kSum : Reduction::kMean;
  plan.loss.huber_delta = config.huber_delta;
  plan.loss.label_smoothing = config.label_smoothing;
}

// "balanced" as scikit-learn has it: n / (classes * count of the class), on the training part.
std::vector<double> balanced_weights(const Preparation& data) {
  std::vector<double> counts(data.target.classes.size(), 0.0);
  for (const std::int32_t label : data.train.labels) counts[static_cast<std::size_t>(label)] += 1;
  const double mean = static_cast<double>(data.train.size()) / static_cast<double>(counts.size());
  for (double& count : counts) count = count > 0 ? mean / count : 0;
  return counts;
}

void decide_class_weights(Plan& plan, const Preparation& data) {
  std::vector<std::string>& texts = plan.config.class_weights;
  if (texts.empty()) return;
  if (data.target.task == Task::kRegression) {
    throw Error(ErrorCode::kBadConfiguration,
                "setting class_weights: the task is regression and has no classes; leave it out");
  }
  if (texts == std::vector<std::string>{"balanced"}) {
    plan.loss.class_weights = balanced_weights(data);
    return;
  }
  for (const std::string& text : texts) {
    double weight = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), weight);
    if (error != std::errc() || end != text.data() + text.size() || !(weight >= 0)) {
      throw Error(
          ErrorCode::kBadConfiguration,
          fmt::format("setting class_weights: got '{}'; expected balanced or one number >= 0 per class",
                      text));
    }
    plan.loss.class_weights.push_back(weight);
  }
  if (std::ranges::all_of(plan.loss.class_weights, [](double weight) { return weight == 0; })) {
    throw Error(ErrorCode::kBadConfiguration,
                "setting class_weights: every weight is 0; expected one above 0 at least");
  }
  if (texts.size() != data.target.classes.size()) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("setting class_weights: got {} weights; the target has {} classes: {}",
                            texts.size(), data.target.classes.size(), fmt::join(data.target.classes, ", ")));
  }
}

void decide_network(Plan& plan, const Preparation& data) {
  RunConfig& config = plan.config;
  const Activation hidden = activation_from_name(config.activation);
  if ((hidden == Activation::kSoftmax || hidden == Activation::kExp) && !config.hidden.empty()) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("setting activation: {} is for the output; choose another for hidden layers",
                            config.activation));
  }
  if (config.output_activation == "auto") {
    config.output_activation = plan.loss.kind == LossKind::kBinaryCrossEntropyProbability ? "sigmoid"
                               : plan.loss.kind == LossKind::kNegativeLogLikelihood       ? "softmax"
                                                                                          : "identity";
  }
  const Activation output = activation_from_name(config.output_activation);
  if (prediction_activation(plan.loss.kind) != Activation::kIdentity && output != Activation::kIdentity) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("setting output_activation: {} already contains {}; leave the output identity, "
                            "or choose a loss on "
                            "probabilities",
                            config.loss, name_of(prediction_activation(plan.loss.kind))));
  }
  if (is_binary(plan.loss.kind)) check_binary(config, data.target.classes.size());
  const bool one_output = data.target.task == Task::kRegression || is_binary(plan.loss.kind);
  const std::size_t outputs = one_output ? 1 : data.target.classes.size();
  std::vector<std::size_t> widths;
  for (const std::int64_t width : config.hidden) widths.push_back(static_cast<std::size_t>(width));
  plan.network = multilayer_perceptron(data.transform.features(), widths, outputs, hidden, output,
                                       config.bias == "layer", normalization_from_name(config.normalization),
                                       config.dropout);
  plan.network.validate();
}

void decide_initializer(Plan& plan) {
  RunConfig& config = plan.config;
  if (config.initializer == "auto") {
    const Activation f = activation_from_name(config.activation);
    const bool saturating = f == Activation::kSigmoid || f == Activation::kTanh || f == Activation::kIdentity;
    config.initializer = f == Activation::kLecunTanh ? "lecun_normal"
                         : saturating                ? "glorot_uniform"
                                                     : "he_normal";
    plan.choices.push_back(
        fmt::format("initial weights {}: suits {}", config.initializer, config.activation));
  }
  plan.initializer = initializer_from_name(config.initializer);
}

void decide_optimizer(Plan& plan) {
  RunConfig& config = plan.config;
  OptimizerSpec& spec = plan.optimizer;
  spec = default_optimizer(optimizer_from_name(config.optimizer));
  if (!config.learning_rate) {
    plan.choices.push_back(fmt::format("learning rate {} for {}", spec.learning_rate, config.optimizer));
  }
  const auto take = [](std::optional<double>& set, double& value) {
    if (set) value = *set;
    set = value;
  };
  take(config.learning_rate, spec.learning_rate);
  take(config.momentum, spec.momentum);
  take(config.decay, spec.decay);
  take(config.beta1, spec.beta1);
  take(config.beta2, spec.beta2);
  take(config.epsilon, spec.epsilon);
  take(config.weight_decay, spec.weight_decay);
  spec.clip_norm = config.clip_norm;
  spec.clip_value = config.clip_value;
  plan.max_norm = config.max_norm;
  spec.validate();
}

// What has no meaning where every iteration sees all rows and finds its own step.
void check_lbfgs(const RunConfig& config, std::size_t rows) {
  const auto all_rows = static_cast<std::int64_t>(rows);
  const std::pair<bool, const char*> refused[] = {
      {config.batch_size && *config.batch_size != all_rows, "batch_size"},
      {config.learning_rate.has_value(), "learning_rate"},
      {config.momentum.has_value(), "momentum"},
      {config.decay.has_value(), "decay"},
      {config.beta1.has_value(), "beta1"},
      {config.beta2.has_value(), "beta2"},
      {config.epsilon.has_value(), "epsilon"},
      {config.weight_decay.has_value(), "weight_decay"},
      {config.clip_norm > 0, "clip_norm"},
      {config.clip_value > 0, "clip_value"},
      {config.max_norm > 0, "max_norm"},
      {config.schedule != "constant", "schedule"},
      {config.warmup_steps > 0, "warmup_steps"},
      {config.replacement, "replacement"},
      {config.dropout > 0, "dropout"},
      {config.normalization == "batch", "normalization = batch"},
      {config.reduction == "sum", "reduction = sum"},
      {config.validations_per_epoch > 0, "validations_per_epoch"},
      {config.layers_every > 0, "layers_every"},
      {config.threads && *config.threads > 1, "threads"},
      {config.gradient_slices > 1, "gradient_slices"}};
  for (const auto& [given, field] : refused) {
    if (!given) continue;
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format("setting {}: lbfgs takes the mean loss of all rows at once, on one thread, and finds "
                    "its steps itself; leave {} out, or choose another optimizer",
                    field, field));
  }
}

void decide_lbfgs(Plan& plan, const Preparation& data) {
  check_lbfgs(plan.config, data.train.size());
  plan.config.batch_size = static_cast<std::int64_t>(data.train.size());
  plan.config.threads = 1;
  plan.config.train_metrics = "after";
  plan.choices.emplace_back(
      "lbfgs: all rows at once, on one thread; at most an iteration for each epoch, training figures "
      "measured "
      "after it");
}

void decide_schedule(Plan& plan) {
  const RunConfig& config = plan.config;
  ScheduleSpec& spec = plan.schedule;
  spec.kind = schedule_from_name(config.schedule);
  spec.decay = config.schedule_decay;
  spec.every = static_cast<std::uint64_t>(config.schedule_every);
  spec.factor = config.schedule_factor;
  spec.rate = config.schedule_rate;
  spec.power = config.schedule_power;
  spec.minimum = config.schedule_minimum;
  spec.patience = static_cast<std::uint64_t>(config.schedule_patience);
  spec.smoothing = config.schedule_smoothing;
  spec.min_delta = config.schedule_min_delta;
  spec.rise = config.schedule_rise;
  spec.start_divisor = config.schedule_start_divisor;
  spec.end_divisor = config.schedule_end_divisor;
  spec.annealing = annealing_from_name(config.schedule_annealing);
  spec.warmup_steps = static_cast<std::uint64_t>(config.warmup_steps);
  spec.validate();
}

// An epoch's last batch may hold what is left.
bool leaves_one_row(const RunConfig& config, std::size_t rows) {
  const auto size = static_cast<std::size_t>(*config.batch_size);
  return size == 1 || (rows % size == 1 && !config.drop_last);
}

void decide_batch(Plan& plan, const Preparation& data) {
  constexpr std::size_t kManyRows = 10000;
  constexpr std::int64_t kSmall = 32;
  constexpr std::int64_t kLarge = 128;
  const std::size_t rows = data.train.size();
  const bool by_batch = plan.config.normalization == "batch";
  std::optional<std::int64_t>& size = plan.config.batch_size;
  if (!size) {
    size = std::min(rows >= kManyRows ? kLarge : kSmall, static_cast<std::int64_t>(rows));
    if (by_batch && leaves_one_row(plan.config, rows) && rows > kSmall) ++*size;
    plan.choices.push_back(fmt::format("batches of {}", *size));
  }
  if (static_cast<std::size_t>(*size) > rows) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("setting batch_size: {} is larger than the training part of {} rows; choose a "
                            "smaller batch",
                            *size, rows));
  }
  if (plan.config.gradient_slices > *size) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("setting gradient_slices: {} slices of batches of {} rows; expected one row for "
                            "each slice at least; "
                            "choose fewer slices or a larger batch_size",
                            plan.config.gradient_slices, *size));
  }
  if (by_batch && leaves_one_row(plan.config, rows)) {
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format("setting batch_size: with {} of the {} training rows a batch holds one row, which batch "
                    "normalization cannot train on; choose another size, or drop_last = true, or "
                    "normalization = layer",
                    *size, rows));
  }
}

}  // namespace

std::optional<PartSize> part_size_from_text(const std::string& text) {
  using Kind = PartSize::Kind;
  if (text == "auto") return PartSize{Kind::kAuto};
  if (text == "0" || text == "none") return PartSize{Kind::kNone};
  if (text == "test") return PartSize{Kind::kOwnTest};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number > 0 && number < 1) return PartSize{Kind::kShare, number, 0};
  const bool whole =
      text.find_first_not_of("0123456789") == std::string::npos;  // 1.0 might be meant as a share
  if (number >= 1 && number <= 4e9 && whole) {
    return PartSize{Kind::kCount, 0, static_cast<std::size_t>(number)};
  }
  throw Error(ErrorCode::kBadConfiguration,
              fmt::format("setting the size of a part: got {}; expected a share in (0, 1), a whole count, a "
                          "file, or 0 for none",
                          text));
}

PreparationSpec preparation_spec(const RunConfig& config, const Table& table) {
  PreparationSpec spec;
  spec.target = config.target;
  if (config.task != "auto")
    spec.task = config.task == "regression" ? Task::kRegression : Task::kClassification;
  spec.ignore = config.ignore;
  spec.keep = config.keep;
  spec.weights = config.weights;
  spec.raw_target = config.loss == name_of(LossKind::kPoisson);  // rates have a zero
  spec.positive = config.positive;
  spec.scaling = scaling_from(config, table);
  spec.divisor = config.standardize == "auto" ? 255 : config.divisor;
  spec.fit_on_all = config.fit_on == "all";
  spec.ones_column = config.bias == "ones_column";
  spec.window = window_of(config);
  spec.random_labels = config.random_labels;
  spec.random_classes = static_cast<std::size_t>(config.random_classes);
  spec.split.validation = part_size(config.validation);
  spec.split.test = part_size(config.test);
  spec.split.shuffle = config.shuffle_split;
  spec.split.stratify = config.stratify;
  spec.split.train_count = static_cast<std::size_t>(config.train_count);
  if (!config.split_order.empty()) spec.split.permutation = read_order(config.split_order);
  return spec;
}

Plan make_plan(const RunConfig& config, const Preparation& data) {
  Plan plan;
  plan.config = config;
  decide_task(plan, data);
  if (config.standardize == "auto") {
    const Scaling scaling = data.transform.scaling;
    plan.config.standardize = name_of(scaling);
    if (scaling == Scaling::kDivide) plan.config.divisor = 255;
    plan.choices.emplace_back(reason_for(scaling));
  }
  decide_loss(plan, data);
  decide_class_weights(plan, data);
  decide_network(plan, data);
  decide_initializer(plan);
  if (plan.config.optimizer == kLbfgs) {
    decide_lbfgs(plan, data);
  } else {
    decide_optimizer(plan);
  }
  decide_schedule(plan);
  plan.penalty = {config.l1, config.l2};
  plan.penalty.validate();
  plan.loss.validate();
  decide_batch(plan, data);
  decide_window(plan, data);
  return plan;
}

}  // namespace gradus
