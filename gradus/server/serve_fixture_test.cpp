#include "gradus/server/serve_test.h"

#include <gtest/gtest.h>

#include "gradus/data/csv.h"

namespace gradus::server {
namespace {

constexpr const char* kHouses = R"(area,colour,garden,price
50.1,red,yes,100.5
71.3,blue,no,150.25
,green,no,120.75
33.7,red,yes,80.5
90.9,blue,no,190.125
44.4,,yes,90.5
61.2,green,no,130.5
58.8,red,yes,110.5
77.7,blue,no,160.5
85.5,green,yes,170.5
)";

}  // namespace

Model trained_on(const Table& table, std::int64_t seed) {
  RunConfig config;
  config.data = table.source;
  config.epochs = 5;
  config.hidden = {6};
  config.task = "regression";
  config.seed = seed;
  Experiment experiment = set_up(config, {}, table);
  Observer nobody;
  TrainingResult result = train(experiment.plan, experiment.data, experiment.streams, nobody);
  return make_model(experiment, result);
}

Model trained_houses(std::int64_t seed) {
  return trained_on(parse_csv(kHouses, "houses.csv"), seed);
}

Table block_beside_towns() {
  Table table = parse_csv(
      "town,price\nDelft,100\nGouda,150\nDelft,120\nGouda,80\nGouda,190\nDelft,90\nDelft,130\nGouda,"
      "110\nDelft,160\n"
      "Gouda,170\n",
      "towns");
  auto block = std::make_shared<FeatureBlock>();
  block->prefix = "x";
  block->cols = 2;
  std::vector<double> values;
  for (std::size_t i = 0; i < 2 * table.rows; ++i) values.push_back(static_cast<double>(i * 7 % 11));
  block->values = SharedArray<double>(std::move(values));
  table.block = std::move(block);
  return table;
}

ServeTest::ServeTest(const std::vector<std::string>& names) {
  for (const std::string& name : names)
    save_model(file(name), name == "houses" ? trained_houses() : test::trained_digits());
  open(names);
}

ServeTest::ServeTest(const std::string& name, const Model& model) {
  save_model(file(name), model);
  open({name});
}

void ServeTest::open(const std::vector<std::string>& names) {
  ServeOptions options;
  options.version = "1.2.3";
  for (const std::string& name : names) options.models.push_back({name, file(name)});
  serve_ = std::make_unique<Serve>(std::move(options));
  routes_ = serve_->routes();
}

HttpResponse ServeTest::get(const std::string& path) const {
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  return routes_.answer(request);
}

HttpResponse ServeTest::post(const std::string& path, const std::string& body,
                             const FieldMap& headers) const {
  HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.body = body;
  request.headers = headers;
  return routes_.answer(request);
}

nlohmann::json ServeTest::get_json(const std::string& path) const {
  const HttpResponse response = get(path);
  EXPECT_EQ(response.status, 200) << path << ": " << response.body;
  return nlohmann::json::parse(response.body);
}

nlohmann::json ServeTest::post_json(const std::string& path, const nlohmann::json& body) const {
  const HttpResponse response = post(path, body.dump());
  EXPECT_EQ(response.status, 200) << path << ": " << response.body;
  return nlohmann::json::parse(response.body);
}

std::string ServeTest::refusal(const std::string& path, const std::string& body, int status,
                               const FieldMap& headers) const {
  const HttpResponse response = post(path, body, headers);
  EXPECT_EQ(response.status, status) << body.substr(0, 200) << ": " << response.body;
  return nlohmann::json::parse(response.body).value("error", "");
}

}  // namespace gradus::server
