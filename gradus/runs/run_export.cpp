#include "gradus/runs/run_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/runs/run_series.h"
#include "gradus/runs/tensorboard.h"
#include "gradus/train/run_config.h"

namespace gradus {

namespace {

namespace fs = std::filesystem;

std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

// As the configuration page writes values: text as it is, lists in brackets.
std::string cell(const nlohmann::json& value) {
  return csv_cell(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string run_row(const RunStore& store, const RunRecord& run, const std::vector<std::string>& series) {
  std::string row = fmt::format(
      "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}", run.id, csv_cell(run.name),
      csv_cell(run.study), csv_cell(run.contender), run.replicate, run.seed, csv_cell(run.data),
      csv_cell(run.network), run.parameters, name_of(run.status), csv_cell(run.stop_reason), run.started,
      cell(run.finished), run.steps, run.epochs, run.seconds, csv_cell(run.weights_sha256),
      csv_cell(fmt::format("{}", fmt::join(run.tags, ","))), csv_cell(run.note));
  const auto figures = store.figures(run.id);
  for (const std::string& name : series) {
    const auto found = std::ranges::find(figures, name, &std::pair<std::string, SeriesFigures>::first);
    if (found == figures.end()) {
      row += ",,,";
    } else {
      row +=
          "," + cell(found->second.last) + "," + cell(found->second.best) + "," + cell(found->second.final);
    }
  }
  const nlohmann::json config = nlohmann::json::parse(store.configuration(run.id), nullptr, false);
  for (const Field& field : fields()) {
    const std::string name(field.name);
    row += config.is_object() && config.contains(name) ? "," + cell(config[name]) : ",";
  }
  return row + "\n";
}

// A folder's name: letters, digits, '.', '_' and '-' of a run's name.
std::string folder_name(const RunRecord& run) {
  std::string name = run.name.empty() ? run.contender : run.name;
  std::ranges::replace_if(
      name,
      [](unsigned char letter) {
        return std::isalnum(letter) == 0 && letter != '.' && letter != '_' && letter != '-';
      },
      '_');
  return name.empty() ? std::to_string(run.id) : fmt::format("{}-{}", run.id, name);
}

std::vector<RunRecord> records(const RunStore& store, std::span<const std::uint64_t> ids) {
  std::vector<RunRecord> runs;
  for (const std::uint64_t id : ids) runs.push_back(store.record(id));
  return runs;
}

}  // namespace

std::string csv_cell(std::string_view text) {
  std::string cell(text);
  if (!cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos)
    cell.insert(0, "'");
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char letter : cell) quoted += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return quoted + "\"";
}

std::string runs_csv(const RunStore& store, std::span<const std::uint64_t> ids) {
  const std::vector<std::string> names = store.series_names();
  std::string table =
      "id,name,study,contender,replicate,seed,data,network,parameters,status,stop_reason,started,finished,"
      "steps,epochs,seconds,weights_sha256,tags,note";
  for (const std::string& name : names) {
    for (const char* figure : {"last", "best", "final"}) table += "," + csv_cell(name + "." + figure);
  }
  for (const Field& field : fields()) table += fmt::format(",configuration.{}", field.name);
  table += "\n";
  for (const RunRecord& run : records(store, ids)) table += run_row(store, run, names);
  return table;
}

std::string series_csv(const RunStore& store, std::span<const std::uint64_t> ids, std::size_t most) {
  std::string points = "run,series,step,epoch,value\n";
  std::size_t count = 0;
  for (const RunRecord& run : records(store, ids)) {
    for (const Series& series : store.series(run.id)) {
      count += series.steps.size();
      if (count > most) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("exporting the curves of {} runs: more than {} points; choose fewer runs, or "
                                "use `gradus runs export`",
                                ids.size(), most));
      }
      const std::string name = csv_cell(series.name);
      for (std::size_t i = 0; i < series.steps.size(); ++i) {
        fmt::format_to(std::back_inserter(points), "{},{},{},{},{}\n", run.id, name, series.steps[i],
                       epoch_of_step(series.steps[i], run.steps_per_epoch), series.values[i]);
      }
    }
  }
  return points;
}

std::vector<fs::path> export_csv(const RunStore& store, std::span<const std::uint64_t> ids,
                                 const fs::path& folder) {
  const std::string table = runs_csv(store, ids);
  const std::string points = series_csv(store, ids);
  make_folder(folder);
  write_file_atomically(folder / "runs.csv", table);
  write_file_atomically(folder / "series.csv", points);
  return {folder / "runs.csv", folder / "series.csv"};
}

std::vector<fs::path> export_tensorboard(const RunStore& store, std::span<const std::uint64_t> ids,
                                         const fs::path& folder) {
  std::vector<fs::path> files;
  for (const RunRecord& run : records(store, ids)) {
    const fs::path place = folder / folder_name(run);
    make_folder(place);
    files.push_back(place /
                    fmt::format("events.out.tfevents.{}.gradus", static_cast<std::uint64_t>(run.started)));
    write_file_atomically(files.back(), tensorboard_events(store.series(run.id), run.started,
                                                           run.finished.value_or(run.started)));
  }
  return files;
}

}  // namespace gradus
