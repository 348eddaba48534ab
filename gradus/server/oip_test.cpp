// The Open Inference Protocol v2 and its binary tensor extension, to the letter.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstring>
#include <numeric>

#include "gradus/data/source.h"
#include "gradus/server/serve_test.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kDigits = "/v2/models/digits/infer";
constexpr const char* kHouses = "/v2/models/houses/infer";
constexpr std::size_t kFeatures = 64;

// (rows, 64), as whole numbers from 0 to 16.
std::vector<float> pictures(std::size_t rows) {
  std::vector<float> values(rows * kFeatures);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7 % 17);
  return values;
}

template <class Number>
std::string bytes_of(const std::vector<Number>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)};
}

std::vector<double> doubles_of(std::string_view bytes) {
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
  return values;
}

std::vector<double> expected(const ServeTest& served, const std::vector<float>& rows) {
  const ModelPredictor predictor(Model::load(served.file("digits")));
  const std::size_t count = rows.size() / kFeatures;
  std::vector<double> predictions(count * predictor.columns());
  predictor.predict(MatrixView<const float>(rows.data(), count, kFeatures),
                    {predictions.data(), count, predictor.columns()});
  return predictions;
}

json tensor(const std::string& name, const json& shape, const std::string& datatype, const json& data) {
  return {{"name", name}, {"shape", shape}, {"datatype", datatype}, {"data", data}};
}

json request_of(const std::vector<json>& inputs) {
  return {{"inputs", inputs}};
}

TEST(Oip, AnswersToTheLetter) {
  const ServeTest served({"houses"});
  const HttpResponse response = served.post(
      kHouses, R"({"id":"42","inputs":[{"name":"area","shape":[1],"datatype":"FP64","data":[50.5]},
                   {"name":"colour","shape":[1,1],"datatype":"BYTES","data":[["red"]]},
                   {"name":"garden","shape":[1],"datatype":"BOOL","data":[true]}],
                   "outputs":[{"name":"prediction"}]})");
  const json answer = json::parse(response.body);
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.type, "application/json");
  const double value = answer.at("outputs").at(0).at("data").at(0);
  EXPECT_EQ(response.body,
            fmt::format(R"({{"model_name":"houses","model_version":"1","id":"42","outputs":[)"
                        R"({{"name":"prediction","datatype":"FP64","shape":[1,1],"data":[{}]}}]}})",
                        value));
}

TEST(Oip, GivesTheBitsOfPredict) {
  const ServeTest served({"digits"});
  const std::vector<float> rows = pictures(5);
  const std::vector<double> probabilities = expected(served, rows);
  const json nested = [&] {
    json list = json::array();
    for (std::size_t r = 0; r < 5; ++r)
      list.push_back(std::vector<float>(rows.begin() + static_cast<long>(r * kFeatures),
                                        rows.begin() + static_cast<long>((r + 1) * kFeatures)));
    return list;
  }();
  for (const json& data : {json(rows), nested}) {
    const json answer = served.post_json(kDigits, request_of({tensor("input", {5, 64}, "FP32", data)}));
    EXPECT_FALSE(answer.contains("id"));
    EXPECT_EQ(answer.at("outputs").at(0).at("data").get<std::vector<double>>(), probabilities);
    EXPECT_EQ(answer.at("outputs").at(1).at("name"), "label");
    EXPECT_EQ(answer.at("outputs").at(1).at("shape"), json::array({5}));
    EXPECT_TRUE(answer.at("outputs").at(1).at("data").at(4).is_string());
  }
}

