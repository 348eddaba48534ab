#include "gradus/server/lab_train.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/server/lab_data.h"
#include "gradus/train/plan.h"

namespace gradus::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostSamples = 10'000'000;  // that a page may have generated
constexpr double kMostWeights = 1e8;               // in a layer
constexpr std::array<std::string_view, 2> kFiles = {"split_order", "initial_weights"};

Json bound(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

HttpResponse list_fields() {
  static const RunConfig defaults;
  Json list = Json::array();
  for (const Field& field : fields()) {
    if (std::ranges::find(kFiles, field.name) != kFiles.end()) continue;
    list.push_back({{"section", field.section},
                    {"name", field.name},
                    {"flag", field.flag()},
                    {"type", field.choices.empty() ? Json(field.type()) : Json("choice")},
                    {"default", field_text(defaults, field)},
                    {"choices", field.choices},
                    {"range", field.range()},
                    {"low", bound(field.low)},
                    {"high", bound(field.high)},
                    {"above_low", field.above_low},
                    {"help", field.help}});
  }
  return json_response(list.dump());
}

Error refused(const std::string& field, const std::string& why) {
  return {ErrorCode::kBadConfiguration, fmt::format("setting {}: {}", field, why)};
}

// A part is a size, or a table of the lab's: no text of a page becomes a path.
std::string part_source(const std::string& text, const Uploads& uploads) {
  return part_size_from_text(text) ? text : data_source(text, uploads);
}

void set(RunConfig& config, const std::string& name, const std::string& text, const Uploads& uploads) {
  const Field* field = find_field(name);
  if (field == nullptr) throw refused(name, "there is no such field");
  if (std::ranges::find(kFiles, name) != kFiles.end() && !text.empty())
    throw refused(name, "the lab opens no files by their names; `gradus train` does");
  if (name == "data") {
    config.data = data_source(text, uploads);
  } else if (name == "validation" || name == "test") {
    set_field(config, *field, part_source(text, uploads));
  } else {
    set_field(config, *field, text);
  }
}

// What would take the whole machine is asked for by a slip of the finger more often than on purpose.
void check_sizes(const RunConfig& config) {
  if (config.samples > kMostSamples)
    throw refused("samples", fmt::format("got {}; the lab draws at most {}", config.samples, kMostSamples));
  double before = 1;
  for (const std::int64_t width : config.hidden) {
    if (static_cast<double>(width) * before > kMostWeights) {
      throw refused("hidden", fmt::format("a layer of {} units behind {} has more than {} weights", width,
                                          before, kMostWeights));
    }
    before = static_cast<double>(width);
  }
}

// "setting learning_rate: ..." -> learning_rate
std::string field_of(std::string_view message) {
  constexpr std::string_view kBegin = "setting ";
  if (!message.starts_with(kBegin)) return {};
  message.remove_prefix(kBegin.size());
  const std::string_view name = message.substr(0, message.find_first_of(": ="));
  return find_field(name) != nullptr ? std::string(name) : std::string();
}

HttpResponse refusal(const std::string& field, const char* message) {
  const Json json{{"error", message}, {"field", field.empty() ? Json() : Json(field)}};
  return json_response(json.dump(-1, ' ', false, Json::error_handler_t::replace), 400);
}

RunLabels labels_of(const Json& body) {
  constexpr std::size_t kLongest = 1000;
  RunLabels labels;
  labels.name = body.value("name", "");
  labels.note = body.value("note", "");
  labels.tags = body.value("tags", std::vector<std::string>());
  if (labels.name.size() > kLongest || labels.note.size() > kLongest || labels.tags.size() > kLongest) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("starting a training: name and note have at most {} bytes", kLongest));
  }
  return labels;
}

HttpResponse start(TrainingJobs& trainings, const Uploads& uploads, const HttpRequest& request) {
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("fields") || !body["fields"].is_object())
    return error_response(400, "starting a training: expected a JSON object with `fields`");
  std::string field;
  try {
    RunConfig config;
    for (const auto& [name, text] : body["fields"].items()) {
      field = name;
      set(config, name, text.get<std::string>(), uploads);
    }
    field.clear();
    check_sizes(config);
    const std::uint64_t id = trainings.start(config, labels_of(body));
    return json_response(fmt::format("{{\"id\":{}}}", id));
  } catch (const Json::exception&) {
    return refusal(field, "starting a training: fields, name, note and tags are texts");
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kFile) throw;
    return refusal(field.empty() ? field_of(error.what()) : field, error.what());
  }
}

HttpResponse list(const TrainingJobs& trainings) {
  std::string summaries;
  for (const std::uint64_t id : trainings.ids()) {
    try {
      const std::string summary = trainings.summary(id);
      summaries += (summaries.empty() ? "" : ",") + summary;
    } catch (const Error&) {
      // It was forgotten meanwhile.
    }
  }
  return json_response(fmt::format("[{}]", summaries));
}

}  // namespace

void add_train_routes(Routes& routes, TrainingJobs& trainings, const Uploads& uploads) {
  routes.get("/api/fields", [](const HttpRequest&) { return list_fields(); });
  routes.post("/api/trainings", [&trainings, &uploads](const HttpRequest& request) {
    return start(trainings, uploads, request);
  });
  routes.get("/api/trainings", [&trainings](const HttpRequest&) { return list(trainings); });
  routes.get("/api/trainings/{id}", [&trainings](const HttpRequest& request) {
    return json_response(trainings.state(request.id()));
  });
  routes.get("/api/trainings/{id}/events", [&trainings](const HttpRequest& request) {
    return event_response(trainings.events(request.id()), request);
  });
  const auto add = [&](const char* verb, void (TrainingJobs::*act)(std::uint64_t)) {
    routes.post(fmt::format("/api/trainings/{{id}}/{}", verb), [&trainings, act](const HttpRequest& request) {
      (trainings.*act)(request.id());
      return json_response("{}");
    });
  };
  add("pause", &TrainingJobs::pause);
  add("resume", &TrainingJobs::resume);
  add("step", &TrainingJobs::step);
  add("stop", &TrainingJobs::stop);
}

}  // namespace gradus::server
