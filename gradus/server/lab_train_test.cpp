#include "gradus/server/lab_train.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "gradus/server/event_log.h"
#include "gradus/server/lab_test.h"
#include "gradus/train/run_config.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class LabTrainTest : public LabTest {
 protected:
  HttpResponse start(const json& fields) {
    return ask("POST", "/api/trainings", {}, json{{"fields", fields}, {"name", "a name"}}.dump());
  }
  std::string path_of(const HttpResponse& started) {
    EXPECT_EQ(started.status, 200) << started.body;
    return fmt::format("/api/trainings/{}", json::parse(started.body)["id"].get<int>());
  }
  void wait_for_end(const std::string& path) {
    const HttpResponse response = ask("GET", path + "/events");
    std::uint64_t after = response.events_after;
    for (bool ended = false; !ended;) (void)response.events->read(after, std::chrono::hours(1), ended);
  }
  // The field and the message of a refusal.
  std::pair<std::string, std::string> refused(const json& fields) {
    const HttpResponse response = start(fields);
    EXPECT_EQ(response.status, 400) << response.body;
    const json answer = json::parse(response.body);
    return {answer.value("field", json()).is_string() ? answer["field"] : json(""), answer["error"]};
  }
};

TEST_F(LabTrainTest, EveryFieldButFilesIsOffered) {
  const json list = get("/api/fields");
  EXPECT_EQ(list.size(), fields().size() - 2);
  const auto rate = std::ranges::find_if(list, [](const json& f) { return f["name"] == "learning_rate"; });
  ASSERT_NE(rate, list.end());
  EXPECT_EQ((*rate)["flag"], "--learning-rate");
  EXPECT_EQ((*rate)["default"], "auto");
  EXPECT_EQ((*rate)["range"], "> 0");
  EXPECT_EQ((*rate)["low"], 0);
  EXPECT_TRUE((*rate)["high"].is_null());
  const auto optimizer = std::ranges::find_if(list, [](const json& f) { return f["name"] == "optimizer"; });
  EXPECT_EQ((*optimizer)["type"], "choice");
  EXPECT_THAT((*optimizer)["choices"].dump(), HasSubstr("lbfgs"));
}

TEST_F(LabTrainTest, StartsFollowsAndLists) {
  const std::string path = path_of(start({{"data", "digits"}, {"hidden", "16"}, {"epochs", "5"}}));
  wait_for_end(path);
  const json state = get(path);
  EXPECT_EQ(state["state"], "finished");
  EXPECT_EQ(state["name"], "a name");
  EXPECT_EQ(state["network"], "64-16-10");
  EXPECT_EQ(state["curves"]["epochs"].size(), 5u);
  EXPECT_GT(state["end"]["test"]["accuracy"], 0.5);
  const json list = get("/api/trainings");
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["id"], state["id"]);
  EXPECT_FALSE(list[0].contains("curves"));
}

TEST_F(LabTrainTest, APartMayBeASizeAndAFileNone) {
  const std::string path = path_of(start(
      {{"data", "digits"}, {"epochs", "1"}, {"validation", "0.25"}, {"test", "100"}, {"split_order", ""}}));
  wait_for_end(path);
  EXPECT_EQ(get(path)["parts"]["test"], 100);
  EXPECT_EQ(get(path)["config"]["validation"], "0.25");
  wait_for_end(path_of(start({{"data", "xor"}, {"epochs", "1"}})));
  const json list = get("/api/trainings");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["data"], "xor");
  EXPECT_EQ(list[1]["data"], "digits");
}

TEST_F(LabTrainTest, TrainsOnAnUploadedTable) {
  std::string csv = "a,b,y\n";
  for (int i = 0; i < 80; ++i) csv += fmt::format("{},{},{}\n", i % 9, i % 5, i % 9 > 4 ? "high" : "low");
  const json upload = json::parse(ask("POST", "/api/data", {{"name", "t.csv"}}, csv).body);
  const std::string path = path_of(start({{"data", upload["id"]}, {"target", "y"}, {"epochs", "3"}}));
  wait_for_end(path);
  EXPECT_EQ(get(path)["state"], "finished");
  EXPECT_EQ(get(path)["data"], upload["path"]);
}

