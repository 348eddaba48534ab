#include "gradus/server/lab_runs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "gradus/core/files.h"
#include "gradus/runs/run_store_fixture.h"
#include "tests/support/test_support.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class LabRunsTest : public ::testing::Test {
 protected:
  LabRunsTest() : store_(RunStore::open(folder_.path())), runs_(folder_.path()) { runs_.add_routes(routes_); }

  // A finished run; a larger learning rate and another seed make it differ.
  std::uint64_t add(const std::string& name, double loss, int seed = 1, double rate = 0.001) {
    RunHeader header = test::header(name);
    header.seed = seed;
    header.configuration = fmt::format(
        R"({{"optimizer":"adam","hidden":[64,32],"epochs":3,"seed":{},"learning_rate":{}}})", seed, rate);
    return store_.add_finished(header, test::finished(loss)).number;
  }

  HttpResponse ask(const std::string& method, const std::string& path, const FieldMap& query = {},
                   const std::string& body = "") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.body = body;
    return routes_.answer(std::move(request));
  }
  json get(const std::string& path, const FieldMap& query = {}) {
    const HttpResponse response = ask("GET", path, query);
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    return json::parse(response.body);
  }

  test::TemporaryFolder folder_;
  RunStore store_;
  LabRuns runs_;
  Routes routes_;
};

TEST_F(LabRunsTest, AnEmptyStoreIsAnEmptyList) {
  const json list = get("/api/runs");
  EXPECT_EQ(list["count"], 0);
  EXPECT_TRUE(list["id"].empty());
  EXPECT_EQ(get("/api/runs/state"), (json{{"count", 0}, {"newest", 0}, {"running", 0}}));
}

TEST_F(LabRunsTest, TheListHasAColumnForEachFigure) {
  add("a", 0.5);
  add("b", 0.25);
  const std::uint64_t running = store_.begin(test::header("c")).number;
  const json list = get("/api/runs");
  EXPECT_EQ(list["id"], (json{running, 2, 1}));
  EXPECT_EQ(list["name"]["texts"], (json{"c", "b", "a"}));
  EXPECT_EQ(list["name"]["at"], (json{0, 1, 2}));
  EXPECT_EQ(list["data"]["texts"], json{"digits"}) << "equal texts stand once";
  EXPECT_EQ(list["tags"]["texts"], json::array({json::array({"blue", "red"})}));
  EXPECT_EQ(list["metrics"][0], (json{{"name", "validation_loss"}, {"higher_is_better", false}}));
  EXPECT_EQ(list["figures"]["validation_loss"]["last"], (json{nullptr, 0.25, 0.5}));
  EXPECT_EQ(list["figures"]["validation_accuracy"]["best"], (json{nullptr, 0.875, 0.75}));
  EXPECT_EQ(get("/api/runs/state"), (json{{"count", 3}, {"newest", running}, {"running", 1}}));
}

TEST_F(LabRunsTest, TheListIsFilteredByWhatTheStoreKnows) {
  add("a", 0.5, 1, 0.001);
  add("b", 0.25, 1, 0.01);
  EXPECT_EQ(get("/api/runs", {{"filter", "learning_rate=0.01"}})["id"], json{2});
  EXPECT_EQ(get("/api/runs", {{"filter", "val_loss<0.3 and optimizer=adam"}})["id"], json{2});
  EXPECT_EQ(get("/api/runs", {{"metrics", "val_accuracy"}})["figures"].size(), 1u);
  const HttpResponse wrong = ask("GET", "/api/runs", {{"filter", "lerning_rate=1"}});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("learning_rate"));
}

TEST_F(LabRunsTest, OneRunHasItsBirthCertificate) {
  const std::uint64_t id = add("a", 0.5);
  const json run = get("/api/runs/1");
  EXPECT_EQ(run["run"]["id"], id);
  EXPECT_EQ(run["run"]["weights_sha256"], "abc");
  EXPECT_EQ(run["configuration"]["hidden"], (json{64, 32}));
  EXPECT_EQ(run["environment"]["kernels"], "avx2");
  EXPECT_EQ(run["figures"]["validation_loss"]["best_step"], 30);
  for (const char* path : {"/api/runs/2", "/api/runs/2/series", "/api/runs/2/export.csv"})
    EXPECT_EQ(ask("GET", path).status, 404) << path;
  EXPECT_EQ(ask("DELETE", "/api/runs/2").status, 404);
  EXPECT_EQ(ask("GET", "/api/runs/x").status, 404);
  EXPECT_EQ(ask("GET", "/api/runs/-1").status, 404);
}

