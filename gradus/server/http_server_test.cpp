#include "gradus/server/http_server.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/server/event_log.h"
#include "gradus/server/http_fixture.h"

namespace gradus::server {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

Routes example(const std::shared_ptr<EventLog>& log = std::make_shared<EventLog>()) {
  Routes routes;
  routes.get("/hello",
             [](const HttpRequest& r) { return json_response(fmt::format("[\"{}\"]", r.query_value("a"))); });
  routes.post(
      "/echo", [](const HttpRequest& r) { return json_response(r.body); }, 1 << 20);
  routes.get("/events", [log](const HttpRequest& r) { return event_response(log, r); });
  return routes;
}

ServerOptions open_options() {
  return {};
}

TEST(HttpServer, AnswersOverOneConnection) {
  const RunningServer server(open_options(), example());
  RawClient client(server.port());
  const std::string host = fmt::format("Host: 127.0.0.1:{}\r\n", server.port());
  ASSERT_TRUE(client.send(fmt::format("GET /hello?a=1%202 HTTP/1.1\r\n{}\r\n", host)));
  EXPECT_THAT(client.receive("]"), EndsWith("\r\n\r\n[\"1 2\"]"));
  ASSERT_TRUE(client.send(fmt::format("POST /echo HTTP/1.1\r\n{}Content-Length: 5\r\n\r\nhe", host)));
  ASSERT_TRUE(client.send("llo"));
  EXPECT_THAT(client.receive("hello"), EndsWith("\r\n\r\nhello"));
  // Two at once, the second read only when the first is answered.
  ASSERT_TRUE(client.send(
      fmt::format("GET /hello?a=3 HTTP/1.1\r\n{}\r\nGET /hello?a=4 HTTP/1.1\r\n{}\r\n", host, host)));
  EXPECT_THAT(client.receive("[\"4\"]"), HasSubstr("[\"3\"]"));
}

TEST(HttpServer, EveryAnswerBearsTheSecurityHeaders) {
  const RunningServer server(open_options(), example());
  for (const char* path : {"/hello", "/nothing"})
    EXPECT_THAT(ask(server.port(), "GET", path), HasSubstr("Content-Security-Policy: default-src 'none'"));
}

TEST(HttpServer, RefusesBeforeTheBodyIsReadAndCloses) {
  const RunningServer server(open_options(), example());
  RawClient client(server.port());
  ASSERT_TRUE(client.send(fmt::format(
      "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 999999999\r\n\r\n", server.port())));
  EXPECT_EQ(status_of(client.receive()), 413);  // returns when the server has closed
}

TEST(HttpServer, ALengthThatIsNoNumberIsTheLongest) {
  const RunningServer server(open_options(), example());
  for (const char* length : {"3x", "-3", "18446744073709551616", "three"}) {
    RawClient client(server.port());
    ASSERT_TRUE(
        client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\n\r\nabc",
                                server.port(), length)));
    EXPECT_EQ(status_of(client.receive()), 413) << length;
  }
}

TEST(HttpServer, RefusesWhatReadersDisagreeAbout) {
  const RunningServer server(open_options(), example());
  const std::string host = fmt::format("Host: 127.0.0.1:{}\r\n", server.port());
  EXPECT_EQ(status_of(ask(server.port(), "GET", "/hello", host + host)), 400);
  EXPECT_EQ(status_of(ask(server.port(), "GET", "/hello", "Range: bytes=0-1,0-1,0-1\r\n")), 400);
  EXPECT_EQ(status_of(ask(server.port(), "POST", "/echo", "Content-Length: 3\r\n", "abc")), 400);
  EXPECT_EQ(status_of(ask(server.port(), "POST", "/echo", "Content-Encoding: gzip\r\n", "abc")), 400);
  EXPECT_EQ(status_of(ask(server.port(), "POST", "/echo", "Transfer-Encoding: chunked\r\n",
                          "3\r\nabc\r\n0\r\n\r\n")),
            411);
  EXPECT_EQ(status_of(ask(server.port(), "GET", "/hello", "Host: evil.example\r\n")), 403);
  for (const char* path : {"/../etc/passwd", "/%2e%2e/etc/passwd", "/hello/..;/x", "//hello", "/hello%00"})
    EXPECT_EQ(status_of(ask(server.port(), "GET", path)), 404) << path;
}