// Every datatype of numbers, as JSON and as bytes.
TEST(Oip, ReadsEveryNumberType) {
  const ServeTest served({"digits"});
  const std::vector<float> rows = pictures(1);
  const std::vector<double> probabilities = expected(served, rows);
  const auto check = [&]<class Number>(const std::string& datatype, Number) {
    const std::string bytes = bytes_of(std::vector<Number>(rows.begin(), rows.end()));
    const json header = {{"inputs", json::array({{{"name", "input"},
                                                  {"shape", {1, 64}},
                                                  {"datatype", datatype},
                                                  {"parameters", {{"binary_data_size", bytes.size()}}}}})},
                         {"outputs", json::array({{{"name", "probabilities"}}})}};
    const std::string text = header.dump();
    const HttpResponse response = served.post(
        kDigits, text + bytes, {{"inference-header-content-length", std::to_string(text.size())}});
    ASSERT_EQ(response.status, 200) << datatype << response.body;
    const json answer = json::parse(response.body);
    const auto values = answer.at("outputs").at(0).at("data").get<std::vector<double>>();
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], probabilities[i], 1e-6) << datatype;
    if (datatype == "FP32" || datatype == "UINT8") {
      EXPECT_EQ(values, probabilities);
    }
  };
  check("UINT8", std::uint8_t{});
  check("INT8", std::int8_t{});
  check("UINT16", std::uint16_t{});
  check("INT16", std::int16_t{});
  check("UINT32", std::uint32_t{});
  check("INT32", std::int32_t{});
  check("UINT64", std::uint64_t{});
  check("INT64", std::int64_t{});
  check("FP32", float{});
  check("FP64", double{});
}

// What the public client for Python sends by default: binary in, binary out, whatever it asks.
TEST(Oip, BinaryInAndOut) {
  const ServeTest served({"digits"});
  const std::vector<float> rows = pictures(2);
  const std::string text =
      R"({"inputs":[{"name":"input","shape":[2,64],"datatype":"FP32","parameters":{"binary_data_size":512}}],)"
      R"("parameters":{"binary_data_output":true}})";
  const HttpResponse response = served.post(
      kDigits, text + bytes_of(rows), {{"inference-header-content-length", std::to_string(text.size())}});
  ASSERT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(response.type, "application/octet-stream");
  const std::string header =
      R"({"model_name":"digits","model_version":"1","outputs":[{"name":"probabilities","datatype":"FP64","shape":[2,10],)"
      R"("parameters":{"binary_data_size":160}},{"name":"label","datatype":"BYTES","shape":[2],)"
      R"("parameters":{"binary_data_size":10}}]})";
  EXPECT_THAT(response.headers, testing::Contains(testing::Pair("Inference-Header-Content-Length",
                                                                std::to_string(header.size()))));
  ASSERT_EQ(response.body.size(), header.size() + 170);
  EXPECT_EQ(response.body.substr(0, header.size()), header);
  EXPECT_EQ(doubles_of(std::string_view(response.body).substr(header.size(), 160)), expected(served, rows));
  EXPECT_EQ(response.body.substr(header.size() + 160, 4), std::string("\1\0\0\0", 4));
}

TEST(Oip, OneOutputMayBeBinaryBesideAnother) {
  const ServeTest served({"digits"});
  json request = request_of({tensor("input", {1, 64}, "FP32", pictures(1))});
  request["parameters"] = {{"binary_data_output", true}, {"priority", 3}};
  request["outputs"] =
      json::parse(R"([{"name":"label","parameters":{"binary_data":false}},{"name":"probabilities"}])");
  const HttpResponse response = served.post(kDigits, request.dump());
  ASSERT_EQ(response.status, 200) << response.body;
  const json header = json::parse(response.body.substr(0, response.body.size() - 80));
  EXPECT_TRUE(header.at("outputs").at(0).at("data").at(0).is_string());
  EXPECT_EQ(header.at("outputs").at(1).at("parameters").at("binary_data_size"), 80);
}