TEST_F(LabRunsTest, WhatARunHasNotYetIsNull) {
  RunHeader header = test::header("begun");
  const std::uint64_t id = store_.begin(header).number;
  const json begun = get(fmt::format("/api/runs/{}", id));
  EXPECT_TRUE(begun["run"]["finished"].is_null());
  EXPECT_EQ(begun["run"]["status"], "running");
  EXPECT_TRUE(begun["figures"].empty());
  RunOutcome outcome = test::finished(0.5);
  outcome.series = {{"step_loss", {10}, {std::numeric_limits<double>::quiet_NaN()}}};
  outcome.finals = {};
  const json figures =
      get(fmt::format("/api/runs/{}", store_.add_finished(header, outcome).number))["figures"];
  EXPECT_EQ(figures["step_loss"]["points"], 1);
  for (const char* name : {"best", "best_step", "minimum", "maximum", "final"})
    EXPECT_TRUE(figures["step_loss"][name].is_null()) << name;
}

TEST_F(LabRunsTest, CurvesComeWithTheirClockAndNoLongerThanAsked) {
  RunOutcome outcome = test::finished(0.5);
  outcome.series.push_back({"seconds", {10, 20, 30}, {1, 2, 4}});
  Series noisy{"step_loss", {}, {}};
  for (std::uint64_t step = 1; step <= 5000; ++step) {
    noisy.steps.push_back(step);
    noisy.values.push_back(step == 17 ? std::numeric_limits<double>::quiet_NaN()
                                      : 1.0 / static_cast<double>(step));
  }
  outcome.series.push_back(noisy);
  store_.add_finished(test::header("a"), outcome);
  const json curves = get("/api/runs/1/series");
  EXPECT_EQ(curves["steps_per_epoch"], 10);
  EXPECT_EQ(curves["clock"], (json{{"steps", {10, 20, 30}}, {"values", {1.0, 3.0, 7.0}}}));
  EXPECT_EQ(curves["series"]["validation_loss"]["values"], (json{2.5, 1.5, 0.5}));
  EXPECT_LE(curves["series"]["step_loss"]["steps"].size(), 2000u);
  EXPECT_EQ(curves["series"]["step_loss"]["steps"].back(), 5000);
  const json few = get("/api/runs/1/series", {{"names", "step_loss"}, {"points", "10"}});
  EXPECT_EQ(few["series"].size(), 1u);
  EXPECT_LE(few["series"]["step_loss"]["values"].size(), 10u);
  EXPECT_EQ(ask("GET", "/api/runs/1/series", {{"points", "1000000"}}).status, 400);
}

TEST_F(LabRunsTest, ComparisonTellsWhatDiffers) {
  add("a", 0.5, 1, 0.001);
  add("b", 0.25, 1, 0.01);
  const json found = get("/api/compare", {{"runs", "1-2"}});
  EXPECT_EQ(found["configuration"], (json::array({{{"name", "learning_rate"}, {"values", {0.001, 0.01}}}})));
  EXPECT_EQ(ask("GET", "/api/compare", {{"runs", "1,3"}}).status, 400);
  EXPECT_EQ(ask("GET", "/api/compare", {{"runs", "1-1000000"}}).status, 400);
  EXPECT_EQ(ask("GET", "/api/compare").status, 400);
}

TEST_F(LabRunsTest, RepetitionsWithOtherSeedsAreAGroup) {
  add("a", 0.5, 1, 0.001);
  add("b", 0.5, 1, 0.01);
  add("c", 0.5, 2, 0.001);
  for (int time = 0; time < 2; ++time) {
    const json groups = get("/api/runs/groups");
    EXPECT_EQ(groups["id"], (json{3, 2, 1}));
    EXPECT_EQ(groups["group"][0], groups["group"][2]);
    EXPECT_NE(groups["group"][0], groups["group"][1]);
  }
}

