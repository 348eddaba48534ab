// Downloads from a server in this process, which can be told to misbehave; nothing leaves the machine.
#include "gradus/data/fetch.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/download.h"
#include "gradus/data/fetch_set.h"
#include "gradus/data/reader_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Answers GET requests on 127.0.0.1 from a map of path to whole response; others with 404.
class LocalServer {
 public:
  LocalServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, generic, length) != 0 || ::listen(socket_, 16) != 0 ||
        ::getsockname(socket_, generic, &length) != 0) {
      throw std::runtime_error("no local server");
    }
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    thread_ = std::thread([this] { serve(); });
  }
  ~LocalServer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    for (const int connection : stalled_) ::close(connection);
    ::close(socket_);
  }

  [[nodiscard]] std::string url(const std::string& folder) const { return url_ + folder; }
  [[nodiscard]] int requests() const { return requests_; }

  // From now on connections stay open after the answer, until this ends.
  void stall() { stalls_ = true; }

  void give(const std::string& path, const std::string& body) {
    give_raw(path, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) +
                       "\r\n\r\n" + body);
  }
  void give_raw(const std::string& path, const std::string& response) {
    const std::scoped_lock lock(mutex_);
    responses_["/" + path] = response;
  }

 private:
  void serve() {
    while (true) {
      const int connection = ::accept(socket_, nullptr, nullptr);
      if (connection < 0) return;
      answer(connection);
      if (stalls_) {
        stalled_.push_back(connection);
      } else {
        ::close(connection);
      }
    }
  }
  void answer(int connection) {
    std::string request(4096, '\0');
    const ssize_t count = ::recv(connection, request.data(), request.size(), 0);
    if (count <= 0) return;
    ++requests_;
    const std::size_t begin = request.find(' ') + 1;
    const std::string path = request.substr(begin, request.find(' ', begin) - begin);
    std::string response = "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = responses_.find(path); found != responses_.end()) response = found->second;
    }
    for (std::size_t sent = 0; sent < response.size();) {
      const ssize_t step = ::send(connection, response.data() + sent, response.size() - sent, MSG_NOSIGNAL);
      if (step <= 0) return;
      sent += static_cast<std::size_t>(step);
    }
    if (!stalls_) ::shutdown(connection, SHUT_WR);
  }

  int socket_;
  std::string url_;
  std::atomic<int> requests_ = 0;
  std::atomic<bool> stalls_ = false;
  std::vector<int> stalled_;  // the serving thread's until it has ended
  std::mutex mutex_;
  std::map<std::string, std::string> responses_;
  std::thread thread_;
};

std::string sha256_of(const std::string& text) {
  Sha256 checksum;
  checksum.add(text);
  return checksum.hex();
}

std::string redirect(const std::string& target) {
  return "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " + target + "\r\n\r\n";
}

class FetchTest : public testing::Test {
 protected:
  FetchTest() {
    ::setenv("no_proxy", "127.0.0.1", 1);
    for (const auto& [name, content] : contents_) {
      set_.files.push_back({name, sha256_of(content), content.size()});
      server_.give("good/" + name + ".gz", test::gzip(content));
    }
    set_.name = "toy";
    options_.folder = folder_.path();
  }

