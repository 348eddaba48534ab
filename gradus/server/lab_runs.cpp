#include "gradus/server/lab_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/runs/run_comparison.h"
#include "gradus/runs/run_export.h"
#include "gradus/runs/run_summary.h"
#include "gradus/server/lab_models.h"
#include "gradus/server/query_lists.h"
#include "gradus/server/run_table.h"
#include "gradus/server/thinning.h"
#include "gradus/study/verdict_file.h"

namespace gradus::server {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMostMetrics = 20;
constexpr std::size_t kMostCompared = 100;
constexpr std::size_t kMostExported = 100'000;          // runs
constexpr std::size_t kMostExportedPoints = 2'000'000;  // some 80 MB of text
constexpr std::size_t kPoints = 2'000;                  // of a curve
constexpr std::size_t kMostTags = 50;                   // in one request
constexpr std::size_t kLongestTag = 100;                // bytes
constexpr std::size_t kLongestNote = std::size_t{1} << 14;

HttpResponse answer(const ordered_json& json) {
  return json_response(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

ordered_json body_of(const HttpRequest& request) {
  ordered_json json = ordered_json::parse(request.body, nullptr, false);
  if (!json.is_object())
    throw Error(ErrorCode::kInvalidArgument, fmt::format("{}: the body is no JSON object", request.path));
  return json;
}

HttpResponse list(const RunStore& store, const HttpRequest& request) {
  RunQuery query;
  query.filter = request.query_value("filter");
  query.metrics = word_list(request.query_value("metrics"), kMostMetrics);
  return json_response(run_table_json(store, std::move(query)));
}

// By which a page sees cheaply that its list is old.
HttpResponse state(const RunStore& store) {
  RunQuery newest;
  newest.limit = 1;
  RunQuery running;
  running.filter = "status=running";
  const std::vector<RunRow> rows = store.list(newest);
  return answer({{"count", store.count()},
                 {"newest", rows.empty() ? 0 : rows.front().run.id},
                 {"running", store.list(running).size()}});
}

ordered_json record_json(const RunRecord& run) {
  return {{"id", run.id},
          {"label", label(run)},
          {"name", run.name},
          {"study", run.study},
          {"contender", run.contender},
          {"replicate", run.replicate},
          {"seed", run.seed},
          {"data", run.data},
          {"network", run.network},
          {"parameters", run.parameters},
          {"steps_per_epoch", run.steps_per_epoch},
          {"status", name_of(run.status)},
          {"stop_reason", run.stop_reason},
          {"error", run.error},
          {"started", run.started},
          {"finished", run.finished ? ordered_json(*run.finished) : ordered_json()},
          {"steps", run.steps},
          {"epochs", run.epochs},
          {"seconds", run.seconds},
          {"configuration_hash", run.configuration_hash},
          {"data_hash", run.data_hash},
          {"weights_sha256", run.weights_sha256},
          {"tags", run.tags},
          {"note", run.note}};
}

ordered_json figures_json(const Figures& all) {
  const auto value = [](const auto& figure) { return figure ? ordered_json(*figure) : ordered_json(); };
  ordered_json json = ordered_json::object();
  for (const auto& [name, figures] : all) {
    json[name] = {{"points", figures.count},           {"last", value(figures.last)},
                  {"best", value(figures.best)},       {"best_step", value(figures.best_step)},
                  {"minimum", value(figures.minimum)}, {"maximum", value(figures.maximum)},
                  {"final", value(figures.final)}};
  }
  return json;
}

HttpResponse one_run(const RunStore& store, std::uint64_t id) {
  ordered_json environment = ordered_json::object();
  for (const auto& [name, value] : environment_fields(store.environment(id))) environment[name] = value;
  ordered_json configuration = ordered_json::parse(store.configuration(id), nullptr, false);
  if (configuration.is_discarded()) configuration = nullptr;
  return answer({{"run", record_json(store.record(id))},
                 {"figures", figures_json(store.figures(id))},
                 {"configuration", std::move(configuration)},
                 {"environment", std::move(environment)}});
}

ordered_json curve_json(std::span<const std::uint64_t> steps, std::span<const double> values,
                        std::size_t most) {
  ordered_json curve{{"steps", ordered_json::array()}, {"values", ordered_json::array()}};
  for (const std::size_t i : thinned(values, most)) {
    curve["steps"].push_back(steps[i]);
    curve["values"].push_back(values[i]);
  }
  return curve;
}

// Training time at the end of each epoch.
ordered_json clock_json(const Series& seconds, std::size_t most) {
  std::vector<double> until;
  double sum = 0;
  for (const double epoch : seconds.values) until.push_back(sum += epoch);
  return curve_json(seconds.steps, until, most);
}

HttpResponse curves(const RunStore& store, const HttpRequest& request) {
  const std::vector<std::string> names = word_list(request.query_value("names"), kMostMetrics);
  const std::size_t most = count_of(request.query_value("points"), 4, kPoints);
  const std::uint64_t id = existing_run(store, request.id());
  ordered_json json{{"run", id},
                    {"steps_per_epoch", store.record(id).steps_per_epoch},
                    {"clock", curve_json({}, {}, most)},
                    {"series", ordered_json::object()}};
  for (const Series& series : store.series(id)) {
    if (series.name == "seconds") json["clock"] = clock_json(series, most);
    if (names.empty() || std::ranges::find(names, series.name) != names.end())
      json["series"][series.name] = curve_json(series.steps, series.values, most);
  }
  return answer(json);
}

ordered_json differences_json(const std::vector<RunDifference>& all) {
  ordered_json list = ordered_json::array();
  for (const auto& [name, values] : all) {
    ordered_json row{{"name", name}, {"values", ordered_json::array()}};
    for (const std::string& value : values) row["values"].push_back(ordered_json::parse(value));
    list.push_back(std::move(row));
  }
  return list;
}

HttpResponse compare(const RunStore& store, const HttpRequest& request) {
  const std::vector<std::uint64_t> ids = run_list(request.query_value("runs"), kMostCompared);
  const RunDifferences found = differences(store, ids);
  return answer({{"runs", ids},
                 {"configuration", differences_json(found.configuration)},
                 {"other", differences_json(found.other)}});
}

// The member `name` of the body; none where it lacks.
std::vector<std::string> tags_of(const ordered_json& body, const char* name) {
  const ordered_json list = body.value(name, ordered_json::array());
  const auto is_tag = [](const ordered_json& tag) {
    return tag.is_string() && !tag.get_ref<const std::string&>().empty() &&
           tag.get_ref<const std::string&>().size() <= kLongestTag;
  };
  if (!list.is_array() || list.size() > kMostTags || !std::ranges::all_of(list, is_tag)) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("tags to {}: expected a list of at most {} texts of 1 to {} bytes", name,
                            kMostTags, kLongestTag));
  }
  return list.get<std::vector<std::string>>();
}

HttpResponse change_tags(RunStore& store, const HttpRequest& request) {
  const ordered_json body = body_of(request);
  const std::vector<std::string> added = tags_of(body, "add");
  const std::vector<std::string> removed = tags_of(body, "remove");
  const std::uint64_t id = existing_run(store, request.id());
  for (const std::string& tag : removed) store.untag(id, tag);
  for (const std::string& tag : added) store.tag(id, tag);
  return answer({{"tags", store.record(id).tags}});
}

HttpResponse change_note(RunStore& store, const HttpRequest& request) {
  const ordered_json body = body_of(request);
  const auto note = body.find("note");
  if (note == body.end() || !note->is_string() || note->get_ref<const std::string&>().size() > kLongestNote) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("{}: expected {{\"note\": a text of at most {} bytes}}", request.path, kLongestNote));
  }
  store.set_note(existing_run(store, request.id()), note->get<std::string>());
  return answer({{"note", *note}});
}

