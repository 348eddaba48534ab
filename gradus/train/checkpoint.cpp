#include "gradus/train/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/kernels/numerics_version.h"

namespace gradus {

namespace {

namespace fs = std::filesystem;

// What stands before the configuration.
struct Preamble {
  std::array<char, 8> magic = {'G', 'R', 'A', 'D', 'U', 'S', 'C', 'P'};
  std::uint32_t version = kCheckpointVersion;
  std::uint32_t numerics = kNumericsVersion;
  std::uint64_t length = 0;

  template <class Archive>
  void transfer(Archive& archive) {
    archive(magic, version, numerics, length);
  }
};

constexpr std::size_t kPreambleSize = 24;
constexpr std::size_t kLengthAt = 16;
constexpr std::size_t kHashSize = 64;

std::string hash_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.hex();
}

// `size`: of the file.
void check(const Preamble& found, std::uint64_t size, const ArchiveReader& archive, const std::string& what) {
  const Preamble expected;
  archive.require(found.magic == expected.magic, "no begin of a checkpoint");
  if (found.version != expected.version) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("reading {}: its format is version {}; expected {}; go on with the gradus that wrote it",
                    what, found.version, expected.version));
  }
  if (found.numerics != expected.numerics) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("reading {}: it is of numerics version {}; expected {}, this gradus would reach other "
                    "bits; go on with the gradus that wrote it, or begin anew",
                    what, found.numerics, expected.numerics));
  }
  archive.require(found.length == size && size >= kPreambleSize + kHashSize,
                  "a length that is not that of the file");
}

// Its first bytes decide whether the rest is worth the memory.
std::string read_whole(const fs::path& path, const std::string& what) {
  InputFile file(path);
  std::string bytes(std::min(kPreambleSize, file.size()), '\0');
  bytes.resize(file.read(bytes));
  ArchiveReader archive(bytes, what);
  Preamble preamble;
  archive(preamble);
  check(preamble, file.size(), archive, what);
  bytes.resize(preamble.length);
  bytes.resize(kPreambleSize + file.read(std::span(bytes).subspan(kPreambleSize)));
  return bytes;
}

std::string name_for(const fs::path& path) {
  return "the checkpoint " + path.string();
}

}  // namespace

std::string checkpoint_begin(const CheckpointHead& head) {
  ArchiveWriter archive;
  Preamble preamble;
  std::string config = to_toml(head.config);
  std::string data_hash = head.data_hash;
  archive(preamble, config, data_hash);
  return archive.take();
}

void seal_checkpoint(std::string& bytes) {
  std::uint64_t length = bytes.size() + kHashSize;
  ArchiveWriter archive;
  archive(length);
  bytes.replace(kLengthAt, sizeof(length), archive.take());
  bytes += hash_of(bytes);
}

Checkpoint::Checkpoint(const fs::path& path) : Checkpoint(read_whole(path, name_for(path)), name_for(path)) {
  path_ = path;
}

Checkpoint::Checkpoint(std::string bytes, const std::string& what) : what_(what), bytes_(std::move(bytes)) {
  ArchiveReader archive(bytes_, what_);
  Preamble preamble;
  archive(preamble);
  check(preamble, bytes_.size(), archive, what_);
  const std::string_view all = bytes_;
  const std::string_view content = all.substr(0, all.size() - kHashSize);
  archive.require(hash_of(content) == all.substr(content.size()), "content that is not what its hash says");
  ArchiveReader inside(content, what_);
  std::string config;
  inside(preamble, config, head_.data_hash);
  state_begin_ = content.size() - inside.left();
  try {
    parse_toml(config, what_, head_.config);
    validate(head_.config);
  } catch (const Error& error) {
    throw Error(ErrorCode::kBadData, error.what());
  }
}

std::string_view Checkpoint::hash() const {
  return std::string_view(bytes_).substr(bytes_.size() - kHashSize);
}

ArchiveReader Checkpoint::state() const {
  const std::string_view all = bytes_;
  return {all.substr(state_begin_, all.size() - kHashSize - state_begin_), what_};
}

std::optional<Checkpoint> newest_checkpoint(const fs::path& folder) {
  const fs::path last = folder / kCheckpointFile;
  const fs::path previous = folder / kPreviousCheckpointFile;
  try {
    return std::optional<Checkpoint>(last);
  } catch (const Error& wrong_with_last) {
    // That it cannot be read now does not say that it is not there, or damaged.
    if (wrong_with_last.code() == ErrorCode::kFile) throw;
    const bool there = wrong_with_last.code() != ErrorCode::kNotFound;
    try {
      return std::optional<Checkpoint>(previous);
    } catch (const Error& wrong_with_previous) {
      const bool previous_there = wrong_with_previous.code() != ErrorCode::kNotFound;
      if (!there && previous_there) throw;
      if (!there) return std::nullopt;
    }
    throw;
  }
}

}  // namespace gradus
