// The file itself; checkpoint_resume_test.cpp has the trainings.
#include "gradus/train/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/train/checkpoint_fixture.h"
#include "gradus/train/checkpoint_keeper.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::size_t kVersionAt = 8;
constexpr std::size_t kNumericsAt = 12;
constexpr std::size_t kLengthAt = 16;
constexpr std::size_t kPreambleSize = 24;
constexpr std::size_t kHashSize = 64;

// A small one with the state "state".
std::string example() {
  CheckpointHead head;
  head.config.data = "digits";
  head.config.hidden = {3, 4};
  head.data_hash = "abc";
  std::string bytes = checkpoint_begin(head) + "state";
  seal_checkpoint(bytes);
  return bytes;
}

// With a hash that is right again.
std::string resealed(std::string bytes) {
  Sha256 hash;
  hash.add(std::string_view(bytes).substr(0, bytes.size() - kHashSize));
  return bytes.replace(bytes.size() - kHashSize, kHashSize, hash.hex());
}

void expect_error(ErrorCode code, const std::string& words, const std::function<void()>& action) {
  try {
    action();
    ADD_FAILURE() << "nothing was thrown; expected: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), HasSubstr(words));
  }
}

void expect_refused(ErrorCode code, const std::string& words, const std::string& bytes) {
  const test::TemporaryFolder folder;
  const fs::path path = folder.write("checkpoint", bytes);
  expect_error(code, words, [&] { (void)Checkpoint(path); });
  expect_error(code, words, [&] { (void)Checkpoint(bytes, "the bytes"); });
}

TEST(CheckpointFile, ReadsWhatWasWritten) {
  const test::TemporaryFolder folder;
  const Checkpoint read_back(folder.write("checkpoint", example()));
  EXPECT_EQ(read_back.head().config.hidden, (std::vector<std::int64_t>{3, 4}));
  EXPECT_EQ(read_back.head().data_hash, "abc");
  std::string state(5, '\0');
  ArchiveReader archive = read_back.state();
  archive.raw(state.data(), state.size());
  archive.finish();
  EXPECT_EQ(state, "state");
}

TEST(CheckpointFile, CutShortAnywhereItIsRefused) {
  const std::string bytes = example();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW((void)Checkpoint(bytes.substr(0, size), "x"), Error) << size;
  }
  const test::TemporaryFolder folder;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{7}, std::size_t{23}, std::size_t{24}, bytes.size() - 1})
    EXPECT_THROW((void)Checkpoint(folder.write("checkpoint", bytes.substr(0, size))), Error) << size;
}

TEST(CheckpointFile, AChangedBitAnywhereIsRefused) {
  std::string bytes = example();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto bit = static_cast<char>(1 << at % 8);
    bytes[at] = static_cast<char>(bytes[at] ^ bit);
    EXPECT_THROW((void)Checkpoint(bytes, "x"), Error) << "byte " << at;
    bytes[at] = static_cast<char>(bytes[at] ^ bit);
  }
}

TEST(CheckpointFile, EachKindOfDamageHasItsWords) {
  std::string bytes = example();
  expect_refused(ErrorCode::kBadData, "its end", "");
  expect_refused(ErrorCode::kBadData, "no begin of a checkpoint", std::string(200, 'x'));
  expect_refused(ErrorCode::kBadData, "a length that is not that of the file", bytes + "x");
  expect_refused(ErrorCode::kBadData, "content that is not what its hash says", [&] {
    std::string changed = bytes;
    changed[changed.size() - kHashSize - 1] = 'E';
    return changed;
  }());
  std::string short_one = bytes.substr(0, kPreambleSize + kHashSize - 1);
  short_one[kLengthAt] = static_cast<char>(short_one.size());
  short_one[kLengthAt + 1] = 0;
  expect_refused(ErrorCode::kBadData, "a length that is not that of the file", short_one);
  std::string other = bytes;
  other[kVersionAt] = 9;
  expect_refused(ErrorCode::kUnsupported, "its format is version 9; expected 1", resealed(other));
  other = bytes;
  other[kNumericsAt] = 99;
  expect_refused(ErrorCode::kUnsupported, "it is of numerics version 99", resealed(other));
}

// A right hash proves nothing: whoever makes a file by hand makes it too.
TEST(CheckpointFile, ContentMadeByHandIsRefused) {
  std::string bytes = example();
  const std::size_t field = bytes.find("hidden = ");
  ASSERT_NE(field, std::string::npos);
  bytes[field] = 'x';
  expect_refused(ErrorCode::kBadData, "xidden", resealed(bytes));
  bytes = example();
  bytes[24 + 7] = 1;  // the configuration's length
  expect_refused(ErrorCode::kBadData, "a list that is longer than the file", resealed(bytes));
}

TEST(CheckpointFile, TheNewestSoundOneOfAFolder) {
  const test::TemporaryFolder folder;
  const auto data_hash = [&] { return newest_checkpoint(folder.path()).value().head().data_hash; };
  EXPECT_FALSE(newest_checkpoint(folder.path()).has_value());

  std::string older = checkpoint_begin({RunConfig{}, "older"});
  seal_checkpoint(older);
  folder.write(kPreviousCheckpointFile, older);
  EXPECT_EQ(data_hash(), "older");  // a process died between two renames
  folder.write(kCheckpointFile, example());
  EXPECT_EQ(data_hash(), "abc");
  folder.write(kCheckpointFile, example().substr(1));
  EXPECT_EQ(data_hash(), "older");
  folder.write(kPreviousCheckpointFile, "");
  expect_error(ErrorCode::kBadData, "no begin of a checkpoint",
               [&] { (void)newest_checkpoint(folder.path()); });
  fs::remove(folder.path() / kCheckpointFile);
  expect_error(ErrorCode::kBadData, (folder.path() / kPreviousCheckpointFile).string(),
               [&] { (void)newest_checkpoint(folder.path()); });
  // What cannot be read now may be whole: an older one is not to take its place.
  folder.write(kPreviousCheckpointFile, older);
  fs::remove(folder.path() / kCheckpointFile);
  fs::create_symlink(kCheckpointFile, folder.path() / kCheckpointFile);  // leads to itself
  expect_error(ErrorCode::kFile, "", [&] { (void)newest_checkpoint(folder.path()); });
}

