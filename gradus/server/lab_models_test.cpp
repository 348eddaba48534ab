#include "gradus/server/lab_models.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/runs/run_store_fixture.h"
#include "gradus/server/decision_surface.h"
#include "gradus/server/lab_inside.h"
#include "gradus/server/lab_test.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class LabModelsTest : public testing::Test {
 protected:
  LabModelsTest() {
    add_inside_routes(routes_, models_);
    add_decision_routes(routes_, models_);
  }

  static RunConfig config(const std::string& data) {
    RunConfig config;
    config.data = data;
    config.hidden = {4};
    config.epochs = 1;
    config.threads = 1;
    return config;
  }
  // A regression on the columns of a table in a file.
  [[nodiscard]] RunConfig config_of(const std::string& csv) const {
    RunConfig config = LabModelsTest::config(folder_.write("table.csv", csv).string());
    config.task = "regression";
    return config;
  }

  // Trained to its end.
  std::uint64_t trained(const RunConfig& config) {
    const std::uint64_t id = jobs_.start(config);
    while (jobs_.experiment(id) != nullptr) std::this_thread::yield();
    return id;
  }
  // As if another process trained it.
  std::uint64_t trained_elsewhere() {
    return RunStore::open(folder_.path()).begin(test::header("elsewhere")).number;
  }

  json get(const std::string& path, FieldMap query = {}) {
    const HttpResponse response = ask(routes_, "GET", path, "", std::move(query));
    EXPECT_EQ(response.status, 200) << path << response.body;
    return json::parse(response.body);
  }
  std::string refusal(const std::string& path, int status = 400, FieldMap query = {}) {
    const HttpResponse response = ask(routes_, "GET", path, "", std::move(query));
    EXPECT_EQ(response.status, status) << path << response.body;
    return json::parse(response.body).value("error", "");
  }

  test::TemporaryFolder folder_;
  TrainingJobs jobs_{folder_.path(), {}, 1};
  LabModels models_{folder_.path(), {}, jobs_};
  Routes routes_;
};

TEST_F(LabModelsTest, ARunOfAnotherProcessHasNoModelYet) {
  const std::uint64_t id = trained_elsewhere();
  const json runs = get("/api/models")["runs"];
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]["status"], "running");
  EXPECT_FALSE(runs[0]["live"]);
  EXPECT_FALSE(runs[0]["model"]);
  EXPECT_THAT(refusal(fmt::format("/api/runs/{}/inside", id), 404),
              HasSubstr("another process trains it; its model is there when it has ended"));
  EXPECT_EQ(get(fmt::format("/api/runs/{}/layers", id)), json({{"recorded", 0}, {"steps", json::array()}}));
}

TEST_F(LabModelsTest, LinesOfLayersThatCannotBeReadAreSaid) {
  const std::uint64_t id = trained(config("xor"));
  const std::filesystem::path file = models_.store().record(id).folder / "layers.jsonl";
  const std::string path = fmt::format("/api/runs/{}/layers", id);
  write_file_atomically(file, "{\"step\":1}\n\n\n{\"step\":2}");
  EXPECT_EQ(get(path), json::parse(R"({"recorded":2,"steps":[{"step":1},{"step":2}]})"));
  std::filesystem::remove(file);
  std::filesystem::create_directory(file);
  EXPECT_THAT(refusal(path, 500), HasSubstr("layers.jsonl"));
}

TEST_F(LabModelsTest, KeepsTheLastFewModels) {
  std::vector<std::uint64_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(trained(config("xor")));
  const std::shared_ptr<const LabModel> first = models_.model(ids[0]);
  EXPECT_EQ(models_.model(ids[0]), first);
  for (const std::uint64_t id : ids) (void)models_.model(id);
  EXPECT_NE(models_.model(ids[0]), first);
}

TEST_F(LabModelsTest, AfterARestartTheDataAreReadAgain) {
  const std::uint64_t id = trained(config("spirals"));
  const std::shared_ptr<const LabData> before = models_.data(id);
  TrainingJobs jobs(folder_.path(), {});
  LabModels models(folder_.path(), {}, jobs);
  const std::shared_ptr<const LabData> after = models.data(id);
  EXPECT_NE(after, before);
  EXPECT_EQ(after->sample_rows(), before->sample_rows());
  EXPECT_EQ(models.data(id), after);
}

TEST_F(LabModelsTest, IsJudgedOnThePartThatThereIs) {
  RunConfig both = config("spirals");
  RunConfig validation = both;
  validation.test = "0";
  RunConfig neither = validation;
  neither.validation = "0";
  EXPECT_EQ(get(fmt::format("/api/runs/{}/confusion", trained(both)))["part"], "test");
  const std::uint64_t id = trained(validation);
  const json confusion = get(fmt::format("/api/runs/{}/confusion", id));
  EXPECT_EQ(confusion["part"], "validation");
  EXPECT_EQ(confusion["rows"], models_.data(id)->data().validation.size());
  EXPECT_THAT(refusal(fmt::format("/api/runs/{}/confusion", trained(neither))),
              HasSubstr("the run has no test and no validation part to judge it on"));
}

