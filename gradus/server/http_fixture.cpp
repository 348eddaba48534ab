#include "gradus/server/http_fixture.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <charconv>

namespace gradus::server {

RawClient::RawClient(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
}

RawClient::~RawClient() {
  close(socket_);
}

bool RawClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string RawClient::receive(std::string_view ending) {
  std::string text;
  std::array<char, 65536> buffer;
  pollfd watched{socket_, POLLIN, 0};
  while (ending.empty() || text.find(ending) == std::string::npos) {
    if (poll(&watched, 1, 5000) <= 0) break;
    const ssize_t count = recv(socket_, buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::string ask(int port, std::string_view method, std::string_view path, std::string_view headers,
                std::string_view body) {
  RawClient client(port);
  const std::string host =
      headers.find("Host:") == std::string_view::npos ? fmt::format("Host: 127.0.0.1:{}\r\n", port) : "";
  const std::string length = method == "POST" ? fmt::format("Content-Length: {}\r\n", body.size()) : "";
  client.send(fmt::format("{} {} HTTP/1.1\r\n{}{}{}Connection: close\r\n\r\n{}", method, path, host, length,
                          headers, body));
  return client.receive();
}

int status_of(std::string_view answer) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  int status = 0;
  if (answer.starts_with(kVersion))
    std::from_chars(answer.data() + kVersion.size(), answer.data() + answer.size(), status);
  return status;
}

}  // namespace gradus::server
