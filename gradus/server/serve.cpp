#include "gradus/server/serve.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/server/oip_tensors.h"
#include "gradus/server/openapi.h"
#include "gradus/server/records.h"

namespace gradus::server {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestBody = std::size_t{16} << 20;
constexpr std::chrono::seconds kLooks{1};  // between two looks at the files

HttpResponse answer_of(const Json& json) {
  return json_response(json.dump());
}

Json tensors_json(const std::vector<TensorDescription>& tensors) {
  Json list = Json::array();
  for (const TensorDescription& tensor : tensors)
    list.push_back({{"name", tensor.name}, {"datatype", tensor.datatype}, {"shape", tensor.shape}});
  return list;
}

Json metadata_json(const ServedModel& model) {
  return {{"name", model.name},
          {"versions", Json::array({model.version})},
          {"platform", model.platform},
          {"inputs", tensors_json(input_tensors(model))},
          {"outputs", tensors_json(output_tensors(model))}};
}

// Of the model configuration extension: sizes of one row, and datatypes by their longer names.
Json config_tensors_json(const std::vector<TensorDescription>& tensors) {
  Json list = Json::array();
  for (const TensorDescription& tensor : tensors) {
    const bool texts = tensor.datatype == "BYTES";
    std::vector<long long> dims(tensor.shape.begin() + 1, tensor.shape.end());
    if (dims.empty()) dims.push_back(1);
    list.push_back({{"name", tensor.name},
                    {"data_type", texts ? "TYPE_STRING" : "TYPE_" + tensor.datatype},
                    {"dims", dims}});
  }
  return list;
}

Json config_json(const ServedModel& model) {
  return {{"name", model.name},
          {"platform", model.platform},
          {"backend", "gradus"},
          {"version_policy", {{"latest", {{"num_versions", 1}}}}},
          {"max_batch_size", 0},
          {"input", config_tensors_json(input_tensors(model))},
          {"output", config_tensors_json(output_tensors(model))},
          {"dynamic_batching", Json::object()}};
}

// What the handler answers, counted and timed whether it succeeds or not.
template <class Answer>
HttpResponse measured(ModelMetrics& metrics, const Answer& answer) {
  const Clock::time_point begin = Clock::now();
  const auto count = [&](int status) {
    metrics.requests.add(status);
    metrics.seconds.add(std::chrono::duration<double>(Clock::now() - begin).count());
  };
  try {
    HttpResponse response = answer();
    count(response.status);
    return response;
  } catch (const Error& error) {
    count(status_of(error.code()));
    throw;
  } catch (...) {
    count(500);
    throw;
  }
}

HttpResponse infer(const ServedModel& model, const HttpRequest& http) {
  const InferRequest request = read_infer_request(http.body, http.header("inference-header-content-length"));
  check_outputs(model, request);
  const InputRows rows = rows_of(model, request);
  return infer_response(model, request, rows.count, predict(model, rows));
}

}  // namespace

Serve::Serve(ServeOptions options) : options_(std::move(options)), models_(options_.models, options_.log) {}

// {name}, and {version} where the pattern has one.
std::shared_ptr<const ServedModel> Serve::model_of(const HttpRequest& request) const {
  std::shared_ptr<const ServedModel> model = models_.find(request.parameters.at(0));
  if (request.parameters.size() > 1 && request.parameters[1] != model->version) {
    throw Error(ErrorCode::kNotFound,
                fmt::format("model '{}' has no version '{}'; served is version {}", model->name,
                            request.parameters[1].substr(0, 40), model->version));
  }
  return model;
}

void Serve::add_server_routes(Routes& routes) {
  const auto server = [this](const HttpRequest&) {
    return answer_of({{"name", "gradus"},
                      {"version", options_.version},
                      {"extensions", Json::array({"binary_tensor_data", "model_configuration"})}});
  };
  routes.get("/v2", server);
  routes.get("/v2/", server);
  routes.get("/v2/health/live", [](const HttpRequest&) { return answer_of({{"live", true}}); });
  // Every model was there before the first request was.
  routes.get("/v2/health/ready", [](const HttpRequest&) {
    return answer_of({{"live", true}, {"ready", true}});
  });
  routes.get("/", [this](const HttpRequest&) {
    Json models = Json::array();
    for (const auto& model : models_.all()) models.push_back(metadata_json(*model));
    return answer_of({{"name", "gradus"},
                      {"version", options_.version},
                      {"description", "/openapi.json"},
                      {"models", std::move(models)}});
  });
  routes.get("/metrics", [this](const HttpRequest&) {
    HttpResponse response;
    response.type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics_text(models_.metrics(), responses_);
    return response;
  });
  routes.get("/openapi.json",
             [this](const HttpRequest&) { return json_response(openapi_json(options_.version)); });
}

void Serve::add_model_routes(Routes& routes, const std::string& prefix) {
  routes.get(prefix,
             [this](const HttpRequest& request) { return answer_of(metadata_json(*model_of(request))); });
  routes.get(prefix + "/ready", [this](const HttpRequest& request) {
    return answer_of({{"name", model_of(request)->name}, {"ready", true}});
  });
  routes.get(prefix + "/config",
             [this](const HttpRequest& request) { return answer_of(config_json(*model_of(request))); });
  routes.post(
      prefix + "/infer",
      [this](const HttpRequest& request) {
        const std::shared_ptr<const ServedModel> model = model_of(request);
        return measured(model->metrics, [&] { return infer(*model, request); });
      },
      kLargestBody);
}

void Serve::add_record_routes(Routes& routes) {
  const auto answer = [](const ServedModel& model, const HttpRequest& request) {
    return measured(model.metrics, [&] { return json_response(predict_records(model, request.body)); });
  };
  routes.post(
      "/predict/{name}",
      [this, answer](const HttpRequest& request) { return answer(*model_of(request), request); },
      kLargestBody);
  routes.post(
      "/predict",
      [this, answer](const HttpRequest& request) {
        const auto models = models_.all();
        if (models.size() > 1)
          throw Error(ErrorCode::kInvalidArgument,
                      fmt::format("{} models are served; ask /predict/NAME, such as /predict/{}",
                                  models.size(), models.front()->name));
        return answer(*models.front(), request);
      },
      kLargestBody);
}

Routes Serve::routes() {
  Routes routes;
  add_model_routes(routes, "/v2/models/{name}");
  add_model_routes(routes, "/v2/models/{name}/versions/{version}");
  add_record_routes(routes);
  add_server_routes(routes);
  return routes;
}

void Serve::watch() {
  watcher_ = std::jthread([this](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any ended;
    std::unique_lock lock(mutex);
    while (!ended.wait_for(lock, stop, kLooks, [&] { return stop.stop_requested(); })) models_.refresh();
  });
}

}  // namespace gradus::server
