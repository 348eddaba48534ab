#include "gradus/server/http_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <charconv>
#include <chrono>
#include <mutex>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/server/connection_stream.h"
#include "gradus/server/connection_threads.h"
#include "gradus/server/event_log.h"

namespace gradus::server {
namespace {

using std::chrono::milliseconds;

// Between two looks at whether a follower of events is still there.
constexpr milliseconds kHeartbeat{1000};
constexpr milliseconds kBetweenPieces{
    100};  // of a stream: events come in bursts, and each write wakes a thread here and there

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// Without the body.
HttpRequest head_of(const httplib::Request& request) {
  HttpRequest head;
  head.method = request.method;
  head.path = request.path;
  for (const auto& [name, value] : request.params) head.query.emplace(name, value);
  for (const auto& [name, value] : request.headers) head.headers.emplace(lower_case(name), value);
  return head;
}

// A length that is no number is the longest: no route takes it. Without one there is no body.
std::size_t body_length(const HttpRequest& request) {
  const std::string_view text = request.header("content-length");
  if (text.empty()) return 0;
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc() && end == text.data() + text.size() ? length : static_cast<std::size_t>(-1);
}

// What is not read here, and headers of which there may be one: of two a reader behind us might take the other.
bool is_plain(const httplib::Request& request) {
  for (const char* once :
       {"Host", "Origin", "Content-Length", "Transfer-Encoding", "Authorization", "Cookie"})
    if (request.headers.count(once) > 1) return false;
  return request.ranges.empty() && !request.has_header("Content-Encoding");
}

// One connection's request between httplib's calls, all of which come in the connection's thread.
struct Conversation {
  Conversation(ConnectionStream& connection, std::atomic<std::size_t>& bodies);
  ~Conversation();
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  ConnectionStream& stream;
  std::atomic<std::size_t>& all_body_bytes;
  HttpRequest head = {};
  bool plain = false;
  bool parsed = false;
  bool close = false;          // after this answer
  std::size_t body_bytes = 0;  // announced, and counted in all_body_bytes
  std::chrono::steady_clock::time_point begin = {};
};
thread_local Conversation* conversation = nullptr;

Conversation::Conversation(ConnectionStream& connection, std::atomic<std::size_t>& bodies)
    : stream(connection), all_body_bytes(bodies) {
  conversation = this;
}

Conversation::~Conversation() {
  conversation = nullptr;
  all_body_bytes -= body_bytes;
}

// Set where a connection is one too many; its thread is the accepting one.
thread_local bool refuse_connection = false;

}  // namespace

class HttpServer::Listener final : public httplib::Server {
 public:
  Listener(ServerOptions options, Routes routes);

  [[nodiscard]] int port() const { return port_; }
  void run() { listen_after_bind(); }
  void end();

 private:
  bool process_and_close_socket(socket_t socket) override;
  void talk(socket_t socket);
  void refuse(socket_t socket) const;
  bool reserve(std::size_t length);
  HandlerResponse refuse(httplib::Response& response);
  void answer(const std::string& body, httplib::Response& response);
  void give(HttpResponse answer, httplib::Response& response);
  void stream(std::shared_ptr<EventLog> events, std::uint64_t after, httplib::Response& response);

