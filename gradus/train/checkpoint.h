// The file from which a training goes on. docs/checkpoints.md says what it promises.
//
//   magic      8 bytes, "GRADUSCP"
//   version    u32, kCheckpointVersion
//   numerics   u32, the numerics version
//   length     u64, bytes of the whole file
//   config     text, the resolved configuration as TOML
//   data hash  text
//   state      what the training and the observers of its history wrote, one behind the other
//   hash       64 hexadecimal digits, SHA-256 of all bytes before
//
// Numbers are little endian; a text is its length as u64 and its bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "gradus/core/archive.h"
#include "gradus/train/run_config.h"

namespace gradus {

inline constexpr std::uint32_t kCheckpointVersion = 1;
// In the folder of a run; the second while the first is being replaced.
inline constexpr const char* kCheckpointFile = "checkpoint";
inline constexpr const char* kPreviousCheckpointFile = "checkpoint.previous";

// Which training it is of.
struct CheckpointHead {
  RunConfig config;  // resolved
  std::string data_hash;
};

// The bytes before the state.
[[nodiscard]] std::string checkpoint_begin(const CheckpointHead& head);
// Behind the state: the length is put in, the hash added.
void seal_checkpoint(std::string& bytes);

// A whole one.
class Checkpoint {
 public:
  // Throws Error: kNotFound and kFile as read_file(), kBadData for a damaged file or another program's, kUnsupported for one
  // of another version or other numerics. Takes the file's size of memory.
  explicit Checkpoint(const std::filesystem::path& path);
  // The same of bytes; `what` for messages.
  Checkpoint(std::string bytes, const std::string& what);

  [[nodiscard]] const CheckpointHead& head() const { return head_; }
  // 64 hexadecimal digits, of all bytes before them.
  [[nodiscard]] std::string_view hash() const;
  // Empty of bytes.
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // At the begin of the state; the checkpoint must outlive it.
  [[nodiscard]] ArchiveReader state() const;

 private:
  std::filesystem::path path_;
  std::string what_;
  std::string bytes_;
  CheckpointHead head_;
  std::size_t state_begin_ = 0;
};

// The newest sound one of a run's folder, the previous one where the last is missing or damaged; nullopt where there is
// neither. Throws as the last one's reading where no other is sound, or where it cannot be told (kFile).
[[nodiscard]] std::optional<Checkpoint> newest_checkpoint(const std::filesystem::path& folder);

}  // namespace gradus
