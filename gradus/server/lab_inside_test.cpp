#include "gradus/server/lab_inside.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <thread>

#include "gradus/core/files.h"
#include "gradus/server/decision_surface.h"
#include "tests/support/test_support.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class LabInside : public testing::Test {
 protected:
  LabInside() {
    add_inside_routes(routes_, models_);
    add_decision_routes(routes_, models_);
    add_draw_routes(routes_, models_);
  }

  static RunConfig config(const std::string& data) {
    RunConfig config;
    config.data = data;
    config.hidden = {12};
    config.epochs = 4;
    config.layers_every = 10;
    config.threads = 1;
    return config;
  }

  // Trained to its end.
  std::uint64_t trained(const RunConfig& config) {
    const std::uint64_t id = jobs_.start(config);
    while (jobs_.experiment(id) != nullptr) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return id;
  }

  HttpResponse ask(const std::string& path, FieldMap query = {}) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = std::move(query);
    return routes_.answer(request);
  }
  json get(const std::string& path, FieldMap query = {}) {
    const HttpResponse response = ask(path, std::move(query));
    EXPECT_EQ(response.status, 200) << path << response.body;
    return json::parse(response.body);
  }
  HttpResponse predict(std::uint64_t id, const std::string& body) {
    HttpRequest request;
    request.method = "POST";
    request.path = fmt::format("/api/models/{}/predict", id);
    request.body = body;
    return routes_.answer(request);
  }

  test::TemporaryFolder folder_;
  TrainingJobs jobs_{folder_.path(), {}};
  LabModels models_{folder_.path(), {}, jobs_};
  Routes routes_;
};

TEST_F(LabInside, ListsAndDescribesRuns) {
  const std::uint64_t first = trained(config("spirals"));
  const std::uint64_t second = trained(config("digits"));
  const json runs = get("/api/models")["runs"];
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0]["id"], second);
  EXPECT_EQ(runs[1]["id"], first);
  EXPECT_FALSE(runs[0]["live"]);
  EXPECT_TRUE(runs[0]["model"]);

  const json digits = get(fmt::format("/api/runs/{}/inside", second));
  EXPECT_EQ(digits["task"], "classification");
  EXPECT_EQ(digits["picture"], json({{"rows", 8}, {"cols", 8}, {"channels", 1}}));
  EXPECT_EQ(digits["features"].size(), 64U);
  ASSERT_EQ(digits["layers"].size(), 2U);
  EXPECT_EQ(digits["layers"][0],
            json({{"name", "0"}, {"inputs", 64}, {"outputs", 12}, {"activation", "relu"}}));
  EXPECT_EQ(digits["layers_every"], 10);
  EXPECT_TRUE(get(fmt::format("/api/runs/{}/inside", first))["picture"].is_null());
}

TEST_F(LabInside, TellsWhatWasRecordedOfTheLayers) {
  RunConfig every_step = config("digits");
  every_step.layers_every = 1;
  every_step.epochs = 10;
  const std::uint64_t id = trained(every_step);
  const std::uint64_t steps = models_.store().record(id).steps;
  ASSERT_GT(steps, 200U);
  const json layers = get(fmt::format("/api/runs/{}/layers", id));
  EXPECT_EQ(layers["recorded"], steps);
  ASSERT_EQ(layers["steps"].size(), 200U);
  EXPECT_EQ(layers["steps"][0]["step"], 1);
  EXPECT_EQ(layers["steps"][199]["step"], steps);
  EXPECT_EQ(layers["steps"][0]["layers"].size(), 2U);

  RunConfig nothing = config("spirals");
  nothing.layers_every = 0;
  EXPECT_EQ(get(fmt::format("/api/runs/{}/layers", trained(nothing))),
            json({{"recorded", 0}, {"steps", json::array()}}));
}

TEST_F(LabInside, SaysThatARecordOfLayersIsDamaged) {
  const std::uint64_t id = trained(config("spirals"));
  write_file_atomically(models_.store().record(id).folder / "layers.jsonl", "{\"event\":\"layers\"\n");
  EXPECT_EQ(ask(fmt::format("/api/runs/{}/layers", id)).status, 400);
}

// Six bits a letter.
std::string decoded(const std::string& text) {
  const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char letter : text) {
    if (letter == '=') break;
    bits = bits << 6 | static_cast<unsigned>(letters.find(letter));
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 255));
  }
  return bytes;
}

