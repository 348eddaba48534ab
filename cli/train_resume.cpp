#include "cli/train_resume.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "cli/console.h"
#include "gradus/core/error.h"
#include "gradus/runs/run_identity.h"
#include "gradus/runs/run_store.h"

namespace gradus::cli {

namespace fs = std::filesystem;

namespace {

struct Unit {
  std::string_view name;
  double seconds;
};
constexpr std::array<Unit, 4> kUnits = {{{"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}}};

std::optional<std::uint64_t> whole_number_in(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The folder of all runs, and the number of this one in it.
std::pair<fs::path, std::uint64_t> place_of(const std::string& run, const fs::path& runs) {
  if (const auto number = whole_number_in(run)) return {runs, *number};
  fs::path folder = fs::path(run).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const auto number = whole_number_in(folder.filename().string());
  if (!number) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("setting --resume: got '{}'; expected the number of a run, as `gradus runs list` prints "
                    "it, or its folder such as runs/12",
                    run));
  }
  return {folder.has_parent_path() ? folder.parent_path() : fs::path("."), *number};
}

// The number of threads changes no bit; everything else would make another run of it.
void refuse_changes(const RunFlags& flags, const fs::path& folder) {
  std::string given = flags.data.empty() ? "" : "DATA";
  if (!flags.config_file.empty()) given = "--config";
  std::string anew;
  for (const auto& [name, text] : flags.given) {
    if (name == "threads") continue;
    given = find_field(name)->flag();
    anew = fmt::format(", or begin anew with gradus train --config {}/config.toml {} {}", folder.string(),
                       given, text);
  }
  if (given.empty()) return;
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format(
          "resuming {}: {} is not for a run that goes on, which keeps its configuration; leave it out{}",
          folder.string(), given, anew));
}

RunConfig config_of(const ResumedRun& run, const std::string& configuration, const RunFlags& flags) {
  RunConfig config = run.checkpoint ? run.checkpoint->head().config
                                    : config_from_json(configuration, fmt::format("run {}", run.record.id));
  for (const auto& [name, text] : flags.given) set_field(config, *find_field(name), text);
  return config;
}

// A file that was put there from another run would end as this one.
void require_own_checkpoint(const ResumedRun& run) {
  const bool own = configuration_hash(run.config) == run.record.configuration_hash &&
                   (!run.checkpoint || run.checkpoint->head().data_hash == run.record.data_hash);
  if (own) return;
  const std::string folder = run.record.folder.string();
  throw Error(
      ErrorCode::kBadData,
      fmt::format("resuming {}: {} of another run; expected what configuration {} was begun with; put its "
                  "own back, or begin anew with gradus train --config {}/config.toml",
                  folder, run.checkpoint ? "its checkpoint is" : "the file of initial weights is",
                  run.record.configuration_hash.substr(0, 12), folder));
}

// As a shell takes it for one word.
std::string shell_word(const std::string& text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char letter : text) word += letter == '\'' ? "'\\''" : std::string(1, letter);
  return word + "'";
}

void require_same_data(const ResumedRun& run, const Experiment& experiment) {
  const std::string& expected = run.record.data_hash;
  const std::string found = data_hash(experiment.data);
  if (found == expected) return;
  std::string files = run.config.data;
  for (const std::string& part : {run.config.validation, run.config.test}) {
    if (!part_size_from_text(part)) files += " with " + part;
  }
  throw Error(
      ErrorCode::kBadData,
      fmt::format("resuming {}: {} is not what the run was trained on: its hash is {}; expected {}; put the "
                  "data back as they were, or begin anew with gradus train --config {}/config.toml",
                  run.record.folder.string(), files, found.substr(0, 12), expected.substr(0, 12),
                  run.record.folder.string()));
}

bool has_checkpoint(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / kCheckpointFile, error) || fs::exists(folder / kPreviousCheckpointFile, error);
}

}  // namespace

