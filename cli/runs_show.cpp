// gradus runs show: the birth certificate of a run.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/runs_commands.h"
#include "cli/runs_text.h"
#include "cli/train_resume.h"
#include "gradus/report/display_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/text_table.h"
#include "gradus/runs/run_identity.h"

namespace gradus::cli {

namespace {

constexpr int kTextColumn = 15;

// "name           value", nothing for an empty value.
std::string line(const std::string& name, const std::string& value) {
  if (value.empty()) return "";
  return wrapped(fmt::format("{:<{}}{}\n", name, kTextColumn, report::printable(value)), kTextColumn);
}

std::string status_text(const RunRecord& run) {
  std::string text(name_of(run.status));
  if (!run.stop_reason.empty() && run.stop_reason != text) text += fmt::format(" ({})", run.stop_reason);
  if (run.steps > 0) {
    text += fmt::format("; {} epochs, {} steps, {} of training", report::format_count(run.epochs),
                        report::format_count(run.steps), duration_text(run.seconds));
  }
  return text;
}

std::string identity_text(const RunRecord& run) {
  std::string text = line("name", run.name) + line("study", run.study) + line("contender", run.contender);
  if (!run.study.empty()) text += line("replicate", std::to_string(run.replicate));
  text += line("status", status_text(run)) + line("error", run.error);
  text += line("started", fmt::format("{}, {} ago", time_text(run.started), age_text(run.started)));
  text += line("data", fmt::format("{}, hash {}", run.data, run.data_hash));
  text +=
      line("network", fmt::format("{}, {} parameters", run.network, report::format_count(run.parameters)));
  text += line("seed", std::to_string(run.seed)) + line("weights", run.weights_sha256);
  text += line("configuration", run.configuration_hash);
  return text + line("tags", fmt::format("{}", fmt::join(run.tags, ", "))) + line("note", run.note);
}

std::string environment_text(const Environment& e) {
  std::string text = line("processor", e.processor);
  text += line("kernels", fmt::format("{}, {} thread{}", e.kernels, e.threads, e.threads == 1 ? "" : "s"));
  text += line("gradus",
               fmt::format("{}{}, numerics version {}", e.version,
                           e.source.empty() ? "" : fmt::format(", source {}", e.source), e.numerics_version));
  return text + line("built with", e.compiler) + line("system", e.system) + line("C library", e.c_library);
}

std::string files_text(const RunRecord& run) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(run.folder, error))
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  std::string text = line("files", run.folder.string() + (names.empty() ? ": none" : ""));
  if (!names.empty()) text += line("", fmt::format("{}", fmt::join(names, ", ")));
  if (!run.model.empty()) text += line("model", (run.folder / run.model).string());
  return text;
}

std::string figures_table(const Figures& figures) {
  using report::Align;
  report::TextTable table({{"series"},
                           {"points", Align::kRight},
                           {"last", Align::kRight},
                           {"best", Align::kRight},
                           {"at step", Align::kRight},
                           {"kept weights", Align::kRight}});
  for (const auto& [name, f] : figures) {
    table.add_row({name, report::format_count(f.count), figure_text(f.last), figure_text(f.best),
                   f.best_step ? report::format_count(*f.best_step) : "-", figure_text(f.final)});
  }
  return figures.empty() ? "" : "\n" + table.render(console().width);
}

// What the configuration says that is not the default.
std::string configuration_text(const std::string& json, const std::string& source) {
  const RunConfig config = config_from_json(json, source);
  const RunConfig defaults;
  std::string text;
  for (const Field& field : fields()) {
    const std::string value = field_text(config, field);
    if (value != field_text(defaults, field))
      text += fmt::format("  {} = {}\n", field.name, report::printable(value));
  }
  return text.empty() ? "" : "\nconfiguration, where it is not the default:\n" + text;
}

}  // namespace

int show_run(const RunsOptions& options) {
  const RunStore store = RunStore::open_existing(options.runs);
  const std::uint64_t id = options.ids.front();
  const RunRecord run = store.record(id);
  const Figures figures = store.figures(id);
  const std::string configuration = store.configuration(id);
  const Environment environment = store.environment(id);
  if (options.json) {
    nlohmann::ordered_json place;
    for (const auto& [name, value] : environment_fields(environment)) place[name] = value;
    place["threads"] = environment.threads;
    place["numerics_version"] = environment.numerics_version;
    print_line(fmt::format(
        "{{\"event\":\"run\",{},\"metrics\":{},\"error\":{},\"folder\":{},\"model\":{},\"environment\":{},"
        "\"configuration\":{}}}",
        run_members(run), figures_object(figures), json_text(run.error), json_text(run.folder.string()),
        run.model.empty() ? "null" : json_text((run.folder / run.model).string()),
        place.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
        nlohmann::json::accept(configuration) ? configuration : "null"));
    return kDone;
  }
  print(fmt::format("run {}\n", id) + identity_text(run) + environment_text(environment) + files_text(run) +
        figures_table(figures) + configuration_text(configuration, fmt::format("run {}", id)));
  print_line(fmt::format("\nrepeat  gradus runs reproduce {}", id));
  if (can_go_on(run)) print_line(report::printable("go on   " + resume_command(run.folder)));
  return kDone;
}

}  // namespace gradus::cli