TEST_F(LabInside, GivesWeightsUnitByUnit) {
  const std::uint64_t id = trained(config("digits"));
  const json weights = get(fmt::format("/api/runs/{}/weights/0", id), {{"first", "3"}});
  EXPECT_EQ(weights["inputs"], 64);
  EXPECT_EQ(weights["units"], 12);
  EXPECT_EQ(weights["shown"], 9);
  EXPECT_EQ(weights["picture"]["rows"], 8);
  const std::string bytes = decoded(weights["weights"]);
  ASSERT_EQ(bytes.size(), 9U * 64);
  const std::shared_ptr<const LabModel> model = models_.model(id);
  const auto& parameters = std::get<AlignedBuffer<float>>(model->model().parameters);
  const double scale = weights["scale"];
  for (const std::size_t input : {10U, 27U, 61U}) {
    const double weight =
        parameters[parameter_table(model->model().network).tensors[0].offset + input * 12 + 5];
    const double shown = static_cast<signed char>(bytes[128 + input]) * scale / 127;
    EXPECT_NEAR(shown, std::clamp(weight, -scale, scale), scale / 127) << input;
  }
  EXPECT_EQ(ask(fmt::format("/api/runs/{}/weights/2", id)).status, 404);
  EXPECT_EQ(ask(fmt::format("/api/runs/{}/weights/0", id), {{"first", "12"}}).status, 400);
  EXPECT_EQ(ask(fmt::format("/api/runs/{}/weights/0", id), {{"first", "../x"}}).status, 400);
}

TEST_F(LabInside, CountsMistakesAndShowsTheRowsBehindThem) {
  RunConfig weak = config("digits");
  weak.epochs = 1;
  weak.learning_rate = 1e-4;
  const std::uint64_t id = trained(weak);
  const std::string path = fmt::format("/api/runs/{}/confusion", id);
  const json confusion = get(path);
  EXPECT_EQ(confusion["part"], "test");
  EXPECT_EQ(confusion["classes"].size(), 10U);
  std::size_t total = 0;
  for (std::size_t actual = 0; actual < 10; ++actual) {
    for (std::size_t predicted = 0; predicted < 10; ++predicted) {
      const std::size_t count = confusion["counts"][actual * 10 + predicted];
      total += count;
      const json cell = get(fmt::format("{}/{}/{}", path, actual, predicted));
      EXPECT_EQ(cell["total"], count);
      ASSERT_EQ(cell["samples"].size(), std::min<std::size_t>(count, 50));
      double before = 1;
      for (const json& sample : cell["samples"]) {
        EXPECT_EQ(sample["values"].size(), 64U);
        EXPECT_LE(sample["probabilities"][predicted], before);
        before = sample["probabilities"][predicted];
        for (const double other : sample["probabilities"]) EXPECT_LE(other, before);
      }
    }
  }
  EXPECT_EQ(confusion["rows"], total);
  EXPECT_EQ(ask(path + "/10/0").status, 404);
  EXPECT_EQ(ask(path + "/-1/0").status, 404);
}

TEST_F(LabInside, DrawsDecisionsOverTwoFeatures) {
  RunConfig longer = config("blobs");
  longer.epochs = 30;
  const std::uint64_t id = trained(longer);
  const json surface = get(fmt::format("/api/runs/{}/surface", id), {{"size", "40"}});
  EXPECT_EQ(surface["size"], 40);
  ASSERT_EQ(surface["winners"].size(), 1600U);
  ASSERT_EQ(surface["levels"].size(), 1600U);
  EXPECT_EQ(surface["x"]["name"], "x0");
  EXPECT_EQ(surface["y"]["name"], "x1");
  // The picture must agree with the points: nearly all lie in their own class.
  const json& points = surface["points"];
  const auto cell = [&](const json& axis, double value) {
    const double share =
        (value - axis["low"].get<double>()) / (axis["high"].get<double>() - axis["low"].get<double>());
    return static_cast<std::size_t>(std::lround(share * 39));
  };
  std::size_t right = 0;
  for (std::size_t i = 0; i < points["x"].size(); ++i) {
    const std::size_t at = cell(surface["y"], points["y"][i]) * 40 + cell(surface["x"], points["x"][i]);
    right += surface["winners"][at] == points["targets"][i] ? 1U : 0U;
  }
  EXPECT_GT(static_cast<double>(right), 0.9 * static_cast<double>(points["x"].size()));
  EXPECT_FALSE(get(fmt::format("/api/runs/{}/surface", id), {{"points", "0"}}).contains("points"));
}