TEST(Oip, TextsComeAsBytesToo) {
  const ServeTest served({"houses"});
  const std::string texts("\3\0\0\0red\4\0\0\0blue", 15);
  const json header = {{"inputs",
                        {tensor("area", {2, 1}, "FP32", {50, 60}),
                         {{"name", "colour"},
                          {"shape", {2, 1}},
                          {"datatype", "BYTES"},
                          {"parameters", {{"binary_data_size", 15}}}},
                         tensor("garden", {2}, "BOOL", {true, false})}}};
  const auto answer = [&](const std::string& bytes) {
    const std::string text = header.dump();
    return served.post(kHouses, text + bytes,
                       {{"inference-header-content-length", std::to_string(text.size())}});
  };
  const HttpResponse response = answer(texts);
  ASSERT_EQ(response.status, 200) << response.body;
  const json records =
      served.post_json("/predict/houses", json::parse(R"([{"area":50,"colour":"red","garden":true},
                                                                          {"area":60,"colour":"blue","garden":"no"}])"));
  const json outputs = json::parse(response.body).at("outputs").at(0).at("data");
  EXPECT_EQ(outputs.at(0), records.at("predictions").at(0).at("prediction"));
  EXPECT_EQ(outputs.at(1), records.at("predictions").at(1).at("prediction"));
  EXPECT_EQ(answer(std::string("\4\0\0\0red\4\0\0\0blue", 15)).status, 400);
  EXPECT_EQ(answer(std::string("\3\0\0\0red\3\0\0\0blue", 15)).status, 400);
  EXPECT_EQ(answer(std::string("\xff\xff\xff\xffred\4\0\0\0blue", 15)).status, 400);
}

TEST(Oip, WrongTensorsAreRefusedWithWhatIsWrong) {
  const ServeTest served;
  const std::vector<float> row = pictures(1);
  const auto of = [&](const json& input) { return served.refusal(kDigits, request_of({input}).dump()); };
  EXPECT_THAT(of(tensor("input", {1, 63}, "FP32", row)),
              HasSubstr("64 elements in 'data'; its shape (1, 63) says 63"));
  EXPECT_THAT(of(tensor("input", {64}, "FP32", row)), HasSubstr("its shape is (64,); expected (n, 64)"));
  EXPECT_THAT(of(tensor("input", {8, 8}, "FP32", row)), HasSubstr("expected (n, 64)"));
  EXPECT_THAT(of(tensor("inptu", {1, 64}, "FP32", row)), HasSubstr("did you mean 'input'?"));
  EXPECT_THAT(of(tensor("input", {1, 64}, "FP16", row)), HasSubstr("datatype 'FP16'"));
  EXPECT_THAT(of(tensor("input", {1, 64}, "FP32", std::vector<std::string>(64, "1"))), HasSubstr("texts"));
  EXPECT_THAT(of(tensor("input", {0, 64}, "FP32", json::array())), HasSubstr("expected (n, 64)"));
  EXPECT_THAT(of(tensor("input", {4294967296, 4294967296, 4}, "FP32", row)),
              HasSubstr("does not fit 64 bits"));
  EXPECT_THAT(of(tensor("input", {1000000000000, 64}, "FP32", row)), HasSubstr("64 elements"));
  EXPECT_THAT(of(tensor("input", {1, 64}, "FP32", {row, row})), HasSubstr("128 elements"));
  EXPECT_THAT(of(tensor("input", {1, 64}, "FP32", {{row}})), HasSubstr("nested otherwise"));
  std::vector<double> large(row.begin(), row.end());
  large[9] = 1e39;
  EXPECT_THAT(of(tensor("input", {1, 64}, "FP32", large)), HasSubstr("does not fit FP32"));
  EXPECT_THAT(served.refusal(kHouses, request_of({tensor("area", {1}, "FP64", {1}),
                                                  tensor("colour", {2}, "BYTES", {"red", "red"})})
                                          .dump()),
              HasSubstr("it has 2 rows; 'area' has 1"));
  EXPECT_THAT(served.refusal(kHouses, request_of({tensor("area", {1}, "FP64", {1})}).dump()),
              HasSubstr("no column 'colour'"));
  EXPECT_THAT(
      served.refusal(kHouses,
                     request_of({tensor("area", {1}, "FP64", {1}), tensor("area", {1}, "FP64", {1})}).dump()),
      HasSubstr("it came twice"));
}

