// The one configuration of a run. Every field is described once, in the table behind fields(): TOML,
// command-line flags, JSON, Python keywords and the reference page are derived from it. Plain values; "auto"
// fields are filled in by make_plan() (plan.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gradus {

// The one value of RunConfig::optimizer that is no UpdateRule.
inline constexpr std::string_view kLbfgs = "lbfgs";

// A run as people describe it. docs/configuration.md tells of every field; fields() is the same as a table.
struct RunConfig {
  // Data
  std::string data;
  std::string target;
  std::string task = "auto";
  std::vector<std::string> ignore;
  std::vector<std::string> keep;
  std::string weights;
  std::vector<std::string> positive;
  std::string validation = "auto";
  std::string test = "auto";
  bool stratify = true;
  bool shuffle_split = true;
  std::int64_t train_count = 0;
  std::string split_order;
  std::string standardize = "auto";
  double divisor = 255;
  std::string fit_on = "train";
  bool random_labels = false;
  std::int64_t random_classes = 0;
  std::int64_t samples = 0;
  std::string memory = "0";

  // Network
  std::vector<std::int64_t> hidden = {128};
  std::string activation = "relu";
  std::string normalization = "none";
  double dropout = 0;
  std::string output_activation = "auto";
  std::string bias = "layer";
  std::string initializer = "auto";
  std::string initial_weights;

  // Loss
  std::string loss = "auto";
  std::string reduction = "mean";
  double huber_delta = 1;
  double label_smoothing = 0;
  std::vector<std::string> class_weights;
  double l1 = 0;
  double l2 = 0;

  // Optimizer
  std::string optimizer = "adam";
  std::optional<double> learning_rate;
  std::optional<double> momentum;
  std::optional<double> decay;
  std::optional<double> beta1;
  std::optional<double> beta2;
  std::optional<double> epsilon;
  std::optional<double> weight_decay;
  double clip_norm = 0;
  double clip_value = 0;
  double max_norm = 0;
  std::string schedule = "constant";
  double schedule_decay = 0.95;
  std::int64_t schedule_every = 10;
  double schedule_factor = 0.1;
  double schedule_rate = 1;
  double schedule_power = 0.5;
  double schedule_minimum = 0;
  std::int64_t schedule_patience = 10;
  double schedule_smoothing = 0.5;
  double schedule_min_delta = 1e-4;
  double schedule_rise = 0.3;
  double schedule_start_divisor = 25;
  double schedule_end_divisor = 1e4;
  std::string schedule_annealing = "cosine";
  std::int64_t warmup_steps = 0;

  // Training
  std::optional<std::int64_t> batch_size;
  std::int64_t epochs = 100;
  bool shuffle = true;
  bool replacement = false;
  bool drop_last = false;
  std::string early_stopping = "patience";
  std::int64_t patience = 10;
  double min_delta = 0;
  bool restore_best = true;
  std::int64_t validations_per_epoch = 0;
  std::string train_metrics = "running";
  std::string metrics_over = "samples";
  double target_score = 0;
  std::int64_t log_every = 0;
  std::int64_t layers_every = 0;

  // Numbers
  std::int64_t seed = 0;
  std::string generator = "pcg64";
  std::string streams = "spawned";
  std::int64_t skip_draws = 0;
  std::string precision = "float";
  std::optional<std::int64_t> threads;
  std::int64_t gradient_slices = 1;

  friend bool operator==(const RunConfig&, const RunConfig&) = default;
};

// Which member of RunConfig a field is.
using FieldMember =
    std::variant<std::string RunConfig::*, double RunConfig::*, std::optional<double> RunConfig::*,
                 std::int64_t RunConfig::*, std::optional<std::int64_t> RunConfig::*, bool RunConfig::*,
                 std::vector<std::string> RunConfig::*, std::vector<std::int64_t> RunConfig::*>;

// One field of RunConfig as people write it: the table behind TOML, flags, JSON and Python keywords.
struct Field {
  std::string_view section;  // data, network, loss, optimizer, training, numbers
  std::string_view name;     // TOML key, JSON key; the flag is --name with '-' for '_'
  FieldMember member;
  std::string_view help;                           // one line
  std::span<const std::string_view> choices = {};  // of a string field; empty: any text
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool above_low = false;  // low itself is not allowed

  [[nodiscard]] std::string flag() const;  // "--learning-rate"
  [[nodiscard]] std::string type()
      const;  // "number", "whole number", "true|false", "text", "a,b,...", a choice list
  [[nodiscard]] std::string range() const;  // "> 0", "[0, 1)", "" where anything goes
};

[[nodiscard]] std::span<const Field> fields();
// Null where there is none of that name.
[[nodiscard]] const Field* find_field(std::string_view name);

// Text as typed on a command line: "0.01", "64,32", "none" (an empty list), "auto". Throws
// Error(kBadConfiguration) that names the field, the value and what is expected.
void set_field(RunConfig& config, const Field& field, std::string_view text);
// Such a text back; "auto" for an unset number.
[[nodiscard]] std::string field_text(const RunConfig& config, const Field& field);

// Every field within its range or choices, else Error(kBadConfiguration).
void validate(const RunConfig& config);

// TOML with one key per field. Unknown keys, wrong types and values out of range are Error(kBadConfiguration)
// with file and line and the nearest known name. Fields that the text does not name keep what `config` holds.
void read_toml(const std::filesystem::path& path, RunConfig& config);
void parse_toml(std::string_view text, const std::string& source, RunConfig& config);
// All fields, by section, each with its help as a comment; reading it gives the same configuration.
[[nodiscard]] std::string to_toml(const RunConfig& config);
// The table as a page of Markdown: docs/configuration.md.
[[nodiscard]] std::string reference_page();
// A JSON object with all fields; numbers with all their digits.
[[nodiscard]] std::string to_json(const RunConfig& config);

}  // namespace gradus
