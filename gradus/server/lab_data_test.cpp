#include "gradus/server/lab_data.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "gradus/server/lab_test.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// 60 rows: a number, a category with missing cells, a leak of the target, the target.
std::string houses() {
  std::string csv = "rooms,town,price copy,price\n";
  for (int i = 0; i < 60; ++i) {
    const double price = 100 + 20.5 * (i % 7) + i;
    csv += fmt::format("{},{},{},{}\n", i % 7,
                       i % 10 == 0  ? ""
                       : i % 3 == 0 ? "Delft"
                                    : "Gouda",
                       price, price);
  }
  return csv;
}

class LabDataTest : public LabTest {
 protected:
  std::string upload(const std::string& csv, const std::string& name = "houses.csv") {
    const HttpResponse response = ask("POST", "/api/data", {{"name", name}}, csv);
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body)["id"];
  }
};

TEST_F(LabDataTest, ListsBuiltInSetsAndUploads) {
  EXPECT_EQ(get("/api/data")["sets"][0]["name"], "digits");
  EXPECT_TRUE(get("/api/data")["uploads"].empty());
  const std::string id = upload(houses());
  const json own = get("/api/data")["uploads"];
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0]["id"], id);
  EXPECT_EQ(own[0]["name"], "houses.csv");
  EXPECT_EQ(own[0]["bytes"], houses().size());
}

TEST_F(LabDataTest, AnUploadIsDeletedAndNothingElse) {
  const std::string first = upload(houses(), "first.csv");
  const std::string second = upload(houses(), "second.csv");
  for (const char* name : {"digits", "..", "upload-9", "upload-", "upload-1x"})
    EXPECT_EQ(ask("DELETE", std::string("/api/data/") + name).status, 404) << name;
  EXPECT_EQ(ask("DELETE", "/api/data/" + first).status, 200);
  const json left = get("/api/data")["uploads"];
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0]["id"], second);
  EXPECT_EQ(ask("GET", "/api/data/" + first + "/preview").status, 400);
  EXPECT_EQ(ask("DELETE", "/api/data/" + first).status, 404);
}

TEST_F(LabDataTest, PreviewOfATableSaysWhatEachColumnBecomes) {
  const json preview = get("/api/data/" + upload(houses()) + "/preview");
  EXPECT_EQ(preview["rows"], 60);
  EXPECT_EQ(preview["target"], "price");
  EXPECT_EQ(preview["task"], "regression");
  const json& columns = preview["columns"];
  ASSERT_EQ(columns.size(), 4u);
  EXPECT_EQ(columns[0]["kind"], "number");
  EXPECT_EQ(columns[0]["becomes"], "standardised");
  EXPECT_EQ(columns[1]["missing"], 6);
  EXPECT_EQ(columns[1]["counts"][0][0], "Gouda");
  EXPECT_THAT(columns[1]["becomes"].get<std::string>(), HasSubstr("one-hot"));
  EXPECT_THAT(columns[2]["becomes"].get<std::string>(), HasSubstr("repeats the target"));
  EXPECT_EQ(columns[3]["becomes"], "target");
  EXPECT_TRUE(preview["first_rows"][0][1].is_null());
  EXPECT_EQ(preview["first_rows"][1][1], "Gouda");
}

TEST_F(LabDataTest, PreviewOfAnotherTargetAndOfOneThatIsNotThere) {
  const std::string path = "/api/data/" + upload(houses()) + "/preview";
  const json towns = get(path, {{"target", "town"}});
  EXPECT_EQ(towns["task"], "classification");
  EXPECT_EQ(towns["balance"].size(), 2u);
  EXPECT_EQ(towns["balance"][1], json({"Gouda", 36}));
  const json wrong = get(path, {{"target", "garden"}});
  EXPECT_THAT(wrong["problem"].get<std::string>(), HasSubstr("garden"));
  EXPECT_EQ(wrong["columns"].size(), 4u);
  EXPECT_TRUE(wrong["task"].is_null());
}

TEST_F(LabDataTest, PreviewOfPicturesShowsThem) {
  const json preview = get("/api/data/digits/preview");
  EXPECT_EQ(preview["block"]["picture_rows"], 8);
  EXPECT_EQ(preview["block"]["pictures"].size(), 12u);
  EXPECT_EQ(preview["block"]["pictures"][0].size(), 64u);
  EXPECT_EQ(preview["balance"].size(), 10u);
  EXPECT_EQ(preview["first_rows"][3][0], 3);
}

TEST_F(LabDataTest, PreviewOfPointsHasNoPictures) {
  const json block = get("/api/data/spirals/preview")["block"];
  EXPECT_EQ(block["columns"], 2);
  EXPECT_EQ(block["picture_rows"], 0);
  EXPECT_TRUE(block["pictures"].empty());
}

TEST_F(LabDataTest, RefusesWhatIsNoTableAndWhatIsNotThere) {
  EXPECT_EQ(ask("POST", "/api/data", {{"name", "x.csv"}}, "a,b\n1\n").status, 400);
  EXPECT_EQ(ask("POST", "/api/data", {}, houses()).status, 400);
  for (const char* name : {"..", "upload-7", "nothing", "upload-1x", "runs.sqlite"}) {
    const HttpResponse response = ask("GET", std::string("/api/data/") + name + "/preview");
    EXPECT_EQ(response.status, 400) << name;
    EXPECT_THAT(response.body, HasSubstr("opens no other files")) << name;
  }
}

}  // namespace
}  // namespace gradus::server