TEST(Oip, NumbersThatAreNoneAreRefused) {
  const ServeTest served({"digits"});
  std::vector<float> row = pictures(1);
  row[3] = std::numeric_limits<float>::quiet_NaN();
  const std::string text =
      R"({"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32","parameters":{"binary_data_size":256}}]})";
  EXPECT_THAT(served.refusal(kDigits, text + bytes_of(row), 400,
                             {{"inference-header-content-length", std::to_string(text.size())}}),
              HasSubstr("row 1, 'pixel3' is nan"));
}

TEST(Oip, WrongRequestsAreRefused) {
  const ServeTest served({"digits"});
  const std::string input = R"({"name":"input","shape":[1,64],"datatype":"FP32","data":[1]})";
  for (
      const std::string& body : std::vector<std::string>{
          "", "{}", "[]", "null", R"({"inputs":[]})", R"({"inputs":{}})", R"({"inputs":[{}]})",
          R"({"inputs":[)" + input + R"(],"inputs":[)" + input + "]}",
          R"({"inputs":[{"name":"input","name":"input","shape":[1,64],"datatype":"FP32","data":[1]}]})",
          R"({"inputs":[{"name":"input","shape":[1,-64],"datatype":"FP32","data":[1]}]})",
          R"({"inputs":[{"name":"input","shape":[1,64.0],"datatype":"FP32","data":[1]}]})",
          R"({"inputs":[{"name":"input","shape":[1,1,1,1,1,1,1,1,1],"datatype":"FP32","data":[1]}]})",
          R"({"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32"}]})",
          R"({"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32","data":[1,[2]]}]})",
          R"({"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32","data":[[1],[2,3]]}]})",
          R"({"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32","parameters":{"binary_data_size":256}}]})",
          R"({"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32","parameters":{"binary_data_size":-1}}]})",
          R"({"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32","parameters":{"shared_memory_region":"a"}}]})"})
    EXPECT_NE(served.refusal(kDigits, body), "") << body;
  json unknown = request_of({tensor("input", {1, 64}, "FP32", pictures(1))});
  unknown["outputs"] = json::parse(R"([{"name":"probabilites"}])");
  EXPECT_THAT(served.refusal(kDigits, unknown.dump()), HasSubstr("did you mean 'probabilities'?"));
  unknown["outputs"] = json::parse(R"([{"name":"label"},{"name":"label"}])");
  EXPECT_THAT(served.refusal(kDigits, unknown.dump()), HasSubstr("asked for twice"));
}

TEST(Oip, ALyingHeaderLengthIsRefused) {
  const ServeTest served({"digits"});
  const std::string text =
      R"({"inputs":[{"name":"input","shape":[1,64],"datatype":"FP32","parameters":{"binary_data_size":256}}]})";
  const std::string body = text + bytes_of(pictures(1));
  for (const std::string& length :
       {std::to_string(text.size() - 1), std::to_string(text.size() + 1), std::to_string(body.size()),
        std::to_string(body.size() + 1), std::string("0"), std::string("-1"), std::string("abc"),
        std::string("18446744073709551616"), std::string("1e2")})
    EXPECT_NE(served.refusal(kDigits, body, 400, {{"inference-header-content-length", length}}), "")
        << length;
  const FieldMap right = {{"inference-header-content-length", std::to_string(text.size())}};
  EXPECT_EQ(served.post(kDigits, body, right).status, 200);
  EXPECT_THAT(served.refusal(kDigits, body + "x", 400, right), HasSubstr("1 bytes are left"));
  EXPECT_THAT(served.refusal(kDigits, body.substr(0, body.size() - 1), 400, right),
              HasSubstr("255 bytes are left"));
}

}  // namespace
}  // namespace gradus::server