TEST(CheckpointKeeper, AnEndedTrainingLeavesItsEndOrNothing) {
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / kCheckpointFile;
  double state = 1;
  CheckpointKeeper(folder.path(), {}, {.steps = 1}, {}).keep(state, CheckpointMoment::kEnd);
  EXPECT_TRUE(fs::exists(file));
  CheckpointKeeper never(folder.path(), {}, {}, {});
  never.keep(state, CheckpointMoment::kStop);
  EXPECT_TRUE(fs::exists(file));
  never.keep(state, CheckpointMoment::kEnd);
  EXPECT_FALSE(fs::exists(file));
}

TEST(CheckpointKeeper, WhoStopsATrainingIsToldOfAFailureAgain) {
  std::vector<std::string> warnings;
  double state = 1;
  CheckpointKeeper keeper("/nowhere", {}, {.steps = 1},
                          [&](const std::string& text) { warnings.push_back(text); });
  keeper.keep(state, CheckpointMoment::kStart);
  keeper.keep(state, CheckpointMoment::kStart);
  keeper.keep(state, CheckpointMoment::kStop);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_THAT(warnings[0], HasSubstr("(the training goes on)"));
  EXPECT_THAT(warnings[1], HasSubstr("goes on from the one before"));
}

TEST(CheckpointKeeper, WithoutAFolderOrSomebodyToTellNothingHappens) {
  double state = 1;
  CheckpointKeeper nowhere("", {}, {}, {});
  nowhere.keep(state, CheckpointMoment::kEnd);
  CheckpointKeeper silent("/nowhere", {}, {.steps = 1}, {});
  EXPECT_NO_THROW(silent.keep(state, CheckpointMoment::kStop));
}

// Where a process died between two renames, or the last one is damaged.
TEST(CheckpointKeeper, TheOneThatATrainingGoesOnFromIsNotLostToTheNext) {
  const test::TemporaryFolder folder;
  const fs::path last = folder.path() / kCheckpointFile;
  const fs::path previous = folder.path() / kPreviousCheckpointFile;
  folder.write(kPreviousCheckpointFile, example());
  folder.write(kCheckpointFile, "damaged");
  {
    CheckpointKeeper never(folder.path(), {}, {}, {});
    never.go_on_from(newest_checkpoint(folder.path()).value());
    EXPECT_EQ(read_file(last), "damaged") << "who keeps none moves none";
  }
  double state = 1;
  CheckpointKeeper keeper(folder.path(), {}, {.steps = 1}, {});
  keeper.go_on_from(newest_checkpoint(folder.path()).value());
  EXPECT_FALSE(fs::exists(previous));
  EXPECT_EQ(read_file(last), example());
  keeper.keep(state, CheckpointMoment::kStart);
  EXPECT_NE(read_file(last), example());
}

void wait_until_due(const CheckpointKeeper& keeper, std::uint64_t steps = 0) {
  while (!keeper.due(steps)) std::this_thread::yield();
}

TEST(CheckpointKeeper, ByStepsOneComesDueWhenTheOneBeforeIsOnTheDisk) {
  const test::TemporaryFolder folder;
  std::vector<std::string> warnings;
  double state = 0;
  std::string first;
  {
    CheckpointKeeper keeper(folder.path(), {}, {.steps = 3},
                            [&](const std::string& text) { warnings.push_back(text); });
    keeper.start();
    for (const std::uint64_t step : {1u, 2u, 4u, 5u}) EXPECT_FALSE(keeper.due(step)) << step;
    EXPECT_TRUE(keeper.due(3));
    keeper.keep(state, CheckpointMoment::kUnderWay);
    wait_until_due(keeper, 6);
    first = read_file(folder.path() / kCheckpointFile);
    state = 1;
    keeper.keep(state, CheckpointMoment::kUnderWay);
  }
  EXPECT_NE(read_file(folder.path() / kCheckpointFile), first);
  EXPECT_TRUE(warnings.empty());
}

// A state that memory does not suffice for, until it does.
struct LargeState {
  bool too_large = true;

  template <class Archive>
  void transfer(Archive&) const {
    if (too_large) throw std::runtime_error("no memory for it");
  }
};

TEST(CheckpointKeeper, AStateThatCannotBeCopiedIsTriedAgainAPaceLater) {
  const test::TemporaryFolder folder;
  std::vector<std::string> warnings;
  LargeState state;
  {
    CheckpointKeeper keeper(folder.path(), {}, {.seconds = 0.002},
                            [&](const std::string& text) { warnings.push_back(text); });
    keeper.start();
    wait_until_due(keeper);
    keeper.keep(state, CheckpointMoment::kUnderWay);
    EXPECT_THAT(warnings, testing::ElementsAre("no checkpoint: no memory for it (the training goes on)"));
    EXPECT_FALSE(fs::exists(folder.path() / kCheckpointFile));
    wait_until_due(keeper);
    state.too_large = false;
    keeper.keep(state, CheckpointMoment::kUnderWay);
  }
  EXPECT_NO_THROW((void)Checkpoint(folder.path() / kCheckpointFile));
  EXPECT_EQ(warnings.size(), 1u);
}

}  // namespace
}  // namespace gradus
