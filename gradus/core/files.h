// Whole files, safely: written beside their name, synced, renamed; read whole with a limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gradus {

// What a file that has just been written survives: a crash of the machine, at the cost of waiting for the disk, or one
// of the program.
enum class Durability { kMachine, kProgram };

// Either the whole new content or the old file stands under `path` afterwards, whatever happens; the mode of
// an existing file is kept and the folder is synced. Throws Error(kFile) that names the path and the system's
// reason (disk full, not writable); nothing is left behind then.
void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           Durability durability = Durability::kMachine);
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> content,
                           Durability durability = Durability::kMachine);

// Whether it, or the nearest folder above it that is there, lies on a disk of another machine: NFS, SMB, Lustre, GPFS, CephFS or
// FUSE, which may be one. False where the system does not say.
[[nodiscard]] bool on_network_disk(const std::filesystem::path& path);

namespace internal {
class TemporaryFile;
}

// The same for a file that is written piece by piece: it stands under its name once commit() has returned, and nothing is
// left behind before.
class AtomicFile {
 public:
  // Throws Error(kFile), as all of it does.
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view piece);
  void write(std::span<const std::byte> piece);
  // At this byte, wherever write() stands; what lies between pieces is zeros.
  void write_at(std::size_t offset, std::span<const std::byte> piece);
  // Where `previous` is given, what stood under the name until now stands there afterwards; whoever dies in between leaves it
  // under one of the two.
  void commit(Durability durability = Durability::kMachine, const std::filesystem::path& previous = {});

 private:
  std::filesystem::path target_;
  std::unique_ptr<internal::TemporaryFile> file_;
};

// write_file_atomically() that keeps the old file under `previous` until the new one has been read back. One that reads otherwise
// is an Error(kFile), and the old file stands under its name again.
void write_file_verified(const std::filesystem::path& path, const std::filesystem::path& previous,
                         std::string_view content);

// What killed writers left behind in a folder to which nobody writes now.
void remove_temporary_files(const std::filesystem::path& folder);

// Throws what writing `path` would throw, and leaves everything as it is: asked before long work whose result goes there.
void check_writable(const std::filesystem::path& path);

// Throws Error(kNotFound) where there is none, Error(kFile) where it cannot be read or is larger than `limit`
// bytes.
[[nodiscard]] std::string read_file(const std::filesystem::path& path,
                                    std::size_t limit = std::size_t{1} << 32);

// A file or standard input, read piece by piece.
class InputFile {
 public:
  // Throws as read_file() does.
  explicit InputFile(const std::filesystem::path& path);
  [[nodiscard]] static InputFile standard_input();
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // Fills `to` unless the file ends before; how many bytes came. Throws Error(kFile).
  [[nodiscard]] std::size_t read(std::span<char> to);
  // In bytes; 0 where nobody knows, as of a pipe.
  [[nodiscard]] std::size_t size() const { return size_; }
  // The path, or "standard input".
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  InputFile(int descriptor, std::string name);

  int descriptor_;
  std::string name_;
  std::size_t size_ = 0;
};

// A new folder; parents are made as needed. Throws Error(kFile) with the reason.
void make_folder(const std::filesystem::path& path);

}  // namespace gradus