TEST_F(LabInside, RefusesPlanesThatAreNone) {
  const std::string path = fmt::format("/api/runs/{}/surface", trained(config("spirals")));
  EXPECT_EQ(ask(path, {{"x", "x0"}, {"y", "x0"}}).status, 400);
  EXPECT_EQ(ask(path, {{"x", "no such"}}).status, 400);
  EXPECT_EQ(ask(path, {{"size", "201"}}).status, 400);
  EXPECT_EQ(ask(path, {{"size", "1"}}).status, 400);
  EXPECT_EQ(ask("/api/runs/99/surface").status, 404);
}

// On the plane of two components the model must answer what it answers for the very points of that plane.
TEST_F(LabInside, TheComponentPlaneIsOneOfRawInputs) {
  const std::uint64_t id = trained(config("digits"));
  const std::shared_ptr<const LabData> data = models_.data(id);
  const SurfacePlane plane = component_plane(*data);
  ASSERT_EQ(plane.origin.size(), 64U);
  // A row's place on the axes is where the nearest point of the plane is: what is left stands at right angles to both.
  const MatrixView<const double> rows = data->sample();
  const Transform& transform = data->data().transform;
  for (const std::size_t row : {0U, 17U}) {
    double along_u = 0;
    double along_v = 0;
    double left = 0;
    for (std::size_t f = 0; f < 64; ++f) {
      const double scale = transform.scale[transform.scale.size() == 1 ? 0 : f];
      const double on_plane =
          plane.origin[f] + plane.x.places[row] * plane.u[f] + plane.y.places[row] * plane.v[f];
      const double rest = (rows(row, f) - on_plane) / scale;
      along_u += rest * plane.u[f] / scale;
      along_v += rest * plane.v[f] / scale;
      left += rest * rest;
    }
    EXPECT_NEAR(along_u, 0, 1e-9);
    EXPECT_NEAR(along_v, 0, 1e-9);
    EXPECT_GT(left, 0.1);
  }
  const json surface = get(fmt::format("/api/runs/{}/surface", id), {{"pca", "1"}, {"size", "20"}});
  EXPECT_THAT(surface["x"]["name"].get<std::string>(), HasSubstr("component 1"));
  std::vector<double> answer(10);
  const std::size_t at = 7 * 20 + 12;
  std::vector<double> point(64);
  for (std::size_t f = 0; f < 64; ++f) {
    const double x = plane.x.low + (plane.x.high - plane.x.low) * 12 / 19;
    const double y = plane.y.low + (plane.y.high - plane.y.low) * 7 / 19;
    point[f] = plane.origin[f] + x * plane.u[f] + y * plane.v[f];
  }
  models_.model(id)->predictor().predict(MatrixView<const double>(point.data(), 1, 64),
                                         MatrixView<double>(answer.data(), 1, 10));
  const int winner = surface["winners"][at];
  EXPECT_NEAR(answer[static_cast<std::size_t>(winner)], surface["levels"][at].get<double>() / 1000, 0.001);
}

TEST_F(LabInside, PredictsWithTheActivationsOfEachLayer) {
  const std::uint64_t id = trained(config("digits"));
  const std::shared_ptr<const LabData> data = models_.data(id);
  const std::vector<double> row(data->sample().row(5).begin(), data->sample().row(5).end());
  const HttpResponse response = predict(id, json({{"x", row}}).dump());
  ASSERT_EQ(response.status, 200) << response.body;
  const json answer = json::parse(response.body);
  std::vector<double> expected(10);
  models_.model(id)->predictor().predict(MatrixView<const double>(row.data(), 1, 64),
                                         MatrixView<double>(expected.data(), 1, 10));
  EXPECT_EQ(answer["probabilities"].get<std::vector<double>>(), expected);
  EXPECT_EQ(answer["prediction"], models_.model(id)->predictor().label(expected));
  ASSERT_EQ(answer["layers"].size(), 2U);
  ASSERT_EQ(answer["layers"][0].size(), 12U);
  for (const double output : answer["layers"][0]) EXPECT_GE(output, 0);
}

