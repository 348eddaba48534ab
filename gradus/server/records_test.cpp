#include "gradus/server/records.h"

#include <gmock/gmock.h>

#include "gradus/data/csv.h"
#include "gradus/server/serve_test.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kHouses = "/predict/houses";

TEST(Records, GiveTheBitsOfPredict) {
  const ServeTest served({"houses"});
  const ModelPredictor predictor(Model::load(served.file("houses")));
  const Predictions expected =
      predictor.predict(parse_csv("area,colour,garden\n50.5,red,yes\n,blue,no\n70,pink,no\n33,,no\n", "new"));
  const json answer = served.post_json(kHouses, json::parse(R"([{"area":50.5,"colour":"red","garden":true},
      {"garden":"No","colour":"blue","area":null},{"area":70,"colour":"pink","garden":0},
      {"area":33,"colour":null,"garden":false,"price":7}])"));
  ASSERT_EQ(answer.at("predictions").size(), 4u);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_EQ(answer["predictions"][i]["prediction"].get<double>(), expected.values[i]) << i;
  EXPECT_EQ(answer.at("model"), "houses");
  EXPECT_EQ(answer.at("version"), "1");
}

TEST(Records, OneIsAnsweredWithOne) {
  const ServeTest served({"houses"});
  const json answer = served.post_json("/predict", {{"area", 50}, {"colour", "red"}, {"garden", true}});
  EXPECT_TRUE(answer.at("prediction").is_number());
  EXPECT_FALSE(answer.contains("predictions"));
}

TEST(Records, AClassComesWithItsProbabilities) {
  const ServeTest served;
  json record;
  for (int i = 0; i < 64; ++i) record["pixel" + std::to_string(i)] = i % 17;
  const json one = served.post_json("/predict/digits", record);
  EXPECT_EQ(one.at("probabilities").size(), 10u);
  double largest = 0;
  for (const json& probability : one.at("probabilities"))
    largest = std::max(largest, probability.get<double>());
  EXPECT_EQ(one.at("probabilities").at(one.at("prediction").get<std::string>()).get<double>(), largest);
  EXPECT_THAT(served.refusal("/predict", "{}"), HasSubstr("/predict/digits"));
}

TEST(Records, ColumnsAreCalledByTheirNames) {
  const ServeTest served;
  const auto of = [&](const char* body) { return served.refusal(kHouses, body); };
  EXPECT_THAT(of(R"({"aera":1,"colour":"red","garden":true})"),
              HasSubstr("no column 'aera'; did you mean 'area'?"));
  EXPECT_THAT(of(R"({"area":1,"garden":true})"), HasSubstr("record 1: column 'colour' is not there"));
  EXPECT_THAT(of(R"([{"area":1,"colour":"red","garden":true},{"colour":"red","garden":true}])"),
              HasSubstr("record 2: column 'area' is not there"));
  EXPECT_THAT(of(R"({"area":"wide","colour":"red","garden":true})"), HasSubstr("column 'area' is no number"));
  EXPECT_THAT(of(R"({"area":1,"colour":"red","garden":"maybe"})"),
              HasSubstr("'garden' is neither true nor false"));
  EXPECT_THAT(of(R"({"area":1,"colour":"red","garden":7})"), HasSubstr("garden"));
  EXPECT_THAT(of(R"({"area":1,"colour":"red","garden":[true]})"), HasSubstr("'garden' is no truth value"));
  EXPECT_THAT(of(R"({"area":true,"colour":"red","garden":true})"), HasSubstr("column 'area' is no number"));
  EXPECT_THAT(of(R"({"area":1,"area":2,"colour":"red","garden":true})"), HasSubstr("'area' came twice"));
  EXPECT_THAT(of(R"({"area":1,"colour":["red"],"garden":true})"), HasSubstr("expected a text"));
  EXPECT_THAT(of("[]"), HasSubstr("at least one record"));
  EXPECT_THAT(of("[1]"), HasSubstr("expected an object"));
  EXPECT_NE(of("{} {}"), "");
}

