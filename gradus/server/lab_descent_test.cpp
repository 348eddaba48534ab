#include "gradus/server/lab_descent.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "gradus/optim/minimize.h"
#include "gradus/server/lab_test.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

HttpResponse answer(const std::string& method, const std::string& path, const std::string& body = "") {
  Routes routes;
  add_descent_routes(routes);
  return ask(routes, method, path, body);
}

json asked(const std::string& path, const json& body) {
  const HttpResponse response = answer("POST", path, body.dump());
  EXPECT_EQ(response.status, 200) << response.body;
  return json::parse(response.body);
}

std::string refusal(const std::string& path, const std::string& body) {
  const HttpResponse response = answer("POST", path, body);
  EXPECT_EQ(response.status, 400) << body;
  return json::parse(response.body).value("error", "");
}

TEST(LabDescent, ListsTheFunctions) {
  const json list = json::parse(answer("GET", "/api/descent/functions").body);
  ASSERT_EQ(list.at("functions").size(), functions_of_two_variables().size());
  const json& booth = list.at("functions").at(4);
  EXPECT_EQ(booth.at("name"), "booth");
  EXPECT_EQ(booth.at("minima"), json::parse("[[1.0, 3.0, 0.0]]"));
  EXPECT_EQ(list.at("optimizers").at(0), "sgd");
}

TEST(LabDescent, PathsAreThoseOfTheLibrary) {
  const json answered = asked("/api/descent", {{"function", "rosenbrock"},
                                               {"start", {-1.5, 2}},
                                               {"steps", 30},
                                               {"contenders",
                                                {{{"optimizer", "momentum"}, {"learning_rate", 0.001}},
                                                 {{"optimizer", "sgd"}, {"learning_rate", 10}}}}});
  DescentSpec spec;
  spec.function = "rosenbrock";
  spec.start = Point2{-1.5, 2};
  spec.optimizer = "momentum";
  spec.learning_rate = 0.001;
  spec.steps = 30;
  const Descent descent = minimize(spec);
  const json& path = answered.at("paths").at(0);
  ASSERT_EQ(path.at("x").size(), descent.path.size());
  for (std::size_t t = 0; t < descent.path.size(); ++t) {
    EXPECT_EQ(path.at("x").at(t), descent.path[t].point.x);
    EXPECT_EQ(path.at("y").at(t), descent.path[t].point.y);
    EXPECT_EQ(path.at("value").at(t), descent.path[t].value);
  }
  EXPECT_FALSE(path.at("diverged"));
  EXPECT_TRUE(answered.at("paths").at(1).at("diverged"));
}

TEST(LabDescent, ContoursOfAFormulaLieWhereItHasTheirHeight) {
  const json answered =
      asked("/api/descent/contours", {{"function", "x^2 + y^2"}, {"x", {-4, 4}}, {"y", {-2, 6}}});
  EXPECT_EQ(answered.at("minima"), json::array());
  EXPECT_GE(answered.at("levels").size(), 20u);
  double previous = -1;
  for (const json& level : answered.at("levels")) {
    const double height = level.at("height");
    EXPECT_GT(height, previous);
    previous = height;
    double column = 0;
    double row = 0;
    ASSERT_EQ(std::sscanf(level.at("path").get<std::string>().c_str(), "M%lf%*[ ,]%lf", &column, &row), 2);
    const double x = -4 + column / 1000 * 8;
    const double y = 6 - row / 1000 * 8;
    const bool on_the_edge = column < 1 || column > 999 || row < 1 || row > 999;
    if (!on_the_edge) {
      EXPECT_NEAR(x * x + y * y, height, 0.1);
    }
  }
}

