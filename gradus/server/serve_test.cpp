#include "gradus/server/serve.h"

#include <gmock/gmock.h>

#include <chrono>
#include <set>
#include <thread>

#include "gradus/core/error.h"
#include "gradus/server/http_fixture.h"
#include "gradus/server/serve_test.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(Serve, SaysWhatItIs) {
  const ServeTest served;
  const json expected = {{"name", "gradus"},
                         {"version", "1.2.3"},
                         {"extensions", json::array({"binary_tensor_data", "model_configuration"})}};
  EXPECT_EQ(served.get_json("/v2"), expected);
  EXPECT_EQ(served.get_json("/v2/"), expected);
  EXPECT_EQ(served.get_json("/v2/health/live"), json({{"live", true}}));
  EXPECT_EQ(served.get_json("/v2/health/ready").at("live"), true);
  EXPECT_EQ(served.get_json("/v2/models/digits/ready"), json({{"name", "digits"}, {"ready", true}}));
  EXPECT_EQ(served.get_json("/v2/models/digits/versions/1/ready").at("ready"), true);
  EXPECT_EQ(served.get_json("/").at("models").size(), 2u);
}

TEST(Serve, DescribesModels) {
  const ServeTest served;
  EXPECT_EQ(served.get_json("/v2/models/houses"), json::parse(R"({"name":"houses","versions":["1"],
      "platform":"gradus_safetensors",
      "inputs":[{"name":"area","datatype":"FP64","shape":[-1,1]},{"name":"colour","datatype":"BYTES","shape":[-1,1]},
                {"name":"garden","datatype":"BOOL","shape":[-1,1]}],
      "outputs":[{"name":"prediction","datatype":"FP64","shape":[-1,1]}]})"));
  const json digits = served.get_json("/v2/models/digits/versions/1");
  EXPECT_EQ(digits.at("inputs").at(0).at("shape"), json::array({-1, 64}));
  EXPECT_EQ(digits.at("outputs"), json::parse(R"([{"name":"probabilities","datatype":"FP64","shape":[-1,10]},
                            {"name":"label","datatype":"BYTES","shape":[-1]}])"));
  const json config = served.get_json("/v2/models/digits/config");
  EXPECT_EQ(config.at("output").at(1),
            json::parse(R"({"name":"label","data_type":"TYPE_STRING","dims":[1]})"));
}

TEST(Serve, UnknownModelsAndVersionsAreNotFound) {
  const ServeTest served;
  for (const char* path :
       {"/v2/models/digit", "/v2/models/digits/versions/2", "/v2/models/digits/versions/01", "/v2/models/..",
        "/v2/models/digits.safetensors"}) {
    const HttpResponse response = served.get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_TRUE(json::parse(response.body).at("error").is_string());
  }
  EXPECT_THAT(served.get("/v2/models/digit").body, HasSubstr("did you mean 'digits'?"));
}

TEST(Serve, TheDescriptionHasEveryRouteAndNoOther) {
  ServeTest served;
  const json paths = served.get_json("/openapi.json").at("paths");
  std::set<std::string> described;
  for (const auto& [path, operations] : paths.items()) {
    for (const char* method : {"get", "post", "delete"})
      if (operations.contains(method)) described.insert(method + (" " + path));
  }
  std::set<std::string> answered;
  const Routes routes = served.serve().routes();
  for (const Route& route : routes.all()) {
    std::string line = route.method == "GET" ? "get " : route.method == "POST" ? "post " : "delete ";
    for (const std::string& segment : route.segments) line += "/" + segment;
    answered.insert(route.segments.empty() ? line + "/" : line);
  }
  EXPECT_EQ(described, answered);
}

TEST(Serve, EveryReferenceOfTheDescriptionLeadsSomewhere) {
  const json description = ServeTest({"digits"}).get_json("/openapi.json");
  std::size_t references = 0;
  const std::function<void(const json&)> visit = [&](const json& node) {
    if (node.is_object() && node.contains("$ref")) {
      ++references;
      const std::string pointer = node.at("$ref").get<std::string>().substr(1);
      EXPECT_TRUE(description.contains(json::json_pointer(pointer))) << pointer;
    }
    if (node.is_structured())
      for (const json& child : node) visit(child);
  };
  visit(description);
  EXPECT_GT(references, 10u);
}

TEST(Serve, CountsWhatItDid) {
  ServeTest served;
  const std::string path = "/v2/models/houses/infer";
  (void)served.post_json("/predict/houses", {{"area", 50}, {"colour", "red"}, {"garden", true}});
  (void)served.refusal(path, "{");
  (void)served.refusal(path, "{");
  served.serve().count(403);
  const std::string text = served.get("/metrics").body;
  for (const char* line :
       {"gradus_requests_total{model=\"houses\",code=\"200\"} 1\n",
        "gradus_requests_total{model=\"houses\",code=\"400\"} 2\n",
        "gradus_request_seconds_count{model=\"houses\"} 3\n",
        "gradus_batch_rows_bucket{model=\"houses\",le=\"1\"} 1\n",
        "gradus_batch_rows_sum{model=\"houses\"} 1\n", "gradus_batch_rows_count{model=\"digits\"} 0\n",
        "gradus_model_version{model=\"houses\"} 1\n", "gradus_http_responses_total{code=\"403\"} 1\n",
        "# TYPE gradus_request_seconds histogram\n", "process_resident_memory_bytes "})
    EXPECT_THAT(text, HasSubstr(line));
}

// A look each second.
TEST(Serve, TakesAReplacedFileWhileItServes) {
  ServeTest served({"houses"});
  served.serve().watch();
  save_model(served.file("houses"), trained_houses(2));
  const auto version = [&] { return served.get_json("/v2/models/houses").at("versions").at(0); };
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (version() == "1" && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(version(), "2");
}

TEST(Serve, ForeignPagesAndNamesReadNothing) {
  ServeTest served;
  const Routes routes = served.serve().routes();
  const RunningServer server({}, routes);
  EXPECT_EQ(status_of(ask(server.port(), "GET", "/v2")), 200);
  for (const Route& route : routes.all()) {
    std::string path;
    for (const std::string& segment : route.segments)
      path += "/" + (segment.starts_with('{') ? "1" : segment);
    if (path.empty()) path = "/";
    SCOPED_TRACE(route.method + " " + path);
    EXPECT_EQ(status_of(ask(server.port(), route.method, path, "Host: evil.example\r\n")), 403);
    EXPECT_EQ(status_of(ask(server.port(), route.method, path, "Origin: http://evil.example\r\n")), 403);
    EXPECT_EQ(status_of(ask(server.port(), route.method, path, "Origin: null\r\n")), 403);
  }
}

TEST(Serve, ABodyIsBytesWhateverItIsSaidToBe) {
  ServeTest served({"houses"});
  const RunningServer server({}, served.serve().routes());
  std::string body = "[";
  for (int i = 0; i < 500; ++i)
    body += (i == 0 ? "" : ",") + std::string(R"({"area":1,"colour":"red","garden":false})");
  body += "]";
  for (const char* type :
       {"application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "text/plain"}) {
    const std::string answer =
        ask(server.port(), "POST", "/predict", std::string("Content-Type: ") + type + "\r\n", body);
    EXPECT_EQ(status_of(answer), 200) << type;
  }
}

}  // namespace
}  // namespace gradus::server