// Those that are named, else all that match the filter.
std::vector<std::uint64_t> exported(const RunStore& store, const HttpRequest& request) {
  if (!request.query_value("runs").empty()) return run_list(request.query_value("runs"), kMostExported);
  RunQuery query;
  query.filter = request.query_value("filter");
  std::vector<std::uint64_t> ids;
  for (const RunRow& row : store.list(query)) ids.push_back(row.run.id);
  return ids;
}

ordered_json study_json(const study::FoundStudy& found) {
  ordered_json claims = ordered_json::array();
  for (const study::FoundVerdict& claim : found.claims) {
    claims.push_back({{"claim", claim.says},
                      {"text", claim.text},
                      {"report", claim.report},
                      {"verdict", claim.verdict},
                      {"estimate", claim.estimate},
                      {"interval", claim.interval ? ordered_json{claim.interval->low, claim.interval->high}
                                                  : ordered_json()},
                      {"p", claim.p},
                      {"reason", claim.reason}});
  }
  return {{"study", found.name},    {"title", found.title}, {"question", found.question},
          {"judged", found.judged}, {"runs", found.runs},   {"claims", std::move(claims)},
          {"error", found.error}};
}

HttpResponse studies(const RunStore& store) {
  ordered_json list = ordered_json::array();
  for (const study::FoundStudy& found : study::read_verdicts(store.folder()))
    list.push_back(study_json(found));
  return answer(list);
}

