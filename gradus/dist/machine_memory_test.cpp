#include "gradus/dist/machine_memory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>

#include "tests/support/test_support.h"

namespace gradus {
namespace {

// Two processes of one machine, here in one.
struct Pair {
  MachineMemory first{0, 2, 100'000, 7000};
  MachineMemory second{1, 2, 5000, 7000};
};

std::size_t open_files() {
  const auto files = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

std::size_t maps() {
  std::ifstream file("/proc/self/maps");
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);)
    count += line.find("memfd:gradus") == std::string::npos ? 0 : 1;
  return count;
}

TEST(MachineMemory, WhatOneWritesAnotherReads) {
  const std::size_t before = open_files();
  {
    Pair pair;
    for (MachineMemory* memory : {&pair.first, &pair.second}) {
      EXPECT_TRUE(memory->open(0, pair.first.place()));
      EXPECT_TRUE(memory->open(1, pair.second.place()));
    }
    pair.first.begin();
    pair.second.begin();
    ASSERT_GE(pair.first.of(1).size(), 5000U);
    ASSERT_GE(pair.second.of(0).size(), 100'000U);
    ASSERT_GE(pair.second.common().size(), 7000U);
    for (const std::byte value : pair.second.of(0)) ASSERT_EQ(value, std::byte{0});
    for (const std::byte value : pair.first.common()) ASSERT_EQ(value, std::byte{0});
    pair.first.own()[99'999] = std::byte{7};
    pair.second.own()[0] = std::byte{8};
    EXPECT_EQ(pair.second.of(0)[99'999], std::byte{7});
    EXPECT_EQ(pair.first.of(1)[0], std::byte{8});
    pair.first.common()[0] = std::byte{9};
    pair.second.common()[6999] = std::byte{10};
    EXPECT_EQ(pair.second.common()[0], std::byte{9});
    EXPECT_EQ(pair.first.common()[6999], std::byte{10});
    EXPECT_EQ(pair.second.of(0)[99'999], std::byte{7});
  }
  EXPECT_EQ(open_files(), before);
  EXPECT_EQ(maps(), 0U);
}

// As in containers, where the numbers of processes and files mean others.
TEST(MachineMemory, AnotherFileIsNoPart) {
  Pair pair;
  MemoryPlace place = pair.second.place();
  place.token ^= 1;
  EXPECT_FALSE(pair.first.open(1, place));
  place = pair.second.place();
  place.bytes += 1;
  EXPECT_FALSE(pair.first.open(1, place));
  place.file = -1;
  EXPECT_FALSE(pair.first.open(1, place));
  place.process = -1;
  EXPECT_FALSE(pair.first.open(1, place));

  // That with the common part.
  const std::size_t before = maps();
  place = pair.first.place();
  place.token ^= 1;
  EXPECT_FALSE(pair.second.open(0, place));
  place = pair.first.place();
  place.bytes -= 4096;
  EXPECT_FALSE(pair.second.open(0, place));
  EXPECT_TRUE(pair.second.common().empty());
  EXPECT_EQ(maps(), before);

  const test::TemporaryFolder folder;
  const std::string pipe = (folder.path() / "pipe").string();
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int file = ::open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  place = pair.second.place();
  place.file = file;
  EXPECT_FALSE(pair.first.open(1, place));  // and does not wait for a writer
  ::close(file);
}

TEST(MachineMemory, WhereThereIsNoneNothingIsOpened) {
  const std::size_t before = open_files();
  {
    MachineMemory memory(0, 1, std::numeric_limits<std::size_t>::max(), 0);  // no file is as long
    EXPECT_TRUE(memory.own().empty());
    EXPECT_FALSE(memory.open(0, memory.place()));
  }
  EXPECT_EQ(open_files(), before);
}

}  // namespace
}  // namespace gradus
