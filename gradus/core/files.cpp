// Whole files by POSIX calls: only these tell the reason of a failure and can sync.
#include "gradus/core/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/pages.h"

namespace gradus {
namespace fs = std::filesystem;
namespace {

// Of the names of temporary files, around numbers.
constexpr const char* kTemporaryBegin = ".gradus-";
constexpr const char* kTemporaryEnd = ".tmp";

const char* advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "free some space and run again";
    case EACCES:
    case EPERM:
    case EROFS:
      return "check the permissions or choose another folder";
    case EFBIG:
      return "raise the limit on the size of files and run again";
    default:
      return "check the path";
  }
}

[[noreturn]] void fail(const char* doing, const fs::path& path, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  const ErrorCode code =
      missing && std::string_view(doing) == "reading" ? ErrorCode::kNotFound : ErrorCode::kFile;
  throw Error(code, std::string(doing) + " " + path.string() + ": " + std::generic_category().message(error) +
                        "; " + advice(error));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }
  // Errors of delayed writing come out here.
  [[nodiscard]] int close() { return ::close(std::exchange(number_, -1)); }

 private:
  int number_;
};

// A signal interrupts these calls on some file systems; they are made again. What failed otherwise is not tried a second
// time: after a failed fsync the next one may succeed without the bytes.
template <class Call>
int again_when_interrupted(const Call& call) {
  while (true) {
    const int result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

int open_file(const fs::path& path, int flags, mode_t mode = 0) {
  return again_when_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
}

int sync(int descriptor) {
  return again_when_interrupted([descriptor] { return ::fsync(descriptor); });
}

void sync_folder(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const Descriptor descriptor(open_file(folder, O_RDONLY | O_DIRECTORY));
  // A folder that may be written but not read cannot be opened, and some file systems cannot sync folders:
  // the file is whole anyway.
  if (!descriptor.valid()) return;
  if (sync(descriptor.get()) == 0 || errno == EINVAL) return;
  throw Error(ErrorCode::kFile, "writing " + file.string() +
                                    ": it is there and whole, but its folder could not be synced: " +
                                    std::generic_category().message(errno) +
                                    "; after a crash of the machine the old file may be back");
}

int open_to_read(const fs::path& path) {
  const int descriptor = open_file(path, O_RDONLY);
  if (descriptor < 0) fail("reading", path, errno);
  return descriptor;
}

// What is written to: a link stays a link, and what it points to is replaced. `mode` is that of an existing file.
fs::path target_of(const fs::path& path, std::optional<mode_t>& mode) {
  std::error_code error;
  fs::path target = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
  if (error && error != std::errc::no_such_file_or_directory) fail("writing", path, error.value());
  struct stat old {};
  if (::stat(target.c_str(), &old) != 0) return target;
  if (!S_ISREG(old.st_mode)) {
    throw Error(ErrorCode::kFile,
                "writing " + path.string() + ": it is not a regular file; choose another name");
  }
  mode = old.st_mode & 07777;
  return target;
}

// What the disk has, not the memory that was written from.
void forget_cached(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  ::close(file);
}

void require_content(const fs::path& path, std::string_view content) {
  forget_cached(path);
  InputFile file(path);
  bool same = file.size() == content.size();
  std::string piece(std::min(content.size(), std::size_t{1} << 20), '\0');
  while (same && !content.empty()) {
    const std::size_t count = file.read(piece);
    same = count > 0 && content.starts_with(std::string_view(piece).substr(0, count));
    if (same) content.remove_prefix(count);
  }
  if (same) return;
  throw Error(ErrorCode::kFile,
              "writing " + path.string() +
                  ": what is read back is not what was written; check the disk, or choose another folder");
}

}  // namespace

// A file that nobody sees until it is renamed, and that goes away when it is not.
class internal::TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target) : target_(target), descriptor_(open_beside(target)) {
    if (!descriptor_.valid()) fail("writing", target, errno);
  }
  ~TemporaryFile() {
    if (!renamed_) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void set_mode(mode_t mode) { check(::fchmod(descriptor_.get(), mode)); }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      check(written);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void write_at(std::size_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written =
          ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0 && errno == EINTR) continue;
      check(written);
      offset += static_cast<std::size_t>(written);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void rename_to_target(Durability durability, const fs::path& previous) {
    if (durability == Durability::kMachine) check(sync(descriptor_.get()));
    check(descriptor_.close());
    const bool keeps = !previous.empty() && ::access(target_.c_str(), F_OK) == 0;
    if (keeps) check(::rename(target_.c_str(), previous.c_str()));
    if (::rename(path_.c_str(), target_.c_str()) < 0) {
      const int error = errno;
      if (keeps) (void)::rename(previous.c_str(), target_.c_str());
      fail("writing", target_, error);
    }
    renamed_ = true;
  }

 private:
  int open_beside(const fs::path& target) {
    static std::atomic<unsigned> counter = 0;
    while (true) {
      path_ = target.parent_path() / (kTemporaryBegin + std::to_string(::getpid()) + "-" +
                                      std::to_string(counter++) + kTemporaryEnd);
      const int number = open_file(path_, O_WRONLY | O_CREAT | O_EXCL, 0666);
      if (number >= 0 || errno != EEXIST) return number;
    }
  }
  void check(ssize_t result) const {
    if (result < 0) fail("writing", target_, errno);
  }

  fs::path target_;
  fs::path path_;
  Descriptor descriptor_;
  bool renamed_ = false;
};