// Of rows that are no picture the features are named; whole numbers are shown without a point.
TEST_F(LabModelsTest, RowsBehindMistakesBearTheNamesOfTheirFeatures) {
  std::string csv = "a,b,y\n";
  for (int i = 0; i < 40; ++i)
    csv += fmt::format("{},{},{}\n", i % 4 < 2 ? 3e9 : 7.0, 0.5 + i % 3, i % 2 == 0 ? "x" : "z");
  RunConfig run = config_of(csv);
  run.task = "classification";
  const std::uint64_t id = trained(run);
  bool large = false;
  std::size_t rows = 0;
  for (const char* cell : {"0/0", "0/1", "1/0", "1/1"}) {
    const json behind = get(fmt::format("/api/runs/{}/confusion/{}", id, cell));
    EXPECT_TRUE(behind["picture"].is_null());
    EXPECT_EQ(behind["features"], (json{"a", "b"}));
    for (const json& sample : behind["samples"]) {
      ++rows;
      large = large || sample["values"][0] == 3e9;
      EXPECT_EQ(sample["values"][0].is_number_integer(), sample["values"][0] == 7);
      EXPECT_TRUE(sample["values"][1].is_number_float());
    }
  }
  EXPECT_EQ(rows, models_.data(id)->data().test.size());
  EXPECT_TRUE(large);
}

TEST_F(LabModelsTest, APlaneNeedsTwoFeaturesOfTheData) {
  std::string csv = "a,y\n";
  for (int i = 0; i < 20; ++i) csv += fmt::format("{},{}\n", i, 3 * i % 7);
  const std::string one = fmt::format("/api/runs/{}/surface", trained(config_of(csv)));
  EXPECT_THAT(refusal(one), HasSubstr("the data have one feature; a plane needs at least two"));
  RunConfig ones = config("spirals");
  ones.bias = "ones_column";
  const std::string path = fmt::format("/api/runs/{}/surface", trained(ones));
  EXPECT_THAT(refusal(path, 400, {{"x", "ones"}}),
              HasSubstr("'ones' and 'x1' span no plane; two different features do"));
  EXPECT_THAT(refusal(path, 400, {{"size", "40x"}}),
              HasSubstr("size=40x; expected a whole number from 2 to 200"));
}

// A pixel in the corner is 0 in every picture.
TEST_F(LabModelsTest, AConstantFeatureHasAnAxis) {
  const json surface = get(fmt::format("/api/runs/{}/surface", trained(config("digits"))),
                           {{"size", "2"}, {"x", "pixel0"}, {"y", "pixel20"}, {"points", "0"}});
  EXPECT_EQ(surface["x"], json({{"name", "pixel0"}, {"low", -1}, {"high", 1}}));
  EXPECT_LT(surface["y"]["low"], 0);
  EXPECT_GT(surface["y"]["high"], 15);
}

TEST_F(LabModelsTest, AModelThatAnswersTheSameEverywhereHasOneLevel) {
  std::string csv = "a,b,y\n";
  for (int i = 0; i < 20; ++i) csv += fmt::format("{},{},{}\n", i, i % 3, 3 * i % 7);
  RunConfig run = config_of(csv);
  run.initializer = "zeros";
  run.learning_rate = 1e-30;
  const json surface = get(fmt::format("/api/runs/{}/surface", trained(run)), {{"size", "3"}});
  EXPECT_EQ(surface["low"], surface["high"]);
  EXPECT_EQ(surface["levels"], json(std::vector<int>(9, 500)));
}

// The components are those of the features as the network sees them, however they are scaled.
TEST_F(LabModelsTest, ComponentsAreOfScaledFeatures) {
  std::string csv = "a,b,y\n";
  for (int i = 0; i < 60; ++i) csv += fmt::format("{},{},{}\n", 1000 * (i % 7), i % 5, i % 11);
  for (const auto& [scaling, share] : {std::pair{"none", 0.99}, std::pair{"feature", 0.5}}) {
    RunConfig run = config_of(csv);
    run.standardize = scaling;
    const std::uint64_t id = trained(run);
    const std::shared_ptr<const LabData> data = models_.data(id);
    const PrincipalComponents& components = data->components();
    const double first = components.variances[0] / components.total_variance;
    EXPECT_GE(first, share) << scaling;
    EXPECT_LE(first, share + 0.2) << scaling;
    // Two components of two features: every row lies in the plane.
    const SurfacePlane plane = component_plane(*data);
    for (std::size_t row = 0; row < 5; ++row) {
      for (std::size_t f = 0; f < 2; ++f) {
        const double placed =
            plane.origin[f] + plane.x.places[row] * plane.u[f] + plane.y.places[row] * plane.v[f];
        EXPECT_NEAR(placed, data->sample()(row, f), 1e-9 * 6000) << scaling;
      }
    }
  }
}

}  // namespace
}  // namespace gradus::server
