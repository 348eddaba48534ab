#include "gradus/server/routes.h"

#include <gmock/gmock.h>

#include "gradus/core/error.h"

namespace gradus::server {
namespace {

HttpRequest request(std::string method, std::string path) {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.headers = {{"host", "127.0.0.1:1"}};
  return request;
}

const Guard& guard() {
  static const Guard guard({loopback_hosts(1), "", ""});
  return guard;
}

Routes example() {
  Routes routes;
  routes.get("/", [](const HttpRequest&) { return json_response("\"root\""); });
  routes.get("/runs/{id}", [](const HttpRequest& r) { return json_response(std::to_string(r.id())); });
  routes.get("/runs/{id}/tags/{tag}", [](const HttpRequest& r) { return json_response(r.parameters.at(1)); });
  routes.post(
      "/runs", [](const HttpRequest& r) { return json_response(r.body); }, 10);
  routes.get("/bad",
             [](const HttpRequest&) -> HttpResponse { throw Error(ErrorCode::kBadData, "bad \"data\""); });
  routes.get("/bug", [](const HttpRequest&) -> HttpResponse { throw std::out_of_range("index 7"); });
  return routes;
}

int refused(const Routes& routes, const HttpRequest& request, std::size_t length = 0) {
  const std::optional<HttpResponse> refusal = routes.refuse(request, guard(), length);
  return refusal ? refusal->status : 0;
}

TEST(Routes, EveryErrorHasItsStatus) {
  for (const auto& [code, status] :
       {std::pair{ErrorCode::kInvalidArgument, 400}, std::pair{ErrorCode::kBadConfiguration, 400},
        std::pair{ErrorCode::kBadData, 400}, std::pair{ErrorCode::kUnsupported, 400},
        std::pair{ErrorCode::kNotFound, 404}, std::pair{ErrorCode::kFile, 500},
        std::pair{ErrorCode::kNetwork, 500}})
    EXPECT_EQ(status_of(code), status);
}

TEST(Routes, WhoBringsTheTokenIsLedToThePage) {
  const Guard secret({loopback_hosts(1), "secret", "gradus_1"});
  HttpRequest visit = request("GET", "/");
  visit.query["token"] = "secret";
  const std::optional<HttpResponse> answer = example().refuse(visit, secret, 0);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 303);
  EXPECT_THAT(answer->headers, testing::Contains(testing::Pair("Location", "/")));
  EXPECT_THAT(answer->headers, testing::Contains(testing::Pair("X-Frame-Options", "DENY")));
}

TEST(Routes, WhatIsRefusedIsNotAnswered) {
  EXPECT_THROW((void)example().answer(request("GET", "/nothing")), std::logic_error);
}

TEST(Routes, FindsByMethodAndPath) {
  const Routes routes = example();
  EXPECT_EQ(routes.answer(request("GET", "/")).body, "\"root\"");
  EXPECT_EQ(routes.answer(request("GET", "/runs/12")).body, "12");
  EXPECT_EQ(routes.answer(request("GET", "/runs/12/tags/good one")).body, "good one");
}

TEST(Routes, RefusesWhatIsNotThere) {
  const Routes routes = example();
  for (const char* path :
       {"/run", "/runs/", "/runs//tags/x", "//", "/runs/1/", "/runs/1/tags/", "", "*", "/../etc/passwd"})
    EXPECT_EQ(refused(routes, request("GET", path)), 404) << path;
  EXPECT_EQ(refused(routes, request("DELETE", "/runs/1")), 405);
  EXPECT_EQ(refused(routes, request("HEAD", "/")), 405);
  EXPECT_EQ(refused(routes, request("GET", "/runs/1")), 0);
}

TEST(Routes, AnIdIsAWholeNumber) {
  const Routes routes = example();
  for (const char* id : {"-1", "1e3", "0x1", "1;2", "..", "18446744073709551616", " 1"})
    EXPECT_EQ(routes.answer(request("GET", std::string("/runs/") + id)).status, 404) << id;
}

TEST(Routes, BodiesAreOfAKnownLengthAndNotTooLong) {
  const Routes routes = example();
  EXPECT_EQ(refused(routes, request("POST", "/runs"), 10), 0);
  EXPECT_EQ(refused(routes, request("POST", "/runs"), 11), 413);
  EXPECT_EQ(refused(routes, request("GET", "/"), 1), 413);
  HttpRequest chunked = request("POST", "/runs");
  chunked.headers["transfer-encoding"] = "chunked";
  EXPECT_EQ(refused(routes, chunked), 411);
}

TEST(Routes, ErrorsAreAnswers) {
  const Routes routes = example();
  EXPECT_EQ(routes.answer(request("GET", "/bad")).status, 400);
  EXPECT_EQ(routes.answer(request("GET", "/bad")).body, R"({"error":"bad \"data\""})");
  EXPECT_EQ(routes.answer(request("GET", "/bug")).status, 500);
}

// The guard comes before everything: who may not ask is not told what there is.
TEST(Routes, TheGuardComesFirst) {
  const Routes routes = example();
  HttpRequest stranger = request("GET", "/nothing");
  stranger.headers["host"] = "evil.example";
  EXPECT_EQ(refused(routes, stranger), 403);
  const Guard with_token({loopback_hosts(1), "secret", "c"});
  for (const Route& route : routes.all()) {
    const std::optional<HttpResponse> refusal =
        routes.refuse(request(route.method, "/runs/1"), with_token, 0);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, 401);
    EXPECT_THAT(refusal->headers, testing::Contains(testing::Key("Content-Security-Policy")));
  }
}

}  // namespace
}  // namespace gradus::server
