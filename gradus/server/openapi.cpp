#include "gradus/server/openapi.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace gradus::server {
namespace {

using Json = nlohmann::ordered_json;

Json reference(const std::string& schema) {
  return {{"$ref", "#/components/schemas/" + schema}};
}

Json text() {
  return {{"type", "string"}};
}

Json list_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

Json object(Json properties, std::vector<std::string> required) {
  return {{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

Json content(const std::string& type, Json schema) {
  return {{type, {{"schema", std::move(schema)}}}};
}

Json answers(Json success) {
  const Json refusal = {{"description", "What was wrong, and what was expected"},
                        {"content", content("application/json", reference("error"))}};
  return {{"200", {{"description", "OK"}, {"content", std::move(success)}}}, {"default", refusal}};
}

Json path_parameter(const std::string& name) {
  return {{"name", name}, {"in", "path"}, {"required", true}, {"schema", text()}};
}

Json get(const std::string& summary, Json success) {
  return {{"summary", summary}, {"responses", answers(std::move(success))}};
}

Json post(const std::string& summary, Json request, Json success) {
  return {{"summary", summary},
          {"requestBody", {{"required", true}, {"content", std::move(request)}}},
          {"responses", answers(std::move(success))}};
}

Json json_of(const std::string& schema) {
  return content("application/json", reference(schema));
}

// Of one prefix, with the parameters that stand in it.
void add_model_paths(const std::string& prefix, const Json& parameters, Json& paths) {
  const auto add = [&](const std::string& ending, const std::string& method, Json operation) {
    paths[prefix + ending] = {{"parameters", parameters}, {method, std::move(operation)}};
  };
  Json request = json_of("inference_request");
  Json response = json_of("inference_response");
  const Json bytes = {{"type", "string"}, {"format", "binary"}};
  request["application/octet-stream"] = {{"schema", bytes}};
  response["application/octet-stream"] = {{"schema", bytes}};
  add("", "get", get("Model metadata", json_of("model_metadata")));
  add("/ready", "get", get("Model ready", content("application/json", {{"type", "object"}})));
  add("/config", "get", get("Model configuration", content("application/json", {{"type", "object"}})));
  add("/infer", "post",
      post("Inference; tensors as JSON, or as bytes behind it as Inference-Header-Content-Length says",
           std::move(request), std::move(response)));
}

Json paths() {
  Json paths = Json::object();
  const Json any_object = content("application/json", {{"type", "object"}});
  add_model_paths("/v2/models/{name}", Json::array({path_parameter("name")}), paths);
  add_model_paths("/v2/models/{name}/versions/{version}",
                  Json::array({path_parameter("name"), path_parameter("version")}), paths);
  paths["/predict/{name}"] = {{"parameters", Json::array({path_parameter("name")})},
                              {"post", post("Predictions for one record or a list of them",
                                            json_of("records"), json_of("predictions"))}};
  paths["/predict"]["post"] =
      post("The same where one model is served", json_of("records"), json_of("predictions"));
  for (const char* path : {"/v2", "/v2/"})
    paths[path]["get"] = get("Server metadata", json_of("server_metadata"));
  paths["/v2/health/live"]["get"] = get("Server live", any_object);
  paths["/v2/health/ready"]["get"] = get("Server ready", any_object);
  paths["/"]["get"] = get("The models that are served", any_object);
  paths["/metrics"]["get"] = get("Counters in Prometheus' text format", content("text/plain", text()));
  paths["/openapi.json"]["get"] = get("This description", any_object);
  return paths;
}

Json schemas() {
  const Json whole = {{"type", "integer"}};
  const Json parameters = {{"type", "object"}};
  const Json tensor = object({{"name", text()}, {"datatype", text()}, {"shape", list_of(whole)}},
                             {"name", "datatype", "shape"});
  Json with_data = tensor;
  with_data["properties"]["parameters"] = parameters;
  with_data["properties"]["data"] = list_of(Json::object());
  const Json output = object({{"name", text()}, {"parameters", parameters}}, {"name"});
  const Json record = {{"type", "object"}, {"additionalProperties", true}};
  const Json one_or_many = {{"oneOf", Json::array({record, list_of(record)})}};
  return {{"error", object({{"error", text()}}, {"error"})},
          {"server_metadata", object({{"name", text()}, {"version", text()}, {"extensions", list_of(text())}},
                                     {"name", "version", "extensions"})},
          {"model_metadata", object({{"name", text()},
                                     {"versions", list_of(text())},
                                     {"platform", text()},
                                     {"inputs", list_of(tensor)},
                                     {"outputs", list_of(tensor)}},
                                    {"name", "platform", "inputs", "outputs"})},
          {"inference_request", object({{"id", text()},
                                        {"parameters", parameters},
                                        {"inputs", list_of(with_data)},
                                        {"outputs", list_of(output)}},
                                       {"inputs"})},
          {"inference_response", object({{"model_name", text()},
                                         {"model_version", text()},
                                         {"id", text()},
                                         {"outputs", list_of(with_data)}},
                                        {"model_name", "outputs"})},
          {"records", one_or_many},
          {"predictions", object({{"model", text()},
                                  {"version", text()},
                                  {"prediction", Json::object()},
                                  {"probabilities", record},
                                  {"predictions", list_of(record)}},
                                 {"model", "version"})}};
}

}  // namespace

std::string openapi_json(const std::string& version) {
  const Json description = {
      {"openapi", "3.0.3"},
      {"info",
       {{"title", "gradus serve"},
        {"version", version},
        {"description",
         "Predictions by the Open Inference Protocol v2, and for records with names of columns."}}},
      {"paths", paths()},
      {"components", {{"schemas", schemas()}}}};
  return description.dump(2);
}

}  // namespace gradus::server
