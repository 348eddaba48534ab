#include "gradus/server/connection_stream.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <string>
#include <string_view>

#include "gradus/server/interruptions_fixture.h"

namespace gradus::server {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Two sockets that are joined; what is written to one is read from the other.
class ConnectionStreamTest : public testing::Test {
 protected:
  ConnectionStreamTest() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets_), 0); }
  ~ConnectionStreamTest() override {
    close(sockets_[0]);
    leave();
  }

  [[nodiscard]] ConnectionStream stream(milliseconds idle_time = hours(1),
                                        milliseconds write_time = hours(1)) const {
    return {sockets_[0], idle_time, write_time};
  }
  // The other side.
  void send(std::string_view text) const {
    EXPECT_EQ(::send(sockets_[1], text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  // At most `size` bytes of what is there; "" where nothing is.
  [[nodiscard]] std::string received(std::size_t size = 1000, int flags = MSG_DONTWAIT) const {
    std::string text(size, ' ');
    const ssize_t count = recv(sockets_[1], text.data(), size, flags);
    return text.substr(0, count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  void leave() {
    if (sockets_[1] >= 0) close(sockets_[1]);
    sockets_[1] = -1;
  }

  int sockets_[2] = {-1, -1};
};

std::string read(ConnectionStream& stream, std::size_t size) {
  std::string text(size, ' ');
  const ssize_t count = stream.read(text.data(), size);
  return count < 0 ? "none" : text.substr(0, static_cast<std::size_t>(count));
}

// More than a socket holds.
std::string large_text() {
  return std::string(std::size_t{4} << 20, 'x');
}

TEST_F(ConnectionStreamTest, ReadsInPiecesWhatCameTogether) {
  ConnectionStream stream = this->stream();
  stream.start_clock(hours(1));
  EXPECT_FALSE(stream.is_readable());
  EXPECT_TRUE(stream.is_writable());
  send("GET / HTTP");
  EXPECT_TRUE(stream.is_readable());  // from the socket
  EXPECT_TRUE(stream.wait_for_request());
  EXPECT_EQ(read(stream, 3), "GET");
  EXPECT_TRUE(stream.is_readable());  // from the buffer
  EXPECT_TRUE(stream.wait_for_request());
  EXPECT_EQ(read(stream, 1000), " / HTTP");
  EXPECT_FALSE(stream.is_readable());
}

TEST_F(ConnectionStreamTest, ASenderWhoLeavesOrIsTooLateEndsIt) {
  ConnectionStream stream = this->stream();
  stream.start_clock(milliseconds(0));
  send("late");
  EXPECT_EQ(read(stream, 4), "none");
  stream.start_clock(hours(1));
  EXPECT_EQ(read(stream, 4), "late");
  stream.start_clock(milliseconds(1));
  EXPECT_EQ(read(stream, 4), "none");  // nothing comes
  leave();
  stream.start_clock(hours(1));
  EXPECT_EQ(read(stream, 4), "none");
  EXPECT_FALSE(stream.wait_for_request());
}

TEST_F(ConnectionStreamTest, ASenderWhoLeavesWithoutReadingEndsIt) {
  ConnectionStream stream = this->stream();
  stream.start_clock(hours(1));
  EXPECT_EQ(stream.write("answer", 6), 6);
  leave();
  EXPECT_EQ(read(stream, 4), "none");
  EXPECT_FALSE(stream.wait_for_request());
}

TEST_F(ConnectionStreamTest, AConnectionThatAsksNothingEnds) {
  ConnectionStream stream = this->stream(milliseconds(1));
  EXPECT_FALSE(stream.wait_for_request());
}

TEST_F(ConnectionStreamTest, WhatIsHeldLeavesTogetherOrWhenMoreIsWaitedFor) {
  ConnectionStream stream = this->stream();
  stream.start_clock(hours(1));
  stream.hold_writes(true);
  EXPECT_EQ(stream.write("head", 4), 4);
  EXPECT_EQ(received(), "");
  EXPECT_EQ(stream.write(" body", 5), 5);
  EXPECT_TRUE(stream.flush());
  EXPECT_EQ(received(), "head body");
  EXPECT_EQ(stream.write("100", 3), 3);
  send("more");
  EXPECT_EQ(read(stream, 4), "more");
  EXPECT_EQ(received(), "100");
  EXPECT_EQ(stream.write("end", 3), 3);
  stream.hold_writes(false);
  EXPECT_EQ(received(), "end");
  EXPECT_EQ(stream.write("at once", 7), 7);
  EXPECT_EQ(received(), "at once");
}

// More than is held together leaves behind what was held.
TEST_F(ConnectionStreamTest, ALargeAnswerWaitsForItsReader) {
  ConnectionStream stream = this->stream();
  const std::string body = large_text();
  stream.hold_writes(true);
  EXPECT_EQ(stream.write("head", 4), 4);
  std::future<std::string> reader =
      std::async(std::launch::async, [&] { return received(4 + body.size(), MSG_WAITALL); });
  EXPECT_EQ(stream.write(body.data(), body.size()), static_cast<ssize_t>(body.size()));
  EXPECT_TRUE(reader.get() == "head" + body);
}

TEST_F(ConnectionStreamTest, AReaderThatTakesNothingIsGivenUp) {
  ConnectionStream stream = this->stream(hours(1), milliseconds(1));
  const std::string body = large_text();
  EXPECT_EQ(stream.write(body.data(), body.size()), -1);
  EXPECT_FALSE(stream.is_writable());
}

TEST_F(ConnectionStreamTest, NothingReachesAReaderWhoLeft) {
  ConnectionStream stream = this->stream();
  stream.start_clock(hours(1));
  leave();
  EXPECT_EQ(stream.write("answer", 6), -1);
  const auto hold = [&] {
    stream.hold_writes(true);
    EXPECT_EQ(stream.write("held", 4), 4);
  };
  hold();
  EXPECT_FALSE(stream.flush());
  EXPECT_TRUE(stream.flush());  // what could not be sent is forgotten
  hold();
  EXPECT_EQ(read(stream, 1), "none");
  hold();
  EXPECT_FALSE(stream.wait_for_request());
  hold();
  const std::string body = large_text();
  EXPECT_EQ(stream.write(body.data(), body.size()), -1);
}

// A debugger or a timer of the system interrupts what waits; the time that is left goes on.
TEST_F(ConnectionStreamTest, ASignalEndsNoWait) {
  ConnectionStream stream = this->stream();
  stream.start_clock(hours(1));
  const auto send_three = [](int socket) { (void)::send(socket, "abc", 3, MSG_NOSIGNAL); };
  {
    const Interruptions signals(send_three, sockets_[1]);
    EXPECT_EQ(read(stream, 3), "abc");
  }
  const Interruptions signals(send_three, sockets_[1]);
  EXPECT_TRUE(stream.wait_for_request());
  EXPECT_EQ(read(stream, 3), "abc");
}

}  // namespace
}  // namespace gradus::server