TEST(HttpServer, SurvivesWhatIsNoHttp) {
  const RunningServer server(open_options(), example());
  const std::string host = fmt::format("Host: 127.0.0.1:{}\r\n", server.port());
  std::vector<std::string> messages{"\r\n\r\n",
                                    "GET\r\n\r\n",
                                    "GET / HTTP/9.9\r\n\r\n",
                                    std::string(100, '\0') + "\r\n\r\n",
                                    "GET / HTTP/1.1\r\nHost\r\n\r\n",
                                    "\x16\x03\x01\x02\x01"};
  messages.push_back("GET /" + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n");
  messages.push_back("GET /hello HTTP/1.1\r\n" + host + "A: " + std::string(100'000, 'a') + "\r\n\r\n");
  messages.push_back("GET /hello HTTP/1.1\r\n" + host + "Range: bytes=" + std::string(8000, ',') +
                     "\r\n\r\n");
  messages.push_back("GET /hello HTTP/1.1\r\n" + host + "Range: bytes=" + std::string(8000, '1') +
                     "-\r\n\r\n");
  messages.push_back("POST /echo HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n");
  messages.push_back("POST /echo HTTP/1.1\r\n" + host + "Content-Length: 18446744073709551616\r\n\r\n");
  for (const std::string& message : messages) {
    {
      RawClient client(server.port());
      (void)client.send(message);
    }
    EXPECT_EQ(status_of(ask(server.port(), "GET", "/hello")), 200) << message.substr(0, 60);
  }
}

TEST(HttpServer, ASlowSenderIsSentAway) {
  ServerOptions options = open_options();
  options.limits.request_time = std::chrono::seconds(1);
  const RunningServer server(options, example());
  RawClient client(server.port());
  bool taken = client.send("GET /hello HTTP/1.1\r\n");
  const auto begin = std::chrono::steady_clock::now();
  while (taken && std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    taken = client.send("A: b\r\n");
  }
  EXPECT_FALSE(taken) << "still listened to after 20 seconds";
}

TEST(HttpServer, BeyondItsConnectionsItSaysBusy) {
  ServerOptions options = open_options();
  options.limits.connections = 3;
  const RunningServer server(options, example());
  const std::string hello = fmt::format("GET /hello HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port());
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    ASSERT_TRUE(clients.back()->send(hello));
    EXPECT_EQ(status_of(clients.back()->receive("]")), 200);
  }
  RawClient one_too_many(server.port());
  EXPECT_EQ(status_of(one_too_many.receive()), 503);
  clients.pop_back();
  int status = 0;  // the freed thread may take a moment
  for (int i = 0; i < 100 && status != 200; ++i) {
    status = status_of(ask(server.port(), "GET", "/hello"));
    if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(status, 200);
}

// A connection beyond the backlog of the listening socket is heard a second later, or never.
TEST(HttpServer, ManyMayConnectBeforeTheFirstIsHeard) {
  HttpServer server(open_options(), example());
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 64; ++i) clients.push_back(std::make_unique<RawClient>(server.port()));
  std::thread thread([&] { server.run(); });
  for (const auto& client : clients) {
    EXPECT_TRUE(
        client->send(fmt::format("GET /hello HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port())));
    EXPECT_EQ(status_of(client->receive("]")), 200);
  }
  server.stop();
  thread.join();
}

TEST(HttpServer, BodiesOnTheirWayAreLimitedTogether) {
  ServerOptions options = open_options();
  options.limits.body_bytes = 10;
  const RunningServer server(options, example());
  RawClient first(server.port());
  ASSERT_TRUE(first.send(fmt::format(
      "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n",
      server.port())));
  EXPECT_EQ(status_of(first.receive("\r\n\r\n")), 100);  // its body is waited for
  EXPECT_EQ(status_of(ask(server.port(), "POST", "/echo", "", "12345678")), 503);
  EXPECT_EQ(status_of(ask(server.port(), "POST", "/echo", "", "12")), 200);
  ASSERT_TRUE(first.send("12345678"));
  EXPECT_THAT(first.receive("12345678"), HasSubstr("200 OK"));
  int status = 0;  // the freed bytes may take a moment
  for (int i = 0; i < 100 && status != 200; ++i)
    status = status_of(ask(server.port(), "POST", "/echo", "", "12345678"));
  EXPECT_EQ(status, 200);
}

TEST(HttpServer, FiftyReadersFollowEvents) {
  const auto log = std::make_shared<EventLog>();
  const RunningServer server(open_options(), example(log));
  std::vector<std::unique_ptr<RawClient>> readers;
  for (int i = 0; i < 50; ++i) {
    readers.push_back(std::make_unique<RawClient>(server.port()));
    ASSERT_TRUE(readers.back()->send(
        fmt::format("GET /events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port())));
  }
  for (int i = 0; i < 20; ++i) log->append("epoch", fmt::format("{{\"epoch\":{}}}", i));
  EXPECT_EQ(status_of(ask(server.port(), "GET", "/hello")), 200);
  log->append("end", "{}");
  for (const auto& reader : readers) EXPECT_THAT(reader->receive("event: end"), HasSubstr("\"epoch\":19"));
}

TEST(HttpServer, AReaderOfEventsGoesOnWhereItWas) {
  const auto log = std::make_shared<EventLog>();
  for (int i = 1; i <= 3; ++i) log->append("epoch", fmt::format("{{\"epoch\":{}}}", i));
  log->end();
  const RunningServer server(open_options(), example(log));
  for (const auto& [path, header] :
       {std::pair{"/events", "Last-Event-ID: 2\r\n"}, std::pair{"/events?after=2", ""}}) {
    const std::string answer = ask(server.port(), "GET", path, header);
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/event-stream"));
    EXPECT_THAT(answer, HasSubstr("\"epoch\":3"));
    EXPECT_THAT(answer, testing::Not(HasSubstr("\"epoch\":2")));
  }
}

// The place of a reader who has left is free again once something could not be written to it.
TEST(HttpServer, OfTooManyReadersTheLastIsSentAway) {
  ServerOptions options = open_options();
  options.limits.streams = 1;
  const auto log = std::make_shared<EventLog>();
  const RunningServer server(options, example(log));
  const std::string follow = fmt::format("GET /events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port());
  {
    RawClient reader(server.port());
    ASSERT_TRUE(reader.send(follow));
    log->append("epoch", "{}");
    EXPECT_THAT(reader.receive("event: epoch"), HasSubstr("event: epoch"));
    const std::string refused = ask(server.port(), "GET", "/events");
    EXPECT_EQ(status_of(refused), 503);
    EXPECT_THAT(refused, HasSubstr("too many readers follow events; close some pages"));
  }
  int status = 503;
  for (int i = 0; i < 10'000 && status == 503; ++i) {
    log->append("epoch", "{}");
    RawClient next(server.port());
    ASSERT_TRUE(next.send(follow));
    status = status_of(next.receive("event: epoch"));
  }
  EXPECT_EQ(status, 200);
}

TEST(HttpServer, EndsWhileReadersFollowAndConnectionsWait) {
  const auto log = std::make_shared<EventLog>();
  auto server = std::make_unique<RunningServer>(open_options(), example(log));
  RawClient reader(server->port());
  ASSERT_TRUE(reader.send(fmt::format("GET /events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server->port())));
  log->append("epoch", "{}");
  EXPECT_THAT(reader.receive("event: epoch"), HasSubstr("event: epoch"));
  const RawClient silent(server->port());
  const auto begin = std::chrono::steady_clock::now();
  server.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(HttpServer, ListensWhereItIsToldTo) {
  int port = 0;
  {
    const RunningServer server(open_options(), example());
    port = server.port();
  }
  ServerOptions options = open_options();
  options.port = port;
  HttpServer server(options, example());
  EXPECT_EQ(server.port(), port);
  std::thread thread([&] { server.run(); });
  EXPECT_EQ(status_of(ask(port, "GET", "/hello")), 200);
  server.stop();
  server.stop();  // as often as one likes
  thread.join();
}

TEST(HttpServer, APortThatIsTakenIsSaid) {
  const RunningServer server(open_options(), example());
  ServerOptions options = open_options();
  options.port = server.port();
  try {
    const HttpServer second(options, example());
    FAIL() << "two servers on one port";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNetwork);
    EXPECT_THAT(error.what(), HasSubstr("--port"));
  }
}

TEST(HttpServer, LogsEveryAnswer) {
  ServerOptions options = open_options();
  std::mutex mutex;
  std::vector<std::string> lines;
  options.log = [&](const HttpRequest& request, int status, std::size_t bytes, double) {
    const std::lock_guard lock(mutex);
    lines.push_back(fmt::format("{} {} {} {}", request.method, request.path, status, bytes));
  };
  const RunningServer server(options, example());
  (void)ask(server.port(), "GET", "/hello?a=x");
  (void)ask(server.port(), "POST", "/hello");
  const std::lock_guard lock(mutex);
  EXPECT_THAT(lines, testing::ElementsAre("GET /hello 200 5", testing::StartsWith("POST /hello 405")));
}

}  // namespace
}  // namespace gradus::server
