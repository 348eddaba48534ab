#include "gradus/server/lab.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "gradus/server/http_fixture.h"
#include "tests/support/test_support.h"

namespace gradus::server {
namespace {

// A path that the route's pattern matches.
std::string path_of(const Route& route) {
  std::string path;
  for (const std::string& segment : route.segments) path += '/' + (segment.starts_with('{') ? "1" : segment);
  return path.empty() ? "/" : path;
}

// Whoever adds a route that can be reached without token, under another name of this machine or from another page, is
// told here.
TEST(Lab, EveryRouteIsBehindTheGuard) {
  const test::TemporaryFolder folder;
  Lab lab(LabOptions{folder.path(), {}});
  const std::vector<Route> all = lab.routes().all();
  ServerOptions options;
  options.token = "secret";
  const RunningServer server(options, lab.routes());
  const std::string cookie = fmt::format("Cookie: gradus_{}=secret\r\n", server.port());
  for (const Route& route : all) {
    const std::string path = path_of(route);
    SCOPED_TRACE(route.method + " " + path);
    EXPECT_EQ(status_of(ask(server.port(), route.method, path)), 401);
    EXPECT_EQ(status_of(ask(server.port(), route.method, path, cookie + "Host: evil.example\r\n")), 403);
    if (route.method == "GET") continue;
    EXPECT_EQ(status_of(ask(server.port(), route.method, path, cookie + "Origin: http://evil.example\r\n")),
              403);
    EXPECT_EQ(status_of(ask(server.port(), route.method, path, cookie)), 403);
  }
}

TEST(Lab, ThePageLoads) {
  const test::TemporaryFolder folder;
  Lab lab(LabOptions{folder.path(), {}});
  ServerOptions options;
  options.token = "secret";
  const RunningServer server(options, lab.routes());
  const std::string cookie = fmt::format("Cookie: gradus_{}=secret\r\n", server.port());
  for (const char* path : {"/", "/lab.js", "/lab.css"})
    EXPECT_EQ(status_of(ask(server.port(), "GET", path, cookie)), 200) << path;
}

}  // namespace
}  // namespace gradus::server