// Hills of slightly different heights, of some of which a level meets only the very top.
TEST(LabDescent, SpecksAreLeftOut) {
  const json answered =
      asked("/api/descent/contours", {{"function", "sin(11 x) + cos(13 y)"}, {"x", {-9, 9}}, {"y", {-9, 9}}});
  std::size_t loops = 0;
  for (const json& level : answered.at("levels")) {
    const std::string path = level.at("path");
    for (std::size_t begin = 0; begin < path.size(); ++loops) {
      const std::size_t end = path.find('Z', begin);
      ASSERT_NE(end, std::string::npos);
      EXPECT_GE(std::ranges::count(path.substr(begin, end - begin), 'L'), 2) << "no area";
      begin = end + 1;
    }
  }
  EXPECT_GT(loops, 100u);
}

TEST(LabDescent, WhereAFunctionHasNoValueThereAreNoLines) {
  EXPECT_TRUE(asked("/api/descent/contours", {{"function", "log(-1 - x^2)"}}).at("levels").empty());
  EXPECT_TRUE(asked("/api/descent/contours", {{"function", "7"}}).at("levels").empty());
  EXPECT_FALSE(asked("/api/descent/contours", {{"function", "log(x)"}}).at("levels").empty());
  for (const char* huge : {"1e308 x", "exp(exp(x^2))", "10^(300 sin(x))", "x/0", "1e-320 x"})
    (void)asked("/api/descent/contours", {{"function", huge}});
}

TEST(LabDescent, RefusesWhatItCannotDo) {
  const std::string contours = "/api/descent/contours";
  EXPECT_THAT(refusal(contours, "[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal(contours, "{\"function\":"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal(contours, "{}"), HasSubstr("field function: expected a text"));
  EXPECT_THAT(refusal(contours, R"({"function":"x +"})"), HasSubstr("column 4"));
  EXPECT_THAT(refusal(contours, R"({"function":"boot"})"), HasSubstr("did you mean 'booth'"));
  EXPECT_THAT(refusal(contours, R"({"function":"x","x":[1,1]})"), HasSubstr("the lower first"));
  EXPECT_THAT(refusal(contours, R"({"function":"x","x":[-2e9,1]})"),
              HasSubstr("two numbers from -1000000000"));
  EXPECT_THAT(refusal(contours, R"({"function":"x","x":[0,2e9]})"),
              HasSubstr("two numbers from -1000000000"));
  EXPECT_THAT(refusal(contours, R"({"function":"x","x":[1,1e999]})"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal(contours, R"({"function":"x","x":[1]})"), HasSubstr("2 numbers"));
  const auto with = [](const std::string& more) {
    return R"({"function":"x^2","start":[1,1],"contenders":[{"optimizer":"sgd"}],"steps":3)" + more + "}";
  };
  EXPECT_EQ(answer("POST", "/api/descent", with("")).status, 200);
  const auto refused = [&](const std::string& more) { return refusal("/api/descent", with("," + more)); };
  EXPECT_THAT(refused(R"("steps":2001)"), HasSubstr("from 1 to 2000"));
  EXPECT_THAT(refused(R"("steps":1.5)"), HasSubstr("whole number"));
  EXPECT_THAT(refused(R"("steps":-1)"), HasSubstr("whole number"));
  EXPECT_THAT(refused(R"("start":["a",1])"), HasSubstr("field start"));
  EXPECT_THAT(refused(R"("contenders":[1])"), HasSubstr("objects"));
  EXPECT_THAT(refused(R"("contenders":[{},{},{},{},{},{},{},{},{}])"), HasSubstr("at most 8"));
  EXPECT_THAT(refused(R"("contenders":[{"optimizer":"adm"}])"), HasSubstr("did you mean 'adam'"));
  EXPECT_THAT(refused(R"("contenders":[{"optimizer":"sgd","learning_rate":0}])"), HasSubstr("learning_rate"));
  EXPECT_THAT(refused(R"("contenders":[{"optimizer":"momentum","momentum":2}])"), HasSubstr("momentum"));
  EXPECT_THAT(refused(R"j("function":"log(x)","start":[-1,0])j"), HasSubstr("start"));
}

}  // namespace
}  // namespace gradus::server
