// What the Open Inference Protocol allows beside the plain request, and the words with which the rest is refused.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>

#include "gradus/data/csv.h"
#include "gradus/server/serve_test.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kDigits = "/v2/models/digits/infer";
constexpr const char* kHouses = "/v2/models/houses/infer";

json tensor(const std::string& name, const json& shape, const std::string& datatype, const json& data) {
  return {{"name", name}, {"shape", shape}, {"datatype", datatype}, {"data", data}};
}

json one_house(const json& area) {
  return {{"inputs", {area, tensor("colour", {1}, "BYTES", {"red"}), tensor("garden", {1}, "BOOL", {true})}}};
}

// JSON and the bytes behind it.
std::string refusal(const ServeTest& served, const char* path, const json& header, const std::string& bytes) {
  const std::string text = header.dump();
  return served.refusal(path, text + bytes, 400,
                        {{"inference-header-content-length", std::to_string(text.size())}});
}

json binary(json tensor, std::size_t bytes) {
  tensor.erase("data");
  tensor["parameters"] = {{"binary_data_size", bytes}};
  return tensor;
}

TEST(OipRefusals, BytesAreAsManyAsTheShapeTakes) {
  const ServeTest served({"digits"});
  const auto of = [&](const json& shape, const char* datatype, std::size_t bytes) {
    const json header = {{"inputs", json::array({binary(tensor("input", shape, datatype, nullptr), bytes)})}};
    return refusal(served, kDigits, header, std::string(bytes, '\0'));
  };
  EXPECT_THAT(of({2, 64}, "FP32", 256),
              HasSubstr("input 'input': 256 bytes came; shape (2, 64) of FP32 takes 4 each"));
  EXPECT_THAT(of({1, 64}, "FP32", 260), HasSubstr("260 bytes came; shape (1, 64)"));
  EXPECT_THAT(of({1, 64}, "FP64", 256), HasSubstr("256 bytes came; shape (1, 64) of FP64 takes 8 each"));
  EXPECT_THAT(of({100'000'000'000'000'000, 64}, "FP64", 256), HasSubstr("256 bytes came"));
}

TEST(OipRefusals, TextsAreTextsAndAsManyAsTheShapeSays) {
  const ServeTest served({"houses"});
  const auto of = [&](const json& colour, const std::string& bytes = "") {
    return refusal(
        served, kHouses,
        {{"inputs",
          {tensor("area", {2}, "FP64", {1, 2}), colour, tensor("garden", {2}, "BOOL", {true, true})}}},
        bytes);
  };
  EXPECT_THAT(of(tensor("colour", {2}, "BYTES", {1, 2})),
              HasSubstr("input 'colour': 'data' holds other things than texts; datatype is BYTES"));
  EXPECT_THAT(of(tensor("colour", {2}, "BYTES", {"red", nullptr})), HasSubstr("other things than texts"));
  EXPECT_THAT(of(binary(tensor("colour", {2}, "BYTES", nullptr), 7), std::string("\3\0\0\0red", 7)),
              HasSubstr("input 'colour': 1 texts came; its shape (2,) says 2"));
  EXPECT_THAT(of(binary(tensor("colour", {2}, "BYTES", nullptr), 2), std::string("\3\0", 2)),
              HasSubstr("text 1 is longer than the bytes that came"));
}

TEST(OipRefusals, AColumnHasOneValuePerRow) {
  const ServeTest served({"houses"});
  const auto of = [&](const json& shape, const json& data) {
    return served.refusal(kHouses, one_house(tensor("area", shape, "FP64", data)).dump());
  };
  EXPECT_THAT(of(json::array(), {5}), HasSubstr("input 'area': its shape is (); expected (n, 1)"));
  EXPECT_THAT(of({1, 1, 1}, {5}), HasSubstr("its shape is (1, 1, 1); expected (n, 1)"));
  EXPECT_THAT(of({0}, json::array()), HasSubstr("its shape is (0,); expected (n, 1)"));
  EXPECT_THAT(of({1, 2}, {5, 6}), HasSubstr("its shape is (1, 2); expected (n, 1)"));
}

TEST(OipRefusals, AnInfiniteNumberIsNoMissingOne) {
  const ServeTest served({"houses"});
  const double infinite = std::numeric_limits<double>::infinity();
  const json header = one_house(binary(tensor("area", {1}, "FP64", nullptr), sizeof infinite));
  EXPECT_THAT(refusal(served, kHouses, header,
                      std::string(reinterpret_cast<const char*>(&infinite), sizeof infinite)),
              HasSubstr("using the request: column 'area', row 1 is inf; expected a finite number"));
  EXPECT_EQ(served.post(kHouses, one_house(tensor("area", {1}, "FP64", {nullptr})).dump()).status, 200);
}

TEST(OipRefusals, SaysWhatARequestLacksOrHasTwice) {
  const ServeTest served({"digits"});
  const auto input = [](const std::string& text) { return R"({"inputs":[{)" + text + "}]}"; };
  std::string outputs = R"({"name":"label"})";
  for (int i = 0; i < 4096; ++i) outputs += R"(,{"name":"label"})";
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {input(R"("shape":[1],"datatype":"FP32","data":[1])"), "lacks its name, shape or datatype"},
      {input(R"("name":"input","datatype":"FP32","data":[1])"), "lacks its name, shape or datatype"},
      {input(R"("name":"input","shape":[1],"data":[1])"), "lacks its name, shape or datatype"},
      {input(R"("name":"input","shape":[1],"datatype":"FP32")"),
       "input 'input' has neither 'data' and 'binary_data_size'; expected one of them"},
      {input(
           R"("name":"input","shape":[1],"datatype":"FP32","data":[1],"parameters":{"binary_data_size":4})"),
       "input 'input' has both 'data' and 'binary_data_size'; expected one of them"},
      {input(R"("name":"input","shape":[1],"datatype":"FP32","data":[[[[[[[[[1]]]]]]]]])"),
       "'data' is nested more than 8 deep"},
      {R"({"outputs":[{"parameters":{}}]})", "the output before lacks its name"},
      {R"({"outputs":[{"name":"label","parameters":{"shared_memory_region":"a"}}]})",
       "shared memory is not served here; take the data"},
      {R"({"outputs":[)" + outputs + "]}", "more than 4096 tensors"},
  };
  for (const auto& [body, message] : wrong)
    EXPECT_THAT(served.refusal(kDigits, body), HasSubstr(message)) << body.substr(0, 200);
}

// Others may add to the protocol; what is not known here changes nothing.
TEST(OipRefusals, WhatIsNotKnownIsPassedOver) {
  const ServeTest served({"houses"});
  json request = one_house(tensor("area", {1}, "FP64", {50}));
  const json expected = served.post_json(kHouses, request);
  request["priority"] = {{"of", {1, 2}}};
  request["inputs"][0]["layout"] = "NHWC";
  request["inputs"][0]["parameters"] = {{"content_type", "np"}};
  request["outputs"] =
      json::parse(R"([{"name":"prediction","shape":[1,1],"parameters":{"classification":3}}])");
  EXPECT_EQ(served.post_json(kHouses, request), expected);
}

// Numbers alone are one tensor; a category or a block beside it are tensors by their names.
TEST(OipRefusals, MetadataNameTheTensorsThatAreTaken) {
  const ServeTest numbers(
      "numbers",
      trained_on(parse_csv("a,b,y\n1,2,3.5\n2,4,5\n3,1,6\n4,4,1\n5,0,2\n6,2,7\n7,7,1\n8,1,2\n9,3,3\n"
                           "10,1,9\n",
                           "numbers")));
  EXPECT_EQ(numbers.get_json("/v2/models/numbers").at("inputs"),
            json::parse(R"([{"name":"input","datatype":"FP64","shape":[-1,2]}])"));
  const json whole = {{"inputs", json::array({tensor("input", {2, 2}, "FP64", {1, 2, 3, 4})})}};
  const json columns = {{"inputs", {tensor("a", {2}, "FP64", {1, 3}), tensor("b", {2}, "FP64", {2, 4})}}};
  EXPECT_EQ(numbers.post_json("/v2/models/numbers/infer", whole),
            numbers.post_json("/v2/models/numbers/infer", columns));

  const ServeTest mixed("mixed", trained_on(block_beside_towns()));
  EXPECT_EQ(
      mixed.get_json("/v2/models/mixed").at("inputs"),
      json::parse(
          R"([{"name":"x0","datatype":"FP64","shape":[-1,1]},{"name":"x1","datatype":"FP64","shape":[-1,1]},
                            {"name":"town","datatype":"BYTES","shape":[-1,1]}])"));
  const json request = {{"inputs",
                         {tensor("x0", {1}, "FP64", {1}), tensor("x1", {1}, "FP64", {2}),
                          tensor("town", {1}, "BYTES", {"Gouda"})}}};
  const json answer = mixed.post_json("/v2/models/mixed/infer", request);
  EXPECT_EQ(answer.at("outputs").at(0).at("data").at(0),
            mixed.post_json("/predict", {{"x", {1, 2}}, {"town", "Gouda"}}).at("prediction"));
}

// "input" is the name of all features together, unless a column is called so.
TEST(OipRefusals, AColumnThatIsCalledInputIsOne) {
  const ServeTest served(
      "odd",
      trained_on(parse_csv("input,y\n1,2\n2,4.5\n3,5\n4,9\n5,9\n6,13\n7,13\n8,17\n9,17\n10,21\n", "odd")));
  const auto answer = [&](const json& shape) {
    return served.post_json("/v2/models/odd/infer",
                            {{"inputs", json::array({tensor("input", shape, "FP64", {1, 5})})}});
  };
  EXPECT_EQ(answer({2}), answer({2, 1}));
  EXPECT_EQ(answer({2}).at("outputs").at(0).at("data").at(1),
            served.post_json("/predict", {{"input", 5}}).at("prediction"));
}

}  // namespace
}  // namespace gradus::server