AtomicFile::AtomicFile(const fs::path& path) {
  std::optional<mode_t> mode;
  target_ = target_of(path, mode);
  file_ = std::make_unique<internal::TemporaryFile>(target_);
  if (mode) file_->set_mode(*mode);
}

AtomicFile::~AtomicFile() = default;

void AtomicFile::write(std::string_view piece) {
  write(std::as_bytes(std::span(piece)));
}

void AtomicFile::write(std::span<const std::byte> piece) {
  file_->write(piece);
}

void AtomicFile::write_at(std::size_t offset, std::span<const std::byte> piece) {
  file_->write_at(offset, piece);
}

void AtomicFile::commit(Durability durability, const fs::path& previous) {
  file_->rename_to_target(durability, previous);
  if (durability == Durability::kMachine) sync_folder(target_);
}

void write_file_atomically(const fs::path& path, std::string_view content, Durability durability) {
  write_file_atomically(path, std::as_bytes(std::span(content)), durability);
}

void write_file_atomically(const fs::path& path, std::span<const std::byte> content, Durability durability) {
  AtomicFile file(path);
  file.write(content);
  file.commit(durability);
}

void write_file_verified(const fs::path& path, const fs::path& previous, std::string_view content) {
  {
    AtomicFile file(path);
    file.write(content);
    file.commit(Durability::kMachine, previous);
  }
  std::error_code ignored;
  try {
    require_content(path, content);
  } catch (const Error&) {
    fs::rename(previous, path, ignored);
    if (ignored) fs::remove(path, ignored);
    throw;
  }
  fs::remove(previous, ignored);
}

void remove_temporary_files(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kTemporaryBegin) && name.ends_with(kTemporaryEnd)) fs::remove(entry.path(), ignored);
  }
}

void check_writable(const fs::path& path) {
  const AtomicFile file(path);  // goes away by itself
}

InputFile::InputFile(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) < 0) fail("reading", name_, errno);
  if (S_ISREG(status.st_mode)) size_ = static_cast<std::size_t>(status.st_size);
}

InputFile::InputFile(const fs::path& path) : InputFile(open_to_read(path), path.string()) {}

InputFile InputFile::standard_input() {
  return {::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), "standard input"};
}

InputFile::~InputFile() {
  ::close(descriptor_);
}

std::size_t InputFile::read(std::span<char> to) {
  std::size_t filled = 0;
  while (filled < to.size()) {
    const ssize_t count = ::read(descriptor_, to.data() + filled, to.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("reading", name_, errno);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

std::string read_file(const fs::path& path, std::size_t limit) {
  const Descriptor descriptor(open_to_read(path));
  struct stat status {};
  if (::fstat(descriptor.get(), &status) < 0) fail("reading", path, errno);

  // The size is only a hint: pipes have none, and a file may grow while it is read.
  std::string content;
  const auto expected = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  std::size_t filled = 0;
  while (filled <= limit) {
    if (filled == content.size()) {
      const std::size_t room = filled == 0 ? expected + 1 : filled + filled / 2 + 4096;
      const std::size_t size = std::min(room, limit < content.max_size() ? limit + 1 : limit);
      reserve_large(content, size);
      content.resize(size);
    }
    const ssize_t count = ::read(descriptor.get(), content.data() + filled, content.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("reading", path, errno);
    if (count == 0) {
      content.resize(filled);
      return content;
    }
    filled += static_cast<std::size_t>(count);
  }
  throw Error(ErrorCode::kFile, "reading " + path.string() + ": it is larger than " + std::to_string(limit) +
                                    " bytes; that much is read at most");
}

bool on_network_disk(const fs::path& path) {
  // The f_type of statfs(2), and of the drivers of Lustre and GPFS.
  constexpr std::array<std::uint32_t, 8> kNetwork = {0x6969,     0x517b,     0xff534d42, 0xfe534d42,
                                                     0x0bd00bd0, 0x47504653, 0x00c36400, 0x65735546};
  std::error_code ignored;
  fs::path there = fs::absolute(path, ignored);
  while (!fs::exists(there, ignored) && there.has_relative_path()) there = there.parent_path();
  struct statfs disk {};
  return ::statfs(there.c_str(), &disk) == 0 &&
         std::ranges::find(kNetwork, static_cast<std::uint32_t>(disk.f_type)) != kNetwork.end();
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) fail("making the folder", path, error.value());
}

}  // namespace gradus
