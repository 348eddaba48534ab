#include "gradus/server/event_log.h"

#include <gmock/gmock.h>

#include <thread>

namespace gradus::server {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr milliseconds kAtOnce{0};

TEST(EventLog, TellsEachReaderWhatItHasNotSeen) {
  EventLog log;
  log.append("epoch", R"({"loss":1})");
  std::uint64_t after = 0;
  bool ended = true;
  EXPECT_EQ(log.read(after, kAtOnce, ended), "id: 1\nevent: epoch\ndata: {\"loss\":1}\n\n");
  EXPECT_FALSE(ended);
  EXPECT_EQ(log.read(after, kAtOnce, ended), "");
  log.append("epoch", "{}");
  EXPECT_EQ(log.read(after, kAtOnce, ended), "id: 2\nevent: epoch\ndata: {}\n\n");
}

TEST(EventLog, AReaderWhoComesBackGoesOnWhereItWas) {
  EventLog log;
  for (int i = 0; i < 5; ++i) log.append("step", std::to_string(i));
  std::uint64_t after = 3;
  bool ended = false;
  const std::string text = log.read(after, kAtOnce, ended);
  EXPECT_THAT(text, HasSubstr("id: 4\n"));
  EXPECT_THAT(text, Not(HasSubstr("id: 3\n")));
  EXPECT_EQ(after, 5u);
}

TEST(EventLog, ReadersWhoAreTooLateAreTold) {
  EventLog log(200);
  for (int i = 0; i < 100; ++i) log.append("step", "{}");
  std::uint64_t after = 2;
  bool ended = false;
  const std::string text = log.read(after, kAtOnce, ended);
  EXPECT_THAT(text, HasSubstr("event: missed\n"));
  EXPECT_LT(text.size(), 400u);
  EXPECT_EQ(after, 100u);
}

TEST(EventLog, TheLastEventIsKeptHoweverLongItIs) {
  EventLog log(10);
  std::uint64_t after = 0;
  bool ended = true;
  EXPECT_EQ(log.read(after, kAtOnce, ended), "");
  EXPECT_FALSE(ended);
  log.append("epoch", "{}");
  log.append("weights", std::string(1000, 'w'));
  EXPECT_EQ(
      log.read(after, kAtOnce, ended),
      "id: 1\nevent: missed\ndata: {}\n\nid: 2\nevent: weights\ndata: " + std::string(1000, 'w') + "\n\n");
}

// The numbers of a server that was started anew begin at 1 again.
TEST(EventLog, AReaderFromAnotherLifeGetsAll) {
  EventLog log;
  log.append("epoch", "{}");
  std::uint64_t after = 77;
  bool ended = false;
  EXPECT_THAT(log.read(after, kAtOnce, ended), HasSubstr("id: 1\n"));
}

TEST(EventLog, WakesReadersAtAnEventAndAtTheEnd) {
  EventLog log;
  std::string text;
  bool ended = false;
  std::thread reader([&] {
    std::uint64_t after = 0;
    while (!ended) text += log.read(after, std::chrono::hours(1), ended);
  });
  log.append("epoch", "{}");
  log.append("end", "{}");
  log.end();
  reader.join();
  EXPECT_THAT(text, HasSubstr("event: epoch\n"));
  EXPECT_THAT(text, HasSubstr("event: end\n"));
}

}  // namespace
}  // namespace gradus::server