CheckpointPace checkpoint_pace(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  CheckpointPace pace;
  if (error == std::errc() && number >= 0 && number <= 1e9) {
    const auto* found = std::ranges::find(kUnits, unit, &Unit::name);
    if (found != kUnits.end()) {
      pace.seconds = number * found->seconds;
      return pace;
    }
    pace.steps = static_cast<std::uint64_t>(number);
    if (unit.empty() && static_cast<double>(pace.steps) == number) return pace;
  }
  throw Error(
      ErrorCode::kInvalidArgument,
      fmt::format("setting --checkpoint-every: got '{}'; expected a time such as 5s, 50ms or 10min, a whole "
                  "number of steps such as 1000, or 0 for none",
                  text));
}

KnownRun find_known_run(const std::string& run, const fs::path& runs, const RunFlags& flags) {
  const auto [folder, number] = place_of(run, runs);
  const RunStore store = RunStore::open_existing(folder);
  KnownRun found;
  found.runs = folder;
  found.record = store.record(number);
  found.configuration = store.configuration(number);
  refuse_changes(flags, found.record.folder);
  return found;
}

// Joined by NUL, which no path has.
std::string to_text(const KnownRun& run) {
  std::string text;
  for (const std::string& part :
       {run.runs.string(), run.record.folder.string(), run.record.configuration_hash, run.record.data_hash,
        run.configuration, std::to_string(run.record.id),
        std::to_string(static_cast<int>(run.record.status))}) {
    text += part + '\0';
  }
  return text;
}

KnownRun known_run_from(std::string_view text) {
  const auto next = [&text] {
    const std::size_t end = text.find('\0');
    std::string part(text.substr(0, end));
    text.remove_prefix(end + 1);
    return part;
  };
  KnownRun run;
  run.runs = next();
  run.record.folder = next();
  run.record.configuration_hash = next();
  run.record.data_hash = next();
  run.configuration = next();
  run.record.id = whole_number_in(next()).value();
  run.record.status = static_cast<RunStatus>(whole_number_in(next()).value());
  return run;
}

ResumedRun resumed_run(const KnownRun& run, const RunFlags& flags) {
  ResumedRun found;  // not in braces: g++ 12 destroys `config` twice where a later one of them throws
  found.runs = run.runs;
  found.record = run.record;
  found.checkpoint = newest_checkpoint(run.record.folder);
  if (found.has_ended() && !found.checkpoint) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("resuming {}: it is {} and left no checkpoint; gradus runs show {} tells its figures",
                    found.record.folder.string(), name_of(found.record.status), found.record.id));
  }
  found.config = config_of(found, run.configuration, flags);
  require_own_checkpoint(found);
  return found;
}

void tell_of_previous(const ResumedRun& run) {
  if (!run.checkpoint || run.checkpoint->path().filename() != kPreviousCheckpointFile) return;
  const std::string folder = run.record.folder.string();
  print_error(fmt::format("gradus: {}/{} is missing or damaged; {} goes on from the checkpoint before it",
                          folder, kCheckpointFile, folder));
}

Experiment set_up_again(const ResumedRun& run, const SourceOptions& source) {
  try {
    Experiment experiment = set_up(run.config, source);
    require_same_data(run, experiment);
    return experiment;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound || fs::path(run.config.data).is_absolute()) throw;
    throw Error(ErrorCode::kNotFound,
                fmt::format("resuming {}: {}; names of files count from the folder where the run began",
                            run.record.folder.string(), error.what()));
  }
}

bool can_go_on(const RunRecord& run) {
  const bool was_stopped = run.status == RunStatus::kStopped || run.status == RunStatus::kInterrupted ||
                           run.status == RunStatus::kFailed;
  return was_stopped && has_checkpoint(run.folder);
}

std::string resume_command(const fs::path& folder, const std::string& out) {
  if (!has_checkpoint(folder)) return "";
  return "gradus train --resume " + shell_word(folder.string()) +
         (out.empty() ? "" : " --out " + shell_word(out));
}

}  // namespace gradus::cli
