#include "gradus/server/access_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/server/interruptions_fixture.h"
#include "tests/support/test_support.h"

namespace gradus::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;

HttpRequest request(const std::string& path, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.path = path;
  return request;
}

std::filesystem::path pipe_in(const test::TemporaryFolder& folder) {
  std::filesystem::path path = folder.path() / "pipe";
  EXPECT_EQ(mkfifo(path.c_str(), 0600), 0);
  return path;
}

// Until who writes has closed.
std::string read_all(int descriptor) {
  std::string text;
  std::string piece(65536, ' ');
  for (ssize_t count = 1; count > 0;) {
    count = read(descriptor, piece.data(), piece.size());
    if (count > 0) text.append(piece, 0, static_cast<std::size_t>(count));
  }
  return text;
}

TEST(AccessLog, HasALineOfJsonForEveryAnswer) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.write("access.log", "what was there\n");
  {
    AccessLog log(path);
    HttpRequest asked = request("/api/\"runs\"\n\xff", "POST");
    asked.query["token"] = "secret";
    asked.headers["authorization"] = "Bearer secret";
    log.add(asked, 404, 12, 0.25);
    log.add(request("/"), 200, 3, 1);
  }
  const std::string text = read_file(path);
  EXPECT_THAT(text, testing::StartsWith("what was there\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("secret")));
  const std::size_t first = text.find('\n') + 1;
  const std::size_t second = text.find('\n', first) + 1;
  const json line = json::parse(text.substr(first, second - first));
  EXPECT_THAT(line["time"].get<std::string>(), testing::MatchesRegex("....-..-..T..:..:..\\....Z"));
  EXPECT_EQ(line["method"], "POST");
  EXPECT_EQ(line["path"], "/api/\"runs\"\n\xef\xbf\xbd");
  EXPECT_EQ(line["status"], 404);
  EXPECT_EQ(line["bytes"], 12);
  EXPECT_EQ(line["seconds"], 0.25);
  EXPECT_EQ(json::parse(text.substr(second))["path"], "/");
}

TEST(AccessLog, SaysWhyItsFileCannotBeWritten) {
  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "no folder" / "access.log").string();
  try {
    const AccessLog log(path);
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kFile);
    EXPECT_EQ(error.what(), "writing the access log " + path + ": No such file or directory");
  }
}

TEST(AccessLog, AFullDiskEndsItAndNotTheService) {
  AccessLog log("/dev/full");
  log.add(request("/"), 200, 3, 1);
}

TEST(AccessLog, GoesToStandardErrorAndLeavesItOpen) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.write("errors", "");
  const int before = dup(STDERR_FILENO);
  const int file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(dup2(file, STDERR_FILENO), 0);
  for (const char* asked : {"/first", "/second"}) {
    AccessLog log;
    log.add(request(asked), 200, 3, 1);
  }
  ASSERT_GE(dup2(before, STDERR_FILENO), 0);
  close(file);
  close(before);
  EXPECT_THAT(read_file(path),
              testing::AllOf(HasSubstr("\"path\":\"/first\""), HasSubstr("\"path\":\"/second\"")));
}

TEST(AccessLog, ASlowReaderCostsLinesAndNoMemory) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = pipe_in(folder);
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  auto log = std::make_unique<AccessLog>(path);
  log->add(request("/first" + std::string(1 << 20, 'a')), 200, 3, 1);  // more than a pipe holds
  pollfd watched{reader, POLLIN, 0};
  ASSERT_EQ(poll(&watched, 1, 10000), 1);                              // it is being written
  log->add(request("/kept" + std::string(3 << 20, '\1')), 200, 3, 1);  // six letters each, in JSON
  log->add(request("/lost"), 200, 3, 1);
  EXPECT_EQ(fcntl(reader, F_SETFL, 0), 0);
  std::thread end([&log] { log.reset(); });
  const std::string text = read_all(reader);
  end.join();
  close(reader);
  EXPECT_TRUE(text.find("/first") != std::string::npos);
  EXPECT_TRUE(text.find("/kept") != std::string::npos);
  EXPECT_TRUE(text.find("/lost") == std::string::npos);
}

// To open a pipe waits for its reader.
TEST(AccessLog, ASignalDoesNotKeepItFromOpening) {
  const test::TemporaryFolder folder;
  static int reader = -1;
  static std::string path;
  path = pipe_in(folder).string();
  {
    const Interruptions signals([](int) { reader = open(path.c_str(), O_RDONLY | O_NONBLOCK); }, 0);
    AccessLog log(path);
    log.add(request("/hello"), 200, 3, 1);
  }
  EXPECT_THAT(read_all(reader), HasSubstr("/hello"));
  close(reader);
}

}  // namespace
}  // namespace gradus::server
