#include "gradus/train/run_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "gradus/core/byte_size.h"
#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/data/utf8.h"
#include "gradus/nn/activation.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "gradus/optim/optimizer.h"
#include "gradus/optim/schedule.h"

namespace gradus {

namespace {

constexpr std::array<std::string_view, 3> kTasks = {"auto", "classification", "regression"};
constexpr std::array<std::string_view, 6> kScalings = {"auto",   "feature", "global",
                                                       "minmax", "divide",  "none"};
constexpr std::array<std::string_view, 2> kFitOn = {"train", "all"};
constexpr std::array<std::string_view, 3> kBias = {"layer", "none", "ones_column"};
constexpr std::array<std::string_view, 2> kReductions = {"mean", "sum"};
constexpr std::array<std::string_view, 2> kStoppingRules = {"patience", "oldest_minimum"};
constexpr std::array<std::string_view, 2> kTrainMetrics = {"running", "after"};
constexpr std::array<std::string_view, 2> kMetricsOver = {"samples", "batches"};
constexpr std::array<std::string_view, 2> kGenerators = {"pcg64", "mt19937"};
constexpr std::array<std::string_view, 3> kStreams = {"spawned", "fresh", "shared"};
constexpr std::array<std::string_view, 2> kPrecisions = {"float", "double"};

std::vector<std::string_view> with_auto(std::span<const std::string_view> names) {
  std::vector<std::string_view> result = {"auto"};
  result.insert(result.end(), names.begin(), names.end());
  return result;
}

std::vector<std::string_view> optimizers_with_lbfgs() {
  std::vector<std::string_view> result(optimizer_names().begin(), optimizer_names().end());
  result.push_back(kLbfgs);
  return result;
}

using C = RunConfig;
constexpr double kAny = std::numeric_limits<double>::infinity();
constexpr double kWhole = 9007199254740992.0;  // 2^53
constexpr double kBelowOne = 0.9999999;

// clang-format off
std::vector<Field> data_fields() {
  return {
    {"data", "data", &C::data, "a built-in set, a .csv, a .npz, or a folder of X.npy and y.npy or of IDX files"},
    {"data", "target", &C::target, "column to predict (default: the set's own, else the last column)"},
    {"data", "task", &C::task, "what the target asks for; auto: text or few whole numbers classify", kTasks},
    {"data", "ignore", &C::ignore, "columns to leave out"},
    {"data", "keep", &C::keep, "columns to keep although they repeat the target or look like row numbers"},
    {"data", "weights", &C::weights, "column with what each row counts in the loss (parts of this table; accuracy counts rows)"},
    {"data", "positive", &C::positive, "classes that count as 1, all others as 0: makes the task binary"},
    {"data", "validation", &C::validation, "part held back to choose when to stop: a share, a count, a file, test for the data's own test part, 0 for none"},
    {"data", "test", &C::test, "part held back to judge the result: a share, a count, a file, 0 for none"},
    {"data", "stratify", &C::stratify, "give every part the same share of each class"},
    {"data", "shuffle_split", &C::shuffle_split, "draw the parts at random; false: train first, test last"},
    {"data", "train_count", &C::train_count, "train on the first N rows of the training part only; 0: all", {}, 0, kWhole},
    {"data", "split_order", &C::split_order, "file with the row numbers (from 0) in the order in which they are split"},
    {"data", "standardize", &C::standardize, "scaling of the inputs, fitted on the training part", kScalings},
    {"data", "divisor", &C::divisor, "what standardize = divide divides by", {}, 0, kAny, true},
    {"data", "fit_on", &C::fit_on, "rows that the scaling is fitted on; all leaks test rows into training", kFitOn},
    {"data", "random_labels", &C::random_labels, "replace all labels by random ones"},
    {"data", "random_classes", &C::random_classes, "of random_labels: draw from the first N classes only; 0: from all", {}, 0, kWhole},
    {"data", "samples", &C::samples, "rows of a generated set; 0: its own default", {}, 0, 1e8},
    {"data", "memory", &C::memory, "of the features at most so much in memory at once, such as 500MB; the rest stays on the disk; 0: no limit"},
  };
}

std::vector<Field> network_and_loss_fields() {
  static const std::vector<std::string_view> losses = with_auto(loss_names());
  static const std::vector<std::string_view> outputs = with_auto(activation_names());
  return {
    {"network", "hidden", &C::hidden, "widths of the hidden layers; none: a linear model", {}, 1, 1e6},
    {"network", "activation", &C::activation, "activation of the hidden layers", activation_names()},
    {"network", "normalization", &C::normalization, "between each hidden layer and its activation; batch takes the place of its bias", normalization_names()},
    {"network", "dropout", &C::dropout, "share of the hidden units that each training step leaves out", {}, 0, kBelowOne},
    {"network", "output_activation", &C::output_activation, "activation of the last layer; auto: what the loss needs", outputs},
    {"network", "bias", &C::bias, "a bias per layer, none, or a column of ones in the input alone", kBias},
    {"network", "initializer", &C::initializer, "initial weights: he_normal, glorot_uniform, orthogonal, uniform(-1,1), ..."},
    {"network", "initial_weights", &C::initial_weights, "start from the weights in this .safetensors or .npz file"},
    {"loss", "loss", &C::loss, "loss function", losses},
    {"loss", "reduction", &C::reduction, "a batch's gradient is the mean or the sum over its samples", kReductions},
    {"loss", "huber_delta", &C::huber_delta, "where Huber's loss turns linear", {}, 0, kAny, true},
    {"loss", "label_smoothing", &C::label_smoothing, "share of each label spread over all classes", {}, 0, 0.999},
    {"loss", "class_weights", &C::class_weights, "balanced, or one weight per class in class order"},
    {"loss", "l1", &C::l1, "penalty l1 * sum |w| on the weights", {}, 0, kAny},
    {"loss", "l2", &C::l2, "penalty l2 / 2 * sum w^2 on the weights", {}, 0, kAny},
  };
}

std::vector<Field> optimizer_fields() {
  static const std::vector<std::string_view> optimizers = optimizers_with_lbfgs();
  return {
    {"optimizer", "optimizer", &C::optimizer, "update rule; lbfgs: all rows at once, an iteration is an epoch", optimizers},
    {"optimizer", "learning_rate", &C::learning_rate, "base step size", {}, 0, kAny, true},
    {"optimizer", "momentum", &C::momentum, "of momentum and nesterov", {}, 0, kBelowOne},
    {"optimizer", "decay", &C::decay, "of rmsprop's mean square", {}, 0, kBelowOne},
    {"optimizer", "beta1", &C::beta1, "of adam and adamw", {}, 0, kBelowOne},
    {"optimizer", "beta2", &C::beta2, "of adam and adamw", {}, 0, kBelowOne},
    {"optimizer", "epsilon", &C::epsilon, "of rmsprop, adagrad, adam and adamw", {}, 0, kAny, true},
    {"optimizer", "weight_decay", &C::weight_decay, "decay of all parameters; decoupled in adamw", {}, 0, kAny},
    {"optimizer", "clip_norm", &C::clip_norm, "scale the gradient to at most this norm; 0: never", {}, 0, kAny},
    {"optimizer", "clip_value", &C::clip_value, "hold every entry of the gradient within +- this; 0: never", {}, 0, kAny},
    {"optimizer", "max_norm", &C::max_norm, "after each step, scale the weights into a unit to at most this norm; 0: never", {}, 0, kAny},
    {"optimizer", "schedule", &C::schedule, "learning rate over time", schedule_names()},
    {"optimizer", "schedule_decay", &C::schedule_decay, "of exponential (per step) and exponential_epoch", {}, 0, 1, true},
    {"optimizer", "schedule_every", &C::schedule_every, "of step: epochs between two drops", {}, 1, kWhole},
    {"optimizer", "schedule_factor", &C::schedule_factor, "of step and plateau: what a drop multiplies by", {}, 0, 1, true},
    {"optimizer", "schedule_rate", &C::schedule_rate, "of inverse: 1 / (1 + rate * step)^power", {}, 0, kAny},
    {"optimizer", "schedule_power", &C::schedule_power, "of inverse", {}, 0, kAny},
    {"optimizer", "schedule_minimum", &C::schedule_minimum, "of cosine and plateau: smallest share of the base rate", {}, 0, 1},
    {"optimizer", "schedule_patience", &C::schedule_patience, "of plateau: epochs without progress before a drop", {}, 1, kWhole},
    {"optimizer", "schedule_smoothing", &C::schedule_smoothing, "of plateau: weight of the past in the smoothed loss", {}, 0, 0.9999},
    {"optimizer", "schedule_min_delta", &C::schedule_min_delta, "of plateau: relative fall that counts as progress", {}, 0, kBelowOne},
    {"optimizer", "schedule_rise", &C::schedule_rise, "of one_cycle: share of all steps on which the rate rises", {}, 0, 1},
    {"optimizer", "schedule_start_divisor", &C::schedule_start_divisor, "of one_cycle: the base rate, its peak, by the first rate", {}, 1, kAny},
    {"optimizer", "schedule_end_divisor", &C::schedule_end_divisor, "of one_cycle: its first rate by its last", {}, 1, kAny},
    {"optimizer", "schedule_annealing", &C::schedule_annealing, "of one_cycle: form of the rise and the fall", annealing_names()},
    {"optimizer", "warmup_steps", &C::warmup_steps, "steps over which the rate rises from 0", {}, 0, kWhole},
  };
}

std::vector<Field> training_fields() {
  return {
    {"training", "batch_size", &C::batch_size, "samples per step; auto: 32, and 128 from 10,000 rows on", {}, 1, kWhole},
    {"training", "epochs", &C::epochs, "most passes over the training part", {}, 1, kWhole},
    {"training", "shuffle", &C::shuffle, "a new order for every epoch; false: the order of the split"},
    {"training", "replacement", &C::replacement, "draw every row of an epoch from all rows anew, so that some come twice and some not at all"},
    {"training", "drop_last", &C::drop_last, "leave out the last batch of an epoch when it is not full"},
    {"training", "early_stopping", &C::early_stopping, "patience, or oldest_minimum: stop when the oldest of the last patience + 1 validation losses is their minimum", kStoppingRules},
    {"training", "patience", &C::patience, "validations without progress before training stops; 0: no early stopping", {}, 0, kWhole},
    {"training", "min_delta", &C::min_delta, "fall of the validation loss that counts as progress", {}, 0, kAny},
    {"training", "restore_best", &C::restore_best, "end with the weights of the lowest validation loss"},
    {"training", "validations_per_epoch", &C::validations_per_epoch, "K > 0: validate after the first step and every floor(steps / K) steps of an epoch from there; 0: at the end of each epoch", {}, 0, kWhole},
    {"training", "train_metrics", &C::train_metrics, "training figures: running means of the epoch, or measured after it, as of lbfgs always", kTrainMetrics},
    {"training", "metrics_over", &C::metrics_over, "figures are means over samples, or means of the batches' means", kMetricsOver},
    {"training", "target_score", &C::target_score, "accuracy (or R2) on the validation part that ends training; 0: none", {}, 0, 1},
    {"training", "log_every", &C::log_every, "report the loss of every Nth step; 0: none", {}, 0, kWhole},
    {"training", "layers_every", &C::layers_every,
     "record norms and distributions of each layer at step 1 and every Nth; 0: none", {}, 0, kWhole},
    {"numbers", "seed", &C::seed, "of everything random", {}, 0, kWhole},
    {"numbers", "generator", &C::generator, "NumPy's default_rng (pcg64) or RandomState (mt19937)", kGenerators},
    {"numbers", "streams", &C::streams, "split, weights and order draw from spawned streams, each from a fresh generator, or from one shared generator", kStreams},
    {"numbers", "skip_draws", &C::skip_draws, "uniform draws skipped before the initial weights", {}, 0, kWhole},
    {"numbers", "precision", &C::precision, "float for speed, double for reference work", kPrecisions},
    {"numbers", "threads", &C::threads, "that share a training step; auto: as many as make it faster, of several processes 1 each. The result is the same for every number", {}, 1, 1024},
    {"numbers", "gradient_slices", &C::gradient_slices, "a batch's gradient is the sum over so many slices of its rows, in a fixed tree: as many processes can share a step, and the result is theirs", {}, 1, 65536},
  };
}
// clang-format on

std::vector<Field> make_fields() {
  std::vector<Field> table;
  for (const std::vector<Field>& part :
       {data_fields(), network_and_loss_fields(), optimizer_fields(), training_fields()}) {
    table.insert(table.end(), part.begin(), part.end());
  }
  return table;
}

[[noreturn]] void refuse(const Field& field, std::string_view text, const std::string& expected) {
  throw Error(ErrorCode::kBadConfiguration,
              fmt::format("setting {}: got '{}'; expected {} ({})", field.name, text, expected, field.help));
}

template <class Number>
Number parse_number(const Field& field, std::string_view text) {
  Number value{};
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    refuse(field, text, std::is_integral_v<Number> ? "a whole number" : "a number");
  }
  return value;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  if (text.empty() || text == "none") return parts;
  for (std::size_t start = 0;;) {
    const std::size_t comma = text.find(',', start);
    parts.emplace_back(text.substr(start, comma - start));
    if (comma == std::string_view::npos) return parts;
    start = comma + 1;
  }
}

void check_range(const Field& field, double value, std::string_view text) {
  const bool inside = field.above_low ? value > field.low : value >= field.low;
  if (!(inside && value <= field.high) || std::isnan(value)) refuse(field, text, "a value " + field.range());
}

void check_choice(const Field& field, std::string_view value) {
  if (field.choices.empty() || std::ranges::find(field.choices, value) != field.choices.end()) return;
  throw Error(ErrorCode::kBadConfiguration, unknown_name_message(field.name, value, field.choices));
}

void check_memory(const std::string& text) {
  const std::optional<std::size_t> bytes = parse_bytes(text);
  constexpr std::size_t kLeastWindow = 8'000'000;  // 128 blocks, each large enough to be worth a read
  if (bytes && (*bytes == 0 || *bytes >= kLeastWindow)) return;
  throw Error(
      ErrorCode::kBadConfiguration,
      fmt::format(
          "setting memory: got '{}'; expected 0 for no limit, or a size of at least 8MB, such as 500MB, "
          "2GB or 64MiB",
          text));
}

std::string number_text(double value) {
  return fmt::format("{}", value);
}

// Calls visitor(member value) for the field's member of config.
template <class Config, class Visitor>
decltype(auto) visit_field(Config& config, const Field& field, Visitor&& visitor) {
  return std::visit([&](auto member) -> decltype(auto) { return visitor(config.*member); }, field.member);
}

struct Setter {
  const Field& field;
  std::string_view text;