TEST_F(LabTrainTest, PausesAndStops) {
  const std::string path = path_of(start({{"data", "digits"}, {"epochs", "100000000"}, {"patience", "0"}}));
  const auto act = [&](const char* verb) { return ask("POST", path + "/" + verb).status; };
  while (get(path)["state"] != "running") std::this_thread::yield();
  EXPECT_EQ(act("pause"), 200);
  while (get(path)["state"] != "paused") std::this_thread::yield();
  EXPECT_EQ(act("step"), 200);
  EXPECT_EQ(act("resume"), 200);
  EXPECT_EQ(act("stop"), 200);
  wait_for_end(path);
  EXPECT_EQ(get(path)["state"], "interrupted");
  EXPECT_EQ(act("pause"), 400);
  EXPECT_EQ(ask("POST", "/api/trainings/77/pause").status, 404);
}

TEST_F(LabTrainTest, WhatIsWrongIsSaidAtItsField) {
  EXPECT_THAT(refused({{"data", "digits"}, {"learning_rate", "fast"}}),
              testing::Pair("learning_rate", HasSubstr("got 'fast'")));
  EXPECT_THAT(refused({{"data", "digits"}, {"optimizer", "adma"}}),
              testing::Pair("optimizer", HasSubstr("adam")));
  EXPECT_EQ(refused({{"data", "digits"}, {"batch_size", "5000"}}).first, "batch_size");
  EXPECT_EQ(refused({{"data", "digits"}, {"hidden", "1000000,1000000"}}).first, "hidden");
  EXPECT_EQ(refused({{"data", "xor"}, {"samples", "100000000"}}).first, "samples");
  EXPECT_EQ(refused({{"data", "digits"}, {"colour", "red"}}).first, "colour");
  EXPECT_EQ(refused({{"data", 7}}).first, "data");
  EXPECT_EQ(ask("POST", "/api/trainings", {}, "[1]").status, 400);
  EXPECT_EQ(ask("POST", "/api/trainings", {}, "{").status, 400);
  for (const char* body : {"{}", R"({"fields":["data"]})"})
    EXPECT_THAT(ask("POST", "/api/trainings", {}, body).body,
                HasSubstr("expected a JSON object with `fields`"))
        << body;
  EXPECT_THAT(refused({{"data", "digits"}, {"target", "nothing"}}), testing::Pair("", HasSubstr("nothing")));
  EXPECT_TRUE(get("/api/trainings").empty());
}

TEST_F(LabTrainTest, LabelsAreShortAndTexts) {
  const auto with = [&](const char* label, const json& value) {
    const HttpResponse response =
        ask("POST", "/api/trainings", {}, json{{"fields", {{"data", "xor"}}}, {label, value}}.dump());
    EXPECT_EQ(response.status, 400) << label;
    const json answer = json::parse(response.body);
    EXPECT_TRUE(answer["field"].is_null()) << label;
    return answer["error"].get<std::string>();
  };
  const std::string text(1001, 'n');
  EXPECT_THAT(with("name", text), HasSubstr("name and note have at most 1000 bytes"));
  EXPECT_THAT(with("note", text), HasSubstr("name and note have at most 1000 bytes"));
  EXPECT_THAT(with("tags", std::vector<std::string>(1001, "a")), HasSubstr("at most 1000"));
  EXPECT_THAT(with("note", 7), HasSubstr("fields, name, note and tags are texts"));
  EXPECT_TRUE(get("/api/trainings").empty());
}

// The mistake is not the page's.
TEST_F(LabTrainTest, AFolderThatCannotBeWrittenIsNoFieldsFault) {
  std::filesystem::remove_all(folder_.path());
  std::ofstream(folder_.path()) << "a file";
  const HttpResponse response = start({{"data", "xor"}});
  EXPECT_EQ(response.status, 500) << response.body;
  EXPECT_FALSE(json::parse(response.body).contains("field"));
}

// Wherever a configuration may name a file.
TEST_F(LabTrainTest, NoTextOfAPageBecomesAPath) {
  for (const char* field : {"data", "validation", "test", "split_order", "initial_weights"}) {
    for (const char* text : {"/etc/passwd", "../secret.csv", "runs.sqlite", "upload-1/../../x.csv"}) {
      json fields{{"data", "digits"}};
      fields[field] = text;
      const auto [at, message] = refused(fields);
      EXPECT_EQ(at, field) << text;
      EXPECT_THAT(message, HasSubstr("opens no")) << text;
    }
  }
}

}  // namespace
}  // namespace gradus::server
