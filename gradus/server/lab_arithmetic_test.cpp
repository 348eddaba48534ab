#include "gradus/server/lab_arithmetic.h"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "gradus/server/lab_test.h"
#include "tests/support/test_support.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

HttpResponse answer(const std::string& method, const std::string& path, const std::string& body = "") {
  Routes routes;
  add_arithmetic_routes(routes);
  return ask(routes, method, path, body);
}

json example(const std::string& name) {
  const json list = json::parse(answer("GET", "/api/arithmetic/examples").body);
  for (const json& one : list.at("examples")) {
    if (one.at("name") != name) continue;
    json body = one.at("body");
    body["step"] = 1;
    return body;
  }
  ADD_FAILURE() << "no example " << name;
  return {};
}

json worked(const json& body) {
  const HttpResponse response = answer("POST", "/api/arithmetic", body.dump());
  EXPECT_EQ(response.status, 200) << response.body;
  return json::parse(response.body);
}

std::string refusal(const json& body) {
  const HttpResponse response = answer("POST", "/api/arithmetic", body.dump());
  EXPECT_EQ(response.status, 400) << body;
  return json::parse(response.body).value("error", "");
}

// "[[1.0, 2.0], [3.0, 4.0]]" as a list; so does a number.
std::vector<double> flat(const json& value) {
  if (value.is_number()) return {value.get<double>()};
  std::vector<double> numbers;
  for (const json& inner : value) {
    for (const double number : flat(inner)) numbers.push_back(number);
  }
  return numbers;
}

json of_reference(const json& step, const std::string& name) {
  const json& hidden = step.at("layers").at(0);
  const json& output = step.at("layers").at(1);
  if (name == "o1") return hidden.at("z");
  if (name == "h") return hidden.at("y");
  if (name == "o2") return output.at("z");
  if (name == "y") return step.at("prediction");
  if (name == "dL_do2") return output.at("dz");
  if (name == "dL_dh") return hidden.at("dy");
  if (name == "dL_do1") return hidden.at("dz");
  if (name == "dL_dw1") return hidden.at("weight").at("gradient");
  if (name == "dL_db1") return hidden.at("bias").at("gradient");
  if (name == "dL_dw2") return output.at("weight").at("gradient");
  if (name == "dL_db2") return output.at("bias").at("gradient");
  return step.at("loss");
}

TEST(LabArithmetic, GivesEveryNumberOfReport003) {
  GRADUS_REQUIRE_FILE(path, shared_path, "expected/vu_q3.csv");
  const json plain = worked(example("vu-q3"));
  const json asymmetric = worked(example("vu-q3-asymmetric"));
  const auto rows = test::read_csv_rows(path);
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const json& step = rows[r][0].starts_with("q3") ? plain : asymmetric;
    const std::vector<double> wanted = flat(json::parse(rows[r][2]));
    const std::vector<double> numbers = flat(of_reference(step, rows[r][1]));
    ASSERT_EQ(numbers.size(), wanted.size()) << rows[r][1];
    for (std::size_t i = 0; i < wanted.size(); ++i)
      EXPECT_NEAR(numbers[i], wanted[i], 1e-15) << rows[r][0] << " " << rows[r][1] << " " << i;
  }
  EXPECT_EQ(rows.size(), 25u);
}

TEST(LabArithmetic, EveryExampleIsRightByDifferences) {
  const json list = json::parse(answer("GET", "/api/arithmetic/examples").body);
  EXPECT_GE(list.at("examples").size(), 5u);
  for (const json& one : list.at("examples")) {
    json body = one.at("body");
    for (const char* optimizer : {"sgd", "momentum"}) {
      body["step"] = 3;
      body["optimizer"] = optimizer;
      const json step = worked(body);
      EXPECT_LT(step.at("largest_error"), 1e-7) << one.at("name");
      EXPECT_LT(step.at("loss_after"), step.at("loss")) << one.at("name");
    }
  }
}

TEST(LabArithmetic, AKinkIsNull) {
  const json step = worked(example("kink"));
  EXPECT_TRUE(step.at("layers").at(0).at("weight").at("numeric").at(0).is_null());
  EXPECT_TRUE(step.at("layers").at(1).at("bias").at("numeric").at(0).is_number());
}

