// Targets: bytes on the socket, and requests at the routes of `gradus serve` and `gradus lab`. Only requests that keep nothing
// are sent on, so that every input meets the same server.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>

#include "gradus/core/error.h"
#include "gradus/runs/run_store.h"
#include "gradus/runs/run_store_fixture.h"
#include "gradus/server/http_server.h"
#include "gradus/server/lab.h"
#include "gradus/server/serve.h"
#include "tests/fuzz/small_model.h"
#include "tests/fuzz/target.h"
#include "tests/support/test_support.h"

namespace gradus::fuzz {
namespace {

using server::FieldMap;
using server::HttpRequest;
using server::HttpResponse;
using server::Routes;

// Any answer but that of a bug in gradus (a refusal may quote a path that says so); a JSON answer is JSON.
void check(const HttpResponse& response) {
  GRADUS_ASSERT(response.status != 500 || response.body.find("a bug in gradus") == std::string::npos,
                response.body);
  if (response.type == "application/json")
    GRADUS_ASSERT(nlohmann::json::accept(response.body), response.body);
}

// A server over two routes; it lives as long as the program.
class EchoServer {
 public:
  EchoServer() : server_(options(), routes()), thread_([this] { server_.run(); }) {}
  ~EchoServer() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] int port() const { return server_.port(); }

 private:
  static server::ServerOptions options() {
    server::ServerOptions options;
    options.more_hosts = {"h"};
    options.limits.request_time = std::chrono::seconds(2);
    return options;
  }
  static Routes routes() {
    Routes routes;
    routes.get("/a/{b}", [](const HttpRequest& request) {
      return server::json_response(nlohmann::json(request.parameters.at(0))
                                       .dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
    });
    routes.post("/a", [](const HttpRequest& request) {
      return server::json_response(std::to_string(request.body.size()));
    });
    return routes;
  }

  server::HttpServer server_;
  std::thread thread_;
};

// 127.0.0.`host`.
sockaddr_in loopback(std::uint32_t host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl((INADDR_LOOPBACK & 0xffffff00U) | host);
  return address;
}

// libFuzzer's clock interrupts whatever waits. A connect goes on by itself, every other call is made again.
int connect_wholly(int socket, const sockaddr_in& to) {
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return 0;
  if (errno != EINTR) return -1;
  pollfd watched{socket, POLLOUT, 0};
  while (::poll(&watched, 1, -1) < 0 && errno == EINTR) {
  }
  socklen_t size = sizeof errno;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &errno, &size) != 0) return -1;
  return errno == 0 ? 0 : -1;
}

ssize_t uninterrupted(const auto& call) {
  ssize_t count = 0;
  do {
    count = call();
  } while (count < 0 && errno == EINTR);
  return count;
}

// Sends all, says that nothing more comes, and reads what comes back.
std::string converse(int port, std::string_view bytes) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // A closed connection keeps its port for a minute: thousands a second want more than one address to come from.
  static std::uint32_t connections = 0;
  const sockaddr_in from = loopback(1 + (connections++ >> 12) % 200, 0), to = loopback(1, port);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
      connect_wholly(socket, to) != 0) {
    const int error = errno;
    ::close(socket);
    throw std::system_error(error, std::generic_category(), "connecting to the server");
  }
  // Where the server is still writing, a reset instead of a wait.
  const linger now{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  while (!bytes.empty()) {
    const ssize_t count =
        uninterrupted([&] { return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL); });
    if (count <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  ::shutdown(socket, SHUT_WR);
  std::string answer;
  std::array<char, 4096> piece;
  const auto receive = [&] { return ::recv(socket, piece.data(), piece.size(), 0); };
  for (ssize_t count = 0; (count = uninterrupted(receive)) > 0;)
    answer.append(piece.data(), static_cast<std::size_t>(count));
  ::close(socket);
  return answer;
}

std::size_t read_http_input(std::string_view input) {
  static const EchoServer server;
  const std::string answer = converse(server.port(), input);
  GRADUS_ASSERT(answer.empty() || answer.starts_with("HTTP/1.1 "), answer);
  return 0;
}

// "POST /path?name=value", then the header Inference-Header-Content-Length or an empty line, then the body.
HttpRequest request_of(std::string_view input) {
  HttpRequest request;
  std::string_view line = take_line(input);
  const std::size_t blank = std::min(line.find(' '), line.size());
  request.method = line.substr(0, blank);
  line.remove_prefix(std::min(blank + 1, line.size()));
  const std::size_t question = std::min(line.find('?'), line.size());
  request.path = line.substr(0, question);
  line.remove_prefix(std::min(question + 1, line.size()));
  while (!line.empty()) {
    const std::string_view field = line.substr(0, line.find('&'));
    line.remove_prefix(std::min(field.size() + 1, line.size()));
    const std::size_t sign = std::min(field.find('='), field.size());
    request.query.emplace(field.substr(0, sign), field.substr(std::min(sign + 1, field.size())));
  }
  if (const std::string_view length = take_line(input); !length.empty())
    request.headers["inference-header-content-length"] = length;
  request.body = input;
  return request;
}

// As the server does it: what refuse() does not let pass is never answered.
std::size_t ask(const Routes& routes, std::string_view input) {
  static const server::Guard guard(server::GuardOptions{{"h"}, "", "c"});
  HttpRequest request = request_of(input);
  request.headers["host"] = "h";
  if (const auto refusal = routes.refuse(request, guard, request.body.size())) {
    check(*refusal);
    return 0;
  }
  const HttpResponse response = routes.answer(std::move(request));
  check(response);
  return response.body.size();
}

std::size_t read_serve_input(std::string_view input) {
  static const test::TemporaryFolder folder;
  static server::Serve serve([] {
    save_model(folder.path() / "houses.safetensors", small_model());
    server::ServeOptions options;
    options.models = {{"houses", folder.path() / "houses.safetensors"}};
    return options;
  }());
  static const Routes routes = serve.routes();
  return ask(routes, input);
}

// One finished run whose model lies in its folder.
std::filesystem::path folder_with_run() {
  static const test::TemporaryFolder folder;
  const std::filesystem::path runs = folder.path() / "runs";
  RunStore store = RunStore::open(runs);
  (void)store.add_finished(test::header("first"), test::finished(0.5), [](const std::filesystem::path& run) {
    save_model(run / "model.safetensors", small_model());
  });
  return runs;
}

// Neither tags and notes nor uploads, deletions and trainings: these stay.
bool keeps_nothing(std::string_view input) {
  if (!input.starts_with("POST ")) return input.starts_with("GET ");
  for (const std::string_view path :
       {"/api/arithmetic\n", "/api/descent\n", "/api/descent/contours\n", "/api/models/1/predict\n"}) {
    if (input.substr(5).starts_with(path)) return true;
  }
  return false;
}

std::size_t read_lab_input(std::string_view input) {
  if (!keeps_nothing(input)) return 0;
  static server::Lab lab(server::LabOptions{folder_with_run(), {}});
  static const Routes routes = lab.routes();
  return ask(routes, input);
}

const Register kHttp("http", read_http_input);
const Register kServe("serve", read_serve_input);
const Register kLab("lab", read_lab_input);

}  // namespace
}  // namespace gradus::fuzz