  void operator()(std::string& value) const { value = text; }
  void operator()(double& value) const { value = parse_number<double>(field, text); }
  template <class Number>
  void operator()(std::optional<Number>& value) const {
    if (text == "auto") {
      value.reset();
    } else {
      value = parse_number<Number>(field, text);
    }
  }
  void operator()(std::int64_t& value) const { value = parse_number<std::int64_t>(field, text); }
  void operator()(bool& value) const {
    if (text != "true" && text != "false") refuse(field, text, "true or false");
    value = text == "true";
  }
  void operator()(std::vector<std::string>& value) const { value = split_list(text); }
  void operator()(std::vector<std::int64_t>& value) const {
    std::vector<std::int64_t> numbers;
    for (const std::string& part : split_list(text))
      numbers.push_back(parse_number<std::int64_t>(field, part));
    value = std::move(numbers);
  }
};

struct Printer {
  std::string operator()(const std::string& value) const { return value; }
  std::string operator()(double value) const { return number_text(value); }
  std::string operator()(const std::optional<double>& value) const {
    return value ? number_text(*value) : "auto";
  }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(const std::vector<std::string>& value) const {
    return fmt::format("{}", fmt::join(value, ","));
  }
  std::string operator()(const std::vector<std::int64_t>& value) const {
    return value.empty() ? "none" : fmt::format("{}", fmt::join(value, ","));
  }
};

struct Checker {
  const Field& field;