TEST_F(LabInside, RefusesRowsThatDoNotFit) {
  const std::uint64_t id = trained(config("spirals"));
  for (const char* body : {"", "{", "[]", R"({"x":1})", R"({"x":[1]})", R"({"x":[1,"2"]})",
                           R"({"x":[1,2,3]})", R"({"x":[1,1e999]})", R"({"x":[1,null]})", R"({"y":[1,2]})"})
    EXPECT_EQ(predict(id, body).status, 400) << body;
  EXPECT_EQ(predict(id, R"({"x":[0.5,-1]})").status, 200);
  EXPECT_EQ(predict(77, R"({"x":[0.5,-1]})").status, 404);
}

TEST_F(LabInside, ARegressionHasASurfaceAndNoMistakes) {
  std::string rows = "a,b,y\n";
  for (int i = 0; i < 200; ++i)
    rows += fmt::format("{},{},{}\n", i % 17, i % 5, 2.5 * (i % 17) - i % 5 + 0.25 * (i % 3));
  RunConfig regression = config(folder_.write("line.csv", rows).string());
  regression.target = "y";
  const std::uint64_t id = trained(regression);
  EXPECT_EQ(ask(fmt::format("/api/runs/{}/confusion", id)).status, 400);
  const json surface = get(fmt::format("/api/runs/{}/surface", id), {{"size", "5"}});
  EXPECT_FALSE(surface.contains("winners"));
  EXPECT_LT(surface["low"], surface["high"]);
  EXPECT_TRUE(json::parse(predict(id, R"({"x":[1,2]})").body)["prediction"].is_number());
}

TEST_F(LabInside, SaysThatTheDataAreNotTheSameAnyMore) {
  const std::filesystem::path file =
      folder_.write("t.csv", "a,b,y\n1,2,x\n3,1,y\n5,9,x\n2,2,y\n7,1,x\n8,3,y\n1,6,x\n2,4,y\n3,3,x\n4,1,y\n");
  RunConfig changed = config(file.string());
  changed.test = "0.2";
  changed.layers_every = 0;
  const std::uint64_t id = trained(changed);
  folder_.write("t.csv", "a,b,y\n1,2,x\n3,1,y\n5,9,x\n2,2,y\n7,1,x\n8,3,y\n1,6,x\n2,4,y\n3,3,x\n4,2,y\n");
  const HttpResponse response = ask(fmt::format("/api/runs/{}/confusion", id));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("no longer what it was trained on"));
}

TEST_F(LabInside, FollowsATrainingWhileItRuns) {
  RunConfig endless = config("spirals");
  endless.epochs = 1'000'000;
  endless.patience = 0;
  const std::uint64_t id = jobs_.start(endless);
  const std::string path = fmt::format("/api/runs/{}", id);
  while (ask(path + "/surface", {{"size", "20"}}).status != 200)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const json before = get(path + "/surface", {{"size", "20"}});
  EXPECT_TRUE(before["live"]);
  json after;
  do after = get(path + "/surface", {{"size", "20"}});
  while (after["step"] < before["step"].get<std::uint64_t>() + 500);
  EXPECT_NE(before["levels"], after["levels"]);
  EXPECT_TRUE(get("/api/models")["runs"][0]["live"]);
  EXPECT_GT(get(path + "/layers")["steps"].size(), 1U);
  EXPECT_TRUE(get(path + "/confusion")["live"]);
  jobs_.stop(id);
  while (jobs_.experiment(id) != nullptr) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_FALSE(get(path + "/surface")["live"]);
}

TEST_F(LabInside, OfADivergedRunTheLayersRemain) {
  RunConfig diverging = config("xor");
  diverging.optimizer = "sgd";
  diverging.learning_rate = 1e39;
  diverging.validation = "0";
  diverging.test = "0";
  diverging.batch_size = 400;
  diverging.layers_every = 1;
  const std::uint64_t id = trained(diverging);
  const HttpResponse response = ask(fmt::format("/api/runs/{}/inside", id));
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("diverged"));
  EXPECT_EQ(get(fmt::format("/api/runs/{}/layers", id))["steps"].size(), 1U);
}

}  // namespace
}  // namespace gradus::server