  FetchResult fetch(const std::vector<std::string>& mirrors) {
    options_.mirrors = mirrors;
    return fetch_set(set_, options_);
  }
  std::string failure_of(const std::string& mirror) {
    const FetchResult result = fetch({server_.url(mirror), server_.url("good")});
    if (result.failures.empty()) return "no failure";
    const std::string prefix = server_.url(mirror) + "/: ";
    EXPECT_THAT(result.failures[0], StartsWith(prefix));
    return result.failures[0].substr(prefix.size());
  }
  std::string error_of(const std::vector<std::string>& mirrors, ErrorCode code) {
    return test::message_of([&] { (void)fetch(mirrors); }, folder_.path(), code);
  }
  [[nodiscard]] std::filesystem::path placed(const std::string& name) const {
    return folder_.path() / "toy" / name;
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "toy")) {
      names.push_back(entry.path().filename());
    }
    std::ranges::sort(names);
    return names;
  }

  const std::map<std::string, std::string> contents_ = {{"a", std::string(200'000, 'a') + "end"},
                                                        {"b", "labels"}};
  const std::string dead_ = "http://127.0.0.1:1/";
  LocalServer server_;
  RemoteSet set_;
  FetchOptions options_;
  test::TemporaryFolder folder_;
};

TEST_F(FetchTest, KeepsWhatTheMirrorSends) {
  const FetchResult result = fetch({server_.url("good/")});
  EXPECT_EQ(result.folder, folder_.path() / "toy");
  EXPECT_THAT(result.downloaded, ElementsAre("a", "b"));
  EXPECT_THAT(result.present, IsEmpty());
  EXPECT_THAT(result.failures, IsEmpty());
  EXPECT_EQ(read_file(placed("a.gz")), test::gzip(contents_.at("a")));
  EXPECT_THAT(files(), ElementsAre("a.gz", "b.gz"));
}

TEST_F(FetchTest, PassesOverADeadMirrorAndAWrongOne) {
  server_.give("wrong/a.gz", test::gzip(std::string(200'003, 'z')));
  const FetchResult result = fetch({dead_, server_.url("wrong"), server_.url("good")});
  EXPECT_THAT(result.downloaded, ElementsAre("a", "b"));
  ASSERT_EQ(result.failures.size(), 2u) << "the good mirror comes first for the second file";
  EXPECT_THAT(result.failures[0], StartsWith("http://127.0.0.1:1/: Failed to connect"));
  EXPECT_THAT(result.failures[1], HasSubstr("its SHA-256 is " + sha256_of(std::string(200'003, 'z')) +
                                            "; expected " + sha256_of(contents_.at("a"))));
}

TEST_F(FetchTest, APageInsteadOfTheFileIsNoticed) {
  server_.give("page/a.gz", "<html>Sign in to this network</html>");
  EXPECT_EQ(failure_of("page"), "it has only 36 bytes; expected 200003");
}

TEST_F(FetchTest, AMissingFileIsTheServersAnswer) {
  EXPECT_THAT(failure_of("none"), HasSubstr("404"));
}

TEST_F(FetchTest, AnAnswerCutShortIsNoticed) {
  server_.give_raw("cut/a.gz", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 500\r\n\r\nabc");
  EXPECT_THAT(failure_of("cut"), HasSubstr("497 bytes"));
}

// gradus asks for whole files: a part, wherever it begins, is not the file.
TEST_F(FetchTest, APartInsteadOfTheFileIsNoticed) {
  const std::string whole = test::gzip(contents_.at("a"));
  const auto give_part = [&](const std::string& mirror, std::size_t begin, const std::string& says) {
    const std::string part = whole.substr(begin);
    server_.give_raw(mirror + "/a.gz",
                     "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nContent-Range: bytes " + says +
                         "\r\nContent-Length: " + std::to_string(part.size()) + "\r\n\r\n" + part);
  };
  const std::string size = std::to_string(whole.size());
  give_part("middle", 40, "40-" + std::to_string(whole.size() - 1) + "/" + size);
  give_part("lying", 40, "0-" + std::to_string(whole.size() - 1) + "/" + size);
  EXPECT_THAT(failure_of("middle"), StartsWith("it has only "));
  std::filesystem::remove(placed("a.gz"));  // which the next mirror gave
  EXPECT_NE(failure_of("lying"), "no failure");
  EXPECT_EQ(read_file(placed("a.gz")), whole);
}

TEST_F(FetchTest, APartLeftByAnotherProgramIsNotContinued) {
  std::filesystem::create_directory(folder_.path() / "toy");
  folder_.write("toy/a.gz", test::gzip(contents_.at("a")).substr(0, 100));
  folder_.write("toy/a.gz.part", "from elsewhere");
  const FetchResult result = fetch({server_.url("good")});
  EXPECT_THAT(result.downloaded, ElementsAre("a", "b"));
  EXPECT_EQ(read_file(placed("a.gz")), test::gzip(contents_.at("a")));
}

TEST_F(FetchTest, WrongLengthsAreNoticed) {
  const std::string whole = test::gzip(contents_.at("a"));
  const auto with_length = [&](const std::string& mirror, const std::string& length) {
    server_.give_raw(mirror + "/a.gz", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + length +
                                           "\r\n\r\n" + whole);
  };
  with_length("shorter", std::to_string(whole.size() - 20));
  with_length("huge", "99999999999999999999999");
  with_length("negative", "-5");
  EXPECT_THAT(failure_of("shorter"), HasSubstr("cut short"));
  // Curl either refuses such a length or reads to the end of the connection: what is kept is the file or nothing.
  for (const std::string mirror : {"huge", "negative"}) {
    (void)fetch({server_.url(mirror), server_.url("good")});
    EXPECT_EQ(read_file(placed("a.gz")), whole) << mirror;
  }
}

TEST_F(FetchTest, AChunkedAnswerCutShortIsNoticed) {
  server_.give_raw(
      "chunked/a.gz",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n0123456789");
  EXPECT_NE(failure_of("chunked"), "no failure");
}

TEST_F(FetchTest, AGzipCutShortIsNoticed) {
  server_.give("gz/a.gz", test::gzip(contents_.at("a")).substr(0, 60));
  EXPECT_EQ(failure_of("gz"), "reading a.gz: the gzip data are cut short at byte 60; get the file again");
}

TEST_F(FetchTest, AnEndlessAnswerIsCutOff) {
  server_.give("long/a.gz", std::string(1'000'000, 'x'));
  EXPECT_EQ(failure_of("long"), "it sends more than 204099 bytes");
}

TEST_F(FetchTest, AGzipBombIsLeftEarly) {
  std::string bomb;
  bomb.resize(50'000'000, 'x');
  server_.give("bomb/a.gz", test::gzip(bomb));
  EXPECT_EQ(failure_of("bomb"), "it has more than 200003 bytes; expected 200003");
}

TEST_F(FetchTest, RedirectsAreFollowed) {
  server_.give_raw("there/a.gz", redirect(server_.url("good/a.gz")));
  server_.give_raw("there/b.gz", redirect(server_.url("good/b.gz")));
  EXPECT_EQ(failure_of("there"), "no failure");
}

TEST_F(FetchTest, ARedirectToALocalFileIsRefused) {
  const std::string secret = folder_.write("secret", test::gzip(contents_.at("a"))).string();
  server_.give_raw("file/a.gz", redirect("file://" + secret));
  EXPECT_THAT(failure_of("file"), HasSubstr("file"));
}

TEST_F(FetchTest, SoundFilesAreKeptRawOrGzip) {
  std::filesystem::create_directory(folder_.path() / "toy");
  folder_.write("toy/a", contents_.at("a"));
  folder_.write("toy/b.gz", test::gzip("labels"));
  const FetchResult result = fetch({dead_});
  EXPECT_THAT(result.present, ElementsAre("a", "b"));
  EXPECT_THAT(result.downloaded, IsEmpty());
  EXPECT_EQ(server_.requests(), 0);
}

TEST_F(FetchTest, DamagedFilesAreFetchedAgain) {
  std::filesystem::create_directory(folder_.path() / "toy");
  folder_.write("toy/a.gz", test::gzip(contents_.at("a")).substr(0, 100));
  folder_.write("toy/b.gz", test::gzip("lapels"));
  const FetchResult result = fetch({server_.url("good")});
  EXPECT_THAT(result.downloaded, ElementsAre("a", "b"));
  EXPECT_EQ(read_file(placed("b.gz")), test::gzip("labels"));
}

TEST_F(FetchTest, WhenEveryMirrorFailsEachReasonIsNamed) {
  const std::string message = error_of({dead_, server_.url("none")}, ErrorCode::kNetwork);
  EXPECT_THAT(message,
              AllOf(StartsWith("fetching toy: no mirror gave a.gz (http://127.0.0.1:1/: Failed to connect"),
                    HasSubstr("; " + server_.url("none") + "/: "), HasSubstr("404"),
                    HasSubstr("); check the connection and run again, or place the files a.gz, b.gz in ")));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(FetchTest, ProgressTellsFileMirrorAndBytes) {
  std::vector<FetchProgress> seen;
  options_.progress = [&](const FetchProgress& progress) { seen.push_back(progress); };
  (void)fetch({server_.url("good")});
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.front().file, "a");
  EXPECT_EQ(seen.back().file, "b");
  EXPECT_EQ(seen.back().mirror, server_.url("good/"));
  EXPECT_EQ(seen.back().bytes, test::gzip("labels").size());
  EXPECT_EQ(seen.back().total, test::gzip("labels").size());
}

TEST_F(FetchTest, InterruptingLeavesNothingUnfinished) {
  options_.cancelled = [] { return true; };
  EXPECT_EQ(error_of({server_.url("good")}, ErrorCode::kNetwork),
            "fetching toy: interrupted; nothing unfinished was kept; run again");
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(FetchTest, WhatAProgressObserverThrowsComesOut) {
  options_.progress = [](const FetchProgress&) { throw std::runtime_error("from the observer"); };
  EXPECT_THROW((void)fetch({server_.url("good")}), std::runtime_error);
}

TEST_F(FetchTest, AnUnwritableFolderIsNoticedBeforeTheDownload) {
  folder_.write("toy", "a file in the way");
  EXPECT_THAT(error_of({server_.url("good")}, ErrorCode::kFile), StartsWith("making the folder toy: "));
  EXPECT_EQ(server_.requests(), 0);
}

TEST_F(FetchTest, AReadOnlyFolderIsNoticedBeforeTheDownload) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::create_directory(folder_.path() / "toy");
  std::filesystem::permissions(folder_.path() / "toy", std::filesystem::perms::owner_read);
  EXPECT_THAT(error_of({server_.url("good")}, ErrorCode::kFile), HasSubstr("check the permissions"));
  EXPECT_EQ(server_.requests(), 0);
}

TEST(DownloadTest, AServerThatStallsIsLeft) {
  LocalServer server;
  server.give_raw("slow", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
  server.stall();
  const DownloadLimits limits{.bytes = 2000, .connect_seconds = 5, .stalled_seconds = 1};
  const Download received =
      download(server.url("slow"), limits, [](std::uint64_t, std::uint64_t) { return true; });
  EXPECT_THAT(received.failure, HasSubstr("too slow"));
}

TEST(FetchDataTest, UnknownNamesListTheKnownOnes) {
  try {
    (void)fetch_data("mnits", {});
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("mnits"), HasSubstr("did you mean 'mnist'")));
  }
}

TEST(FetchDataTest, MnistThatIsThereIsRecognised) {
  GRADUS_REQUIRE_FILE(mnist, data_path, "mnist");
  FetchOptions options;
  options.folder = mnist.parent_path();
  options.mirrors = {"http://127.0.0.1:1/"};
  EXPECT_EQ(fetch_data("mnist", options).present.size(), 4u);
}

}  // namespace
}  // namespace gradus