  void operator()(const std::string& value) const {
    if (first_bad_utf8(value) != value.size())
      refuse(field, "...", "text in UTF-8: rename the file, or change the locale");
    check_choice(field, value);
  }
  void operator()(double value) const { check_range(field, value, number_text(value)); }
  template <class Number>
  void operator()(const std::optional<Number>& value) const {
    if (value) (*this)(*value);
  }
  void operator()(std::int64_t value) const {
    check_range(field, static_cast<double>(value), fmt::format("{}", value));
  }
  void operator()(bool) const {}
  void operator()(const std::vector<std::string>&) const {}
  void operator()(const std::vector<std::int64_t>& value) const {
    for (const std::int64_t number : value) (*this)(number);
  }
};

}  // namespace

std::string Field::flag() const {
  std::string text = "--" + std::string(name);
  std::ranges::replace(text, '_', '-');
  return text;
}

std::string Field::type() const {
  if (!choices.empty()) return join(choices, "|");
  static constexpr std::array<const char*, 8> kTypes = {
      "text",       "number",  "number|auto", "whole number", "whole number|auto",
      "true|false", "a,b,...", "n,n,...|none"};
  return kTypes[member.index()];
}

std::string Field::range() const {
  const bool has_low = std::isfinite(low);
  const bool has_high = std::isfinite(high) && high < 9e15;
  if (has_low && has_high) {
    const std::string end = high == kBelowOne ? "1)" : fmt::format("{}]", high);
    return fmt::format("in {}{}, {}", above_low ? "(" : "[", low, end);
  }
  if (has_low) return fmt::format("{} {}", above_low ? ">" : ">=", low);
  return has_high ? fmt::format("<= {}", high) : "";
}

