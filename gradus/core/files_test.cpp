#include "gradus/core/files.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "gradus/core/error.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace fs = std::filesystem;
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void expect_error(ErrorCode code, const testing::Matcher<std::string>& message,
                  const std::function<void()>& action) {
  try {
    action();
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), message);
  }
}

// No file of this process grows beyond `bytes`: what a full disk does, without one.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &saved_);
    const rlimit limit{bytes, saved_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &saved_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit saved_{};
  void (*handler_)(int);
};

class FilesTest : public testing::Test {
 protected:
  test::TemporaryFolder folder;
  fs::path path = folder.path() / "model.bin";
};

TEST_F(FilesTest, WritesAndReadsEveryByte) {
  std::string content = "line\n";
  for (int i = 0; i < 100'000; ++i) content += static_cast<char>(i % 256);
  write_file_atomically(path, content);
  EXPECT_TRUE(read_file(path) == content);
  write_file_atomically(path, "");
  EXPECT_EQ(read_file(path), "");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST_F(FilesTest, PiecesStandUnderTheNameOnceTheyAreCommitted) {
  write_file_atomically(path, "old");
  {
    AtomicFile file(path);
    file.write("half");
    EXPECT_EQ(read_file(path), "old");
  }
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(folder.path()), 1u) << "the half was left behind";
  AtomicFile file(path);
  file.write("whole");
  file.write(" file");
  file.commit();
  EXPECT_EQ(read_file(path), "whole file");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST_F(FilesTest, PiecesGoWhereTheyAreToStand) {
  AtomicFile file(path);
  file.write("head");
  const std::string piece = "tail";
  file.write_at(6, std::as_bytes(std::span(piece)));
  file.write("s");
  file.commit();
  EXPECT_EQ(read_file(path), std::string("heads\0tail", 10));
}

TEST_F(FilesTest, ReadsPieceByPiece) {
  write_file_atomically(path, "0123456789");
  InputFile file(path);
  EXPECT_EQ(file.size(), 10u);
  EXPECT_EQ(file.name(), path.string());
  std::string piece(7, ' ');
  EXPECT_EQ(file.read(piece), 7u);
  EXPECT_EQ(piece, "0123456");
  EXPECT_EQ(file.read(piece), 3u);
  EXPECT_EQ(piece.substr(0, 3), "789");
  EXPECT_EQ(file.read(piece), 0u);
  expect_error(ErrorCode::kNotFound, HasSubstr("absent"),
               [&] { InputFile absent(folder.path() / "absent"); });
}

TEST_F(FilesTest, ANewFileHasTheModeOfTheUmask) {
  const mode_t before = ::umask(027);
  write_file_atomically(path, "x");
  ::umask(before);
  EXPECT_EQ(mode_of(path), 0640u);
}

TEST_F(FilesTest, AnOldFileKeepsItsMode) {
  folder.write("model.bin", "old");
  for (const mode_t mode : {0600u, 0755u, 0444u}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    write_file_atomically(path, "new");
    EXPECT_EQ(mode_of(path), mode);
  }
  EXPECT_EQ(read_file(path), "new");
}

TEST_F(FilesTest, ALinkStaysALink) {
  folder.write("model.bin", "old");
  const fs::path link = folder.path() / "latest";
  fs::create_symlink("model.bin", link);
  write_file_atomically(link, "new");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_file(path), "new");
}

TEST_F(FilesTest, WritesIntoTheCurrentFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  write_file_atomically("plain", "x");
  fs::current_path(before);
  EXPECT_EQ(read_file(folder.path() / "plain"), "x");
}

TEST_F(FilesTest, AFailedWriteLeavesTheOldFileAndNothingElse) {
  folder.write("model.bin", "old");
  expect_error(ErrorCode::kFile, AllOf(StartsWith("writing " + path.string() + ": File too large; ")), [&] {
    const FileSizeLimit limit(1000);
    write_file_atomically(path, std::string(5000, 'x'));
  });
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST_F(FilesTest, APathOfThisMachineIsOnNoNetworkDisk) {
  EXPECT_FALSE(on_network_disk("/proc/self"));
  EXPECT_FALSE(on_network_disk("/proc/there/is/no/such/folder"));
  EXPECT_FALSE(on_network_disk("/"));
}

TEST_F(FilesTest, AFailedRenameLeavesNothing) {
  // The name is too long for a directory entry, the temporary's is not.
  const fs::path too_long = folder.path() / std::string(300, 'n');
  expect_error(ErrorCode::kFile, HasSubstr("File name too long"),
               [&] { write_file_atomically(too_long, "x"); });
  EXPECT_EQ(entries(folder.path()), 0u);
}

TEST_F(FilesTest, WritingTellsWhereNothingCanBeWritten) {
  const fs::path below_file = folder.write("file", "") / "model.bin";
  expect_error(ErrorCode::kFile,
               AllOf(StartsWith("writing " + below_file.string()), HasSubstr("Not a directory")),
               [&] { write_file_atomically(below_file, "x"); });
  const fs::path nowhere = folder.path() / "none" / "model.bin";
  expect_error(ErrorCode::kFile, HasSubstr("No such file or directory"),
               [&] { write_file_atomically(nowhere, "x"); });
  expect_error(ErrorCode::kFile, HasSubstr("not a regular file"),
               [&] { write_file_atomically(folder.path(), "x"); });
}

TEST_F(FilesTest, TheOldFileIsKeptUntilTheNewOneWasReadBack) {
  const fs::path previous = folder.path() / "previous";
  write_file_verified(path, previous, "first");
  write_file_verified(path, previous, std::string(3'000'000, 'x'));
  EXPECT_EQ(read_file(path), std::string(3'000'000, 'x'));
  EXPECT_EQ(entries(folder.path()), 1u);
  {
    const FileSizeLimit limit(4096);
    expect_error(ErrorCode::kFile, HasSubstr("File too large"),
                 [&] { write_file_verified(path, previous, std::string(5000, 'y')); });
  }
  EXPECT_EQ(read_file(path).size(), 3'000'000u);
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST_F(FilesTest, APieceByPieceFileKeepsTheOldOneWhereItIsAsked) {
  const fs::path previous = folder.path() / "previous";
  for (const char* content : {"first", "second", "third"}) {
    AtomicFile file(path);
    file.write(content);
    file.commit(Durability::kMachine, previous);
  }
  EXPECT_EQ(read_file(path), "third");
  EXPECT_EQ(read_file(previous), "second");
  AtomicFile file(path);
  file.write("fourth");
  expect_error(ErrorCode::kFile, StartsWith("writing " + path.string()),
               [&] { file.commit(Durability::kMachine, folder.path() / "none" / "previous"); });
  EXPECT_EQ(read_file(path), "third");
}

TEST_F(FilesTest, WhatKilledWritersLeftGoesAway) {
  folder.write(".gradus-12-3.tmp", "half");
  folder.write("model.bin", "whole");
  remove_temporary_files(folder.path());
  remove_temporary_files(folder.path() / "none");
  EXPECT_EQ(entries(folder.path()), 1u);
}

TEST_F(FilesTest, WhetherAFileCanBeWrittenIsAskedWithoutATrace) {
  check_writable(path);
  EXPECT_EQ(entries(folder.path()), 0u);
  folder.write("model.bin", "old");
  check_writable(path);
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(folder.path()), 1u);
  expect_error(ErrorCode::kFile, StartsWith("writing " + (path / "deep").string() + ": Not a directory"),
               [&] { check_writable(path / "deep"); });
  expect_error(ErrorCode::kFile, HasSubstr("not a regular file"), [&] { check_writable(folder.path()); });
}

TEST_F(FilesTest, WritingDoesNotReplaceADevice) {
  const fs::path pipe = folder.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_error(ErrorCode::kFile, HasSubstr("not a regular file"), [&] { write_file_atomically(pipe, "x"); });
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST_F(FilesTest, WritingTellsThatTheFolderIsReadOnly) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  ASSERT_EQ(::chmod(folder.path().c_str(), 0555), 0);
  expect_error(ErrorCode::kFile, HasSubstr("Permission denied; check the permissions"),
               [&] { write_file_atomically(path, "x"); });
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
}

TEST_F(FilesTest, ReadingTellsAMissingFileFromAnUnreadableOne) {
  expect_error(ErrorCode::kNotFound, StartsWith("reading " + path.string() + ": No such file"),
               [&] { (void)read_file(path); });
  expect_error(ErrorCode::kNotFound, HasSubstr("Not a directory"),
               [&] { (void)read_file(folder.write("file", "") / "below"); });
  expect_error(ErrorCode::kFile, HasSubstr("Is a directory"), [&] { (void)read_file(folder.path()); });
}

TEST_F(FilesTest, ReadsUpToTheLimitAndNotBeyond) {
  folder.write("model.bin", "12345");
  EXPECT_EQ(read_file(path, 5), "12345");
  expect_error(ErrorCode::kFile, HasSubstr("larger than 4 bytes"), [&] { (void)read_file(path, 4); });
  expect_error(ErrorCode::kFile, HasSubstr("larger than 0 bytes"), [&] { (void)read_file(path, 0); });
}

TEST_F(FilesTest, ReadsFilesThatTellNoSize) {
  EXPECT_THAT(read_file("/proc/self/status"), HasSubstr("VmSize"));
}

TEST_F(FilesTest, DoesNotReadAnEndlessFileBeyondTheLimit) {
  expect_error(ErrorCode::kFile, HasSubstr("larger than 100000 bytes"),
               [] { (void)read_file("/dev/zero", 100'000); });
}

TEST_F(FilesTest, MakesFoldersWithTheirParents) {
  const fs::path deep = folder.path() / "runs" / "3";
  make_folder(deep);
  EXPECT_TRUE(fs::is_directory(deep));
  EXPECT_NO_THROW(make_folder(deep));
  const fs::path below_file = folder.write("file", "") / "runs";
  expect_error(ErrorCode::kFile,
               AllOf(StartsWith("making the folder " + below_file.string()), HasSubstr("Not a directory")),
               [&] { make_folder(below_file); });
}

}  // namespace
}  // namespace gradus
