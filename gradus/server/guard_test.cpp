#include "gradus/server/guard.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

namespace gradus::server {
namespace {

using testing::HasSubstr;

const Guard& guard() {
  static const Guard guard({loopback_hosts(8080), "secret", "gradus_8080"});
  return guard;
}

HttpRequest request(FieldMap headers, std::string path = "/api/runs") {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  request.headers.emplace("host", "127.0.0.1:8080");
  return request;
}

// 0: let in
int status(const Guard& guard, const HttpRequest& request, bool changes = false) {
  const std::optional<HttpResponse> refusal = guard.refuse(request, changes);
  return refusal ? refusal->status : 0;
}

TEST(Guard, LetsTheOwnPageIn) {
  EXPECT_EQ(status(guard(), request({{"cookie", "gradus_8080=secret"}})), 0);
  EXPECT_EQ(status(guard(), request({{"cookie", "a=b; gradus_8080=secret; c=d"}})), 0);
  EXPECT_EQ(status(guard(), request({{"cookie", "gradus_80801=other;gradus_8080=secret  ;"}})), 0);
  EXPECT_EQ(status(guard(), request({{"authorization", "Bearer secret"}})), 0);
}

TEST(Guard, RefusesWhoeverBearsNoToken) {
  for (const FieldMap& headers : std::vector<FieldMap>{{},
                                                       {{"cookie", ""}},
                                                       {{"cookie", "gradus_8080="}},
                                                       {{"cookie", "gradus_8080=Secret"}},
                                                       {{"cookie", "gradus_8080=secrets"}},
                                                       {{"cookie", "xgradus_8080=secret"}},
                                                       {{"cookie", "gradus_8081=secret"}},
                                                       {{"authorization", "secret"}},
                                                       {{"authorization", "Bearer "}}})
    EXPECT_EQ(status(guard(), request(headers)), 401) << testing::PrintToString(headers);
}

// What a name that was made to resolve to this machine sends.
TEST(Guard, RefusesOtherHosts) {
  for (const char* host : {"evil.example:8080", "127.0.0.1", "127.0.0.1:8081", "localhost", "LOCALHOST:8080",
                           "", "127.0.0.1:8080.evil.example", "localhost:8080 "}) {
    HttpRequest other = request({{"cookie", "gradus_8080=secret"}});
    other.headers["host"] = host;
    EXPECT_EQ(status(guard(), other), 403) << host;
  }
  for (const char* host : {"localhost:8080", "[::1]:8080"}) {
    HttpRequest own = request({{"cookie", "gradus_8080=secret"}});
    own.headers["host"] = host;
    EXPECT_EQ(status(guard(), own), 0) << host;
  }
}

TEST(Guard, ChangesComeFromTheOwnPageAlone) {
  const auto from = [](FieldMap headers) {
    headers.emplace("cookie", "gradus_8080=secret");
    return status(guard(), request(headers), true);
  };
  EXPECT_EQ(from({{"origin", "http://127.0.0.1:8080"}}), 0);
  for (const char* origin : {"null", "http://evil.example", "http://127.0.0.1:8081", "https://127.0.0.1:8080",
                             "http://localhost:8080", "http://127.0.0.1:8080.evil.example"})
    EXPECT_EQ(from({{"origin", origin}}), 403) << origin;
  EXPECT_EQ(from({}), 403);  // a browser says where it comes from
  EXPECT_EQ(status(guard(), request({{"authorization", "Bearer secret"}}), true), 0);  // a script need not
}

TEST(Guard, WithoutATokenForeignPagesReadNothingEither) {
  const Guard open({loopback_hosts(8080), "", ""});
  EXPECT_EQ(status(open, request({})), 0);
  EXPECT_EQ(status(open, request({}), true), 0);
  EXPECT_EQ(status(open, request({{"origin", "http://127.0.0.1:8080"}})), 0);
  EXPECT_EQ(status(open, request({{"origin", "http://evil.example"}})), 403);
  EXPECT_FALSE(open.admit(request({}, "/")));
}

TEST(Guard, ThePrintedAddressBecomesACookie) {
  HttpRequest visit = request({}, "/");
  visit.query["token"] = "secret";
  const std::optional<HttpResponse> answer = guard().admit(visit);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 303);
  EXPECT_THAT(answer->headers, testing::Contains(testing::Pair(
                                   "Set-Cookie", "gradus_8080=secret; Path=/; HttpOnly; SameSite=Strict")));
  visit.query["token"] = "wrong";
  EXPECT_FALSE(guard().admit(visit));
  visit.query["token"] = "secret";
  visit.headers["host"] = "evil.example:8080";
  EXPECT_FALSE(guard().admit(visit));
}

TEST(Guard, TokensAreLongAndNeverTheSame) {
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) tokens.insert(random_token());
  EXPECT_EQ(tokens.size(), 100u);
  EXPECT_EQ(tokens.begin()->size(), 32u);
}

TEST(Guard, EveryAnswerForbidsForeignContent) {
  HttpResponse response;
  add_security_headers(response);
  EXPECT_THAT(response.headers,
              testing::Contains(testing::Pair("Content-Security-Policy",
                                              HasSubstr("default-src 'none'; script-src 'self'"))));
  EXPECT_THAT(response.headers, testing::Contains(testing::Pair("Cache-Control", "no-store")));
}

TEST(Guard, AnAnswerMaySayItselfHowLongItIsKept) {
  HttpResponse response;
  response.headers = {{"Cache-Control", "max-age=60"}};
  add_security_headers(response);
  EXPECT_EQ(
      std::ranges::count(response.headers, "Cache-Control", &std::pair<std::string, std::string>::first), 1);
  EXPECT_THAT(response.headers, testing::Contains(testing::Pair("Cache-Control", "max-age=60")));
}

}  // namespace
}  // namespace gradus::server