std::span<const Field> fields() {
  static const std::vector<Field> table = make_fields();
  return table;
}

const Field* find_field(std::string_view name) {
  const auto found = std::ranges::find(fields(), name, &Field::name);
  return found == fields().end() ? nullptr : &*found;
}

void set_field(RunConfig& config, const Field& field, std::string_view text) {
  RunConfig changed = config;
  visit_field(changed, field, Setter{field, text});
  visit_field(std::as_const(changed), field, Checker{field});
  config = std::move(changed);
}

std::string field_text(const RunConfig& config, const Field& field) {
  return visit_field(config, field, Printer{});
}

void validate(const RunConfig& config) {
  for (const Field& field : fields()) visit_field(config, field, Checker{field});
  check_memory(config.memory);
  constexpr std::int64_t kSeedsOfMt19937 = std::int64_t{1} << 32;
  if (config.generator == "mt19937" && config.streams != "spawned" && config.seed >= kSeedsOfMt19937) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("setting seed: got {}; expected less than 2^32 for mt19937, as NumPy has it",
                            config.seed));
  }
  if (config.replacement && !config.shuffle) {
    throw Error(
        ErrorCode::kBadConfiguration,
        "setting replacement: rows drawn with replacement are in random order, and shuffle is false; set "
        "shuffle = true or replacement = false");
  }
}

}  // namespace gradus