HttpResponse csv(std::string text, std::string_view name) {
  return download(std::move(text), "text/csv; charset=utf-8", name);
}

void add_exports(Routes& routes, const RunStore& store) {
  routes.get("/api/runs/{id}/export.csv", [&store](const HttpRequest& request) {
    const std::uint64_t id = existing_run(store, request.id());
    return csv(series_csv(store, std::span(&id, 1), kMostExportedPoints), fmt::format("run-{}.csv", id));
  });
  routes.get("/api/runs.csv", [&store](const HttpRequest& request) {
    return csv(runs_csv(store, exported(store, request)), "runs.csv");
  });
  routes.get("/api/curves.csv", [&store](const HttpRequest& request) {
    return csv(series_csv(store, exported(store, request), kMostExportedPoints), "curves.csv");
  });
}

}  // namespace

std::size_t LabRuns::group_of(std::uint64_t run) {
  const auto known = group_of_run_.find(run);
  if (known != group_of_run_.end()) return known->second;
  Sha256 hash;
  hash.add(without_seed(store_.configuration(run)));
  const std::size_t group =
      group_of_configuration_.emplace(hash.hex(), group_of_configuration_.size()).first->second;
  group_of_run_.emplace(run, group);
  return group;
}

HttpResponse LabRuns::groups() {
  const std::vector<RunRow> rows = store_.list({});
  const std::scoped_lock lock(mutex_);
  ordered_json json{{"id", ordered_json::array()}, {"group", ordered_json::array()}};
  for (const RunRow& row : rows) {
    json["id"].push_back(row.run.id);
    json["group"].push_back(group_of(row.run.id));
  }
  return answer(json);
}

void LabRuns::add_routes(Routes& routes) {
  routes.get("/api/runs", [this](const HttpRequest& request) { return list(store_, request); });
  routes.get("/api/runs/state", [this](const HttpRequest&) { return state(store_); });
  routes.get("/api/runs/groups", [this](const HttpRequest&) { return groups(); });
  routes.get("/api/runs/{id}", [this](const HttpRequest& request) {
    return one_run(store_, existing_run(store_, request.id()));
  });
  routes.get("/api/runs/{id}/series", [this](const HttpRequest& request) { return curves(store_, request); });
  routes.get("/api/compare", [this](const HttpRequest& request) { return compare(store_, request); });
  routes.get("/api/studies", [this](const HttpRequest&) { return studies(store_); });
  add_exports(routes, store_);
  routes.post("/api/runs/{id}/tags",
              [this](const HttpRequest& request) { return change_tags(store_, request); });
  routes.post("/api/runs/{id}/note",
              [this](const HttpRequest& request) { return change_note(store_, request); });
  routes.remove("/api/runs/{id}", [this](const HttpRequest& request) {
    const std::uint64_t id = existing_run(store_, request.id());
    store_.remove(id);
    return answer({{"deleted", id}});
  });
}

}  // namespace gradus::server