  ServerOptions options_;
  Routes routes_;
  int port_ = 0;
  std::optional<Guard> guard_;  // it names the port
  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> streams_ = 0;
  std::atomic<std::size_t> body_bytes_ = 0;
  std::mutex sockets_mutex_;
  std::set<socket_t> sockets_;
};

HttpServer::Listener::Listener(ServerOptions options, Routes routes)
    : options_(std::move(options)), routes_(std::move(routes)) {
  set_tcp_nodelay(true);
  // Said in each answer's Keep-Alive; the default would have clients leave after five requests.
  set_keep_alive_timeout(options_.limits.keep_alive.count());
  set_keep_alive_max_count(1'000'000);
  // The default shares the port with whoever else asks for it (SO_REUSEPORT); ours is ours alone.
  set_socket_options([](socket_t socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  port_ = options_.port == 0 ? bind_to_any_port(options_.address)
                             : (bind_to_port(options_.address, options_.port) ? options_.port : -1);
  if (port_ < 0) {
    throw Error(
        ErrorCode::kNetwork,
        fmt::format("listening on {} port {}: {}; choose another with --port, or 0 for any that is free",
                    options_.address, options_.port, std::generic_category().message(errno)));
  }
  // The library lets five wait; of more that connect at once some would be heard after a second.
  ::listen(svr_sock_, SOMAXCONN);
  GuardOptions guard{loopback_hosts(port_), options_.token, fmt::format("gradus_{}", port_)};
  guard.hosts.insert(guard.hosts.end(), options_.more_hosts.begin(), options_.more_hosts.end());
  guard_.emplace(std::move(guard));
  new_task_queue = [this] {
    return new ConnectionThreads(options_.limits.connections, [] { refuse_connection = true; });
  };
  set_pre_routing_handler(
      [this](const httplib::Request&, httplib::Response& response) { return refuse(response); });
  const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
    answer(request.body, response);
  };
  Get("/", handler);
  Post("/", handler);
  Delete("/", handler);
}

void HttpServer::Listener::end() {
  stopping_ = true;
  // stop() does nothing where run() is only about to begin.
  const socket_t listening = svr_sock_.exchange(INVALID_SOCKET);
  if (listening != INVALID_SOCKET) {
    shutdown(listening, SHUT_RDWR);
    close(listening);
  }
  const std::lock_guard lock(sockets_mutex_);
  for (const socket_t socket : sockets_) shutdown(socket, SHUT_RD);  // answers on their way are still written
}

bool HttpServer::Listener::process_and_close_socket(socket_t socket) {
  if (std::exchange(refuse_connection, false)) {
    refuse(socket);
  } else {
    try {
      {
        const std::lock_guard lock(sockets_mutex_);
        sockets_.insert(socket);
      }
      if (!stopping_) talk(socket);
    } catch (const std::bad_alloc&) {
      // This connection ends; the others go on.
    }
    const std::lock_guard lock(sockets_mutex_);
    sockets_.erase(socket);
  }
  shutdown(socket, SHUT_RDWR);
  close(socket);
  return true;
}

void HttpServer::Listener::talk(socket_t socket) {
  ConnectionStream stream(socket, options_.limits.keep_alive, options_.limits.write_time);
  while (!stopping_ && stream.wait_for_request()) {
    stream.start_clock(options_.limits.request_time);
    stream.hold_writes(true);
    Conversation now(stream, body_bytes_);
    bool closed = false;
    const bool answered = process_request(stream, false, closed, [&now](httplib::Request& request) {
      now.begin = std::chrono::steady_clock::now();
      now.head = head_of(request);
      now.plain = is_plain(request);
      now.parsed = true;
      request.path = "/";  // our own table finds the route, not a regular expression
      // A body is bytes, whatever it is said to be: neither a form nor its parts. Answers on loopback are not compressed.
      request.headers.erase("Content-Type");
      request.headers.erase("Accept-Encoding");
    });
    if (!stream.flush() || !answered || closed || now.close || !now.parsed) return;
  }
}

void HttpServer::Listener::refuse(socket_t socket) const {
  constexpr std::string_view kBusy =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 1\r\nConnection: close\r\n\r\n";
  (void)send(socket, kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

// Whether the memory for another body may be taken; until the end of the conversation.
bool HttpServer::Listener::reserve(std::size_t length) {
  conversation->body_bytes = length;
  return (body_bytes_ += length) <= options_.limits.body_bytes;
}

// Before any of the body is read. What is refused is closed: an unread body would be taken for the next request.
httplib::Server::HandlerResponse HttpServer::Listener::refuse(httplib::Response& response) {
  const HttpRequest& head = conversation->head;
  const std::size_t length = body_length(head);
  std::optional<HttpResponse> refusal = routes_.refuse(head, *guard_, length);
  if (!refusal && !conversation->plain) {
    refusal = error_response(400, "Range and Content-Encoding are not read here, nor a header twice");
    add_security_headers(*refusal);
  }
  if (!refusal && !reserve(length)) {
    refusal = error_response(503, "too many large requests at once; ask again in a moment");
    add_security_headers(*refusal);
  }
  if (!refusal) return HandlerResponse::Unhandled;
  conversation->close = true;
  refusal->headers.emplace_back("Connection", "close");
  give(std::move(*refusal), response);
  return HandlerResponse::Handled;
}

void HttpServer::Listener::answer(const std::string& body, httplib::Response& response) {
  conversation->head.body = body;
  give(routes_.answer_in_place(conversation->head), response);
}

void HttpServer::Listener::give(HttpResponse answer, httplib::Response& response) {
  if (answer.events != nullptr && ++streams_ > options_.limits.streams) {
    --streams_;
    answer = error_response(503, "too many readers follow events; close some pages");
    add_security_headers(answer);
  }
  response.status = answer.status;
  for (const auto& [name, value] : answer.headers) response.headers.emplace(name, value);
  if (options_.log) {
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - conversation->begin;
    options_.log(conversation->head, answer.status, answer.body.size(), time.count());
  }
  if (answer.events != nullptr) {
    stream(std::move(answer.events), answer.events_after, response);
  } else {
    response.headers.emplace("Content-Type", answer.type);
    response.body = std::move(answer.body);
  }
}

void HttpServer::Listener::stream(std::shared_ptr<EventLog> events, std::uint64_t after,
                                  httplib::Response& response) {
  conversation->stream.hold_writes(false);  // an event leaves when it happens
  response.set_chunked_content_provider(
      "text/event-stream",
      [this, events = std::move(events), after, next = std::chrono::steady_clock::time_point()](
          std::size_t, httplib::DataSink& sink) mutable {
        std::this_thread::sleep_until(next);
        bool ended = false;
        std::string text = events->read(after, kHeartbeat, ended);
        next = std::chrono::steady_clock::now() + kBetweenPieces;
        if (stopping_) ended = true;
        if (text.empty() && !ended) text = ":\n\n";  // a reader who has left is noticed by writing to it
        if (!text.empty() && !sink.write(text.data(), text.size())) return false;
        if (ended) sink.done();
        return true;
      },
      [this](bool) { --streams_; });
}

HttpServer::HttpServer(ServerOptions options, Routes routes)
    : listener_(std::make_unique<Listener>(std::move(options), std::move(routes))) {}

HttpServer::~HttpServer() = default;

int HttpServer::port() const {
  return listener_->port();
}

void HttpServer::run() {
  listener_->run();
}

void HttpServer::stop() {
  listener_->end();
}

}  // namespace gradus::server