TEST_F(LabRunsTest, TagsAndNotesAreKept) {
  add("a", 0.5);
  const HttpResponse tags =
      ask("POST", "/api/runs/1/tags", {}, R"({"add":["good","größer"],"remove":["red"]})");
  EXPECT_EQ(json::parse(tags.body)["tags"], (json{"blue", "good", "größer"}));
  EXPECT_EQ(ask("POST", "/api/runs/1/note", {}, R"({"note":"<b>the one</b>"})").status, 200);
  EXPECT_EQ(store_.record(1).note, "<b>the one</b>");
  for (const char* wrong : {"", "[]", "{\"add\":\"x\"}", "{\"add\":[1]}", "{\"add\":[\"\"]}"}) {
    EXPECT_EQ(ask("POST", "/api/runs/1/tags", {}, wrong).status, 400) << wrong;
  }
  EXPECT_EQ(ask("POST", "/api/runs/1/tags", {}, R"({"add":[")" + std::string(101, 'x') + "\"]}").status, 400);
  json many = json::array();
  for (int i = 0; i < 51; ++i) many.push_back(std::to_string(i));
  EXPECT_THAT(ask("POST", "/api/runs/1/tags", {}, json{{"add", many}}.dump()).body,
              HasSubstr("tags to add: expected a list of at most 50 texts of 1 to 100 bytes"));
  EXPECT_EQ(ask("POST", "/api/runs/1/note", {}, R"({"note":3})").status, 400);
  EXPECT_THAT(ask("POST", "/api/runs/1/note", {}, json{{"note", std::string(16385, 'n')}}.dump()).body,
              HasSubstr("a text of at most 16384 bytes"));
  EXPECT_EQ(ask("POST", "/api/runs/9/note", {}, R"({"note":""})").status, 404);
  EXPECT_THAT(store_.record(1).tags, testing::ElementsAre("blue", "good", "größer"));
}

TEST_F(LabRunsTest, ARunningOneIsNotDeleted) {
  add("a", 0.5);
  store_.begin(test::header("b"));
  EXPECT_EQ(ask("DELETE", "/api/runs/1").status, 200);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "1"));
  const HttpResponse refused = ask("DELETE", "/api/runs/2");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("running"));
  EXPECT_EQ(store_.count(), 1u);
}

TEST_F(LabRunsTest, AllCurvesComeAsOneTable) {
  add("a", 0.5);
  add("b", 0.25);
  const HttpResponse one = ask("GET", "/api/runs/2/export.csv");
  EXPECT_THAT(one.body, HasSubstr("\n2,validation_loss,30,2,0.25\n"));
  const HttpResponse all = ask("GET", "/api/curves.csv");
  EXPECT_THAT(all.body, HasSubstr("\n1,validation_loss,30,2,0.5\n"));
  EXPECT_THAT(all.body, HasSubstr("\n2,validation_loss,30,2,0.25\n"));
  EXPECT_THAT(ask("GET", "/api/runs.csv", {{"runs", "1"}}).body, testing::Not(HasSubstr("\n2,")));
  EXPECT_THAT(ask("GET", "/api/runs.csv", {{"filter", "name=b"}}).body, testing::Not(HasSubstr("\n1,")));
  EXPECT_EQ(ask("GET", "/api/curves.csv", {{"runs", "7"}}).status, 400);
}

TEST_F(LabRunsTest, VerdictsOfStudiesAreThere) {
  EXPECT_EQ(get("/api/studies"), json::array());
  std::filesystem::create_directories(folder_.path() / "studies");
  write_file_atomically(folder_.path() / "studies" / "widths.json",
                        R"({"title":"Two widths","question":"","judged":5,"runs":[1],"claims":[
      {"claim":"a > b","text":"","report":"","verdict":"supported","estimate":null,"interval":[0.5,1],"p":0.5,
       "reason":"so it is"},
      {"claim":"a > c","text":"","report":"","verdict":"open","estimate":0.25,"interval":null,"p":null,"reason":""}]})");
  const json studies = get("/api/studies");
  EXPECT_EQ(studies[0]["study"], "widths");
  EXPECT_EQ(studies[0]["runs"], json{1});
  EXPECT_EQ(studies[0]["claims"][0]["interval"], (json{0.5, 1.0}));
  EXPECT_EQ(studies[0]["claims"][0]["estimate"], nullptr);
  EXPECT_EQ(studies[0]["claims"][1]["interval"], nullptr);
  EXPECT_EQ(studies[0]["claims"][1]["estimate"], 0.25);
}

}  // namespace
}  // namespace gradus::server