TEST(LabArithmetic, DrawsWeightsWhereThereAreNone) {
  json body = example("xor");
  body.erase("weights");
  body.erase("biases");
  body["sizes"] = {8, 8, 8, 8, 8};
  body["activations"] = {"tanh", "relu", "gelu", "sigmoid"};
  body["input"] = json::array_t(8, 0.5);
  body["target"] = json::array_t(8, 0.25);
  const json step = worked(body);
  EXPECT_EQ(step, worked(body));
  EXPECT_NE(step.at("layers").at(0).at("weight").at("before").at(0), 0);
  EXPECT_LT(step.at("largest_error"), 1e-7);
}

TEST(LabArithmetic, NumbersThatAreNotFiniteAreNull) {
  json body = example("xor");
  body["input"] = {1e90, 1e90};
  body["weights"][1] = {1e90, 1e90};
  const json step = worked(body);
  EXPECT_TRUE(step.at("loss").is_null() || step.at("loss").is_number());
  EXPECT_EQ(answer("POST", "/api/arithmetic", body.dump()).body.find("nan"), std::string::npos);
}

TEST(LabArithmetic, RefusesWhatItCannotDo) {
  const auto with = [](const char* field, const json& value) {
    json body = example("vu-q3");
    body[field] = value;
    return refusal(body);
  };
  EXPECT_THAT(with("sizes", {2, 9, 2}), HasSubstr("from 1 to 8"));
  EXPECT_THAT(with("sizes", {2, 1, 1, 1, 1, 2}), HasSubstr("2 to 5"));
  EXPECT_THAT(with("sizes", {2, 1.5, 2}), HasSubstr("whole number"));
  EXPECT_THAT(with("sizes", "2-3-2"), HasSubstr("field sizes"));
  EXPECT_THAT(with("activations", {"sigmoid"}), HasSubstr("2 names"));
  EXPECT_THAT(with("activations", {"sigmoid", "softmax"}), HasSubstr("no softmax"));
  EXPECT_THAT(with("activations", {"sigmod", "identity"}), HasSubstr("did you mean 'sigmoid'"));
  EXPECT_THAT(with("loss", "huber"), HasSubstr("one of softmax_cross_entropy"));
  EXPECT_THAT(with("input", {1}), HasSubstr("2 numbers"));
  EXPECT_THAT(with("input", "1 2"), HasSubstr("field input: expected 2 numbers"));
  EXPECT_THAT(with("input", {1, nullptr}), HasSubstr("field input"));
  EXPECT_THAT(with("sizes", {2}), HasSubstr("2 to 5"));
  EXPECT_THAT(with("target", {1, 1}), HasSubstr("1 for one output"));
  EXPECT_THAT(with("target", {1, 0.5}), HasSubstr("1 for one output and 0 for the others"));
  EXPECT_THAT(with("weights", {{1}}), HasSubstr("2 lists"));
  EXPECT_THAT(with("biases", nullptr), HasSubstr("field biases"));
  EXPECT_THAT(with("weights", nullptr), HasSubstr("field weights"));
  EXPECT_THAT(with("optimizer", "adam"), HasSubstr("one of sgd, momentum"));
  EXPECT_THAT(with("learning_rate", -1), HasSubstr("learning_rate"));
  EXPECT_THAT(with("step", 0), HasSubstr("from 1 to 1000"));
  EXPECT_THAT(with("step", 1e300), HasSubstr("from 1 to 1000"));
  json binary = example("xor");
  binary["target"] = {2};
  EXPECT_THAT(refusal(binary), HasSubstr("from 0 to 1"));
  binary["target"] = {-0.5};
  EXPECT_THAT(refusal(binary), HasSubstr("numbers from 0 to 1, with cross-entropy"));
  json rolling = example("xor");
  rolling["optimizer"] = "momentum";
  rolling["momentum"] = 1.5;
  EXPECT_THAT(refusal(rolling), HasSubstr("field momentum: expected a number from 0 to 1"));
}

}  // namespace
}  // namespace gradus::server