TEST(Records, TruthValuesAreThoseOfACsvFile) {
  const ServeTest served({"houses"});
  const auto with = [&](const json& garden) {
    return served.post_json(kHouses, {{"area", 50}, {"colour", "red"}, {"garden", garden}}).at("prediction");
  };
  ASSERT_NE(with(true), with(false));
  for (const char* word : {"true", "TRUE", "yes", "Yes"}) EXPECT_EQ(with(word), with(true)) << word;
  for (const char* word : {"false", "False", "no", "NO"}) EXPECT_EQ(with(word), with(false)) << word;
}

// As the cells of a column that has other texts besides.
TEST(Records, NumbersAndTruthValuesAreTextsWhereTheColumnHasTexts) {
  const ServeTest served("flats",
                         trained_on(parse_csv("rooms,lift,price\n0,true,100\n2,false,150\nmany,old,210\n"
                                              "0,old,90\n2,true,160\nmany,false,190\n0,false,95\n"
                                              "2.5,old,140\n2.5,true,120\nmany,true,220\n",
                                              "flats")));
  const auto of = [&](const json& rooms, const json& lift) {
    return served.post_json("/predict/flats", {{"rooms", rooms}, {"lift", lift}}).at("prediction");
  };
  ASSERT_NE(of("2.5", "true"), of("0", "true"));
  ASSERT_NE(of("0", "true"), of("0", "false"));
  EXPECT_EQ(of(2.5, true), of("2.5", "true"));
  EXPECT_EQ(of(0, false), of("0", "false"));
  EXPECT_EQ(of(-0.0, false), of("0", "false"));
}

TEST(Records, ABlockComesAsOneListOrFeatureByFeature) {
  const ServeTest served({"digits"});
  std::vector<int> pixels;
  json record;
  for (int i = 0; i < 64; ++i) {
    pixels.push_back(i % 17);
    record["pixel" + std::to_string(i)] = pixels.back();
  }
  EXPECT_EQ(served.post_json("/predict", {{"pixel", pixels}}), served.post_json("/predict", record));
  const auto of = [&](const json& body) { return served.refusal("/predict", body.dump()); };
  EXPECT_THAT(of({{"pixel", pixels}, {"pixel7", 1}}), HasSubstr("record 1: column 'pixel7' came twice"));
  EXPECT_THAT(of({{"pixel", 3}}), HasSubstr("no column 'pixel'"));
  pixels.push_back(1);
  EXPECT_THAT(of({{"pixel", pixels}}), HasSubstr("record 1: more than 64 features"));
  pixels.resize(63);
  EXPECT_THAT(of({{"pixel", pixels}}), HasSubstr("record 1: column 'pixel63' is not there"));
}

// A block of two features beside a category.
TEST(Records, ABlockMayStandBesideColumns) {
  const ServeTest served("mixed", trained_on(block_beside_towns()));
  const json lists = served.post_json("/predict", {{"x", {1, 2}}, {"town", "Delft"}});
  EXPECT_EQ(lists, served.post_json("/predict", {{"x0", 1}, {"x1", 2}, {"town", "Delft"}}));
  EXPECT_NE(lists, served.post_json("/predict", {{"x", {1, 2}}, {"town", "Gouda"}}));
  EXPECT_THAT(served.refusal("/predict", R"({"x":[1,2]})"), HasSubstr("column 'town' is not there"));
  EXPECT_THAT(served.refusal("/predict", R"({"x":[1],"town":"Delft"})"),
              HasSubstr("column 'x1' is not there"));
}

TEST(Records, WhatIsFarFromTheTrainingsDataHasNoPrediction) {
  const ServeTest served({"houses"});
  EXPECT_THAT(
      served.refusal(kHouses, R"([{"area":1,"colour":"red","garden":true},
                                          {"area":1e308,"colour":"red","garden":true}])"),
      HasSubstr(
          "predicting with houses: row 2 gives no finite number; expected inputs like those of training"));
}

// Looking for the nearest name takes time that grows with the name.
TEST(Records, ALongNameIsNotCompared) {
  const ServeTest served;
  const std::string name(1 << 20, 'x');
  const std::string message = served.refusal(kHouses, "{\"" + name + "\":1}");
  EXPECT_LT(message.size(), 300u);
}

}  // namespace
}  // namespace gradus::server
