// Preloaded into a program, this library makes calls of the C library fail, counted from the begin of main():
//
//   GRADUS_FAULT=KIND:N:ERROR    the N-th call (from 1) of that kind fails with that errno; N+ this one and all later ones
//   GRADUS_FAULT=KIND:N:0        it does half of what it was asked for (read, write)
//   GRADUS_FAULT_STATE=FILE      a file of sizeof(State) zeros: how many calls there were, and what failed
//   GRADUS_FAULT_LOG=FILE        what was done to files that were opened for writing, with the bytes, in order
//
//   GRADUS_FAULT_SITES=FILE      for each call of KIND a number of 64 bits that tells from where it was called
//
// KIND is alloc, map, open, read, write, stream (fread, fwrite, fflush), sync, name (rename, mkdir) or thread. Nothing here
// allocates; what is written here goes through system calls of its own.
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace {

enum Kind { kAlloc, kMap, kOpen, kRead, kWrite, kStream, kSync, kName, kThread, kKinds };
constexpr const char* kNames[kKinds] = {"alloc",  "map",  "open", "read",  "write",
                                        "stream", "sync", "name", "thread"};

// Read by tests/faults/injection.py, also of a program that died.
struct State {
  std::atomic<std::uint64_t> calls[kKinds];
  std::atomic<std::uint64_t> failed;
  char subject[4096];  // the path that the first failed call was about, where it had one
};

State nowhere;
State* state = &nowhere;
std::atomic<bool> counting = false;
int fault_kind = -1;
int fault_error = 0;
bool fault_stays = false;
std::uint64_t fault_number = 0;
int log_file = -1;
int sites_file = -1;
std::atomic_flag log_busy = ATOMIC_FLAG_INIT;

template <class Function>
Function next(Function, const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int raw_open(const char* path, int flags, mode_t mode) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

// The file behind a descriptor; its end is a zero.
void name_of(int descriptor, char (&path)[PATH_MAX]) {
  char link[64];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = '\0';
}

void remember(const char* path, int descriptor) {
  char name[PATH_MAX] = "";
  if (path == nullptr && descriptor >= 0) {
    name_of(descriptor, name);
    path = name;
  }
  if (path != nullptr) std::snprintf(state->subject, sizeof state->subject, "%s", path);
}

// The callers, hashed by FNV-1a: calls from one place in one way have the same number.
void put_site() {
  void* callers[32];
  const int count = backtrace(callers, 32);
  std::uint64_t site = 0xcbf29ce484222325;
  for (int i = 0; i < count; ++i)
    site = (site ^ reinterpret_cast<std::uintptr_t>(callers[i])) * 0x100000001b3;
  [[maybe_unused]] const long written = syscall(SYS_write, sites_file, &site, sizeof site);
}

// Whether this call is one that shall fail.
bool strikes(Kind kind, const char* path = nullptr, int descriptor = -1) {
  if (!counting.load(std::memory_order_relaxed)) return false;
  const std::uint64_t number = ++state->calls[kind];
  if (sites_file >= 0 && kind == fault_kind) put_site();
  if (kind != fault_kind || number < fault_number || (number > fault_number && !fault_stays)) return false;
  if (++state->failed == 1) remember(path, descriptor);
  return true;
}

bool fails(Kind kind, const char* path = nullptr, int descriptor = -1) {
  if (!strikes(kind, path, descriptor)) return false;
  errno = fault_error;
  return true;
}

// How much of `size` to do; negative: the call fails.
ssize_t granted(Kind kind, int descriptor, size_t size) {
  if (!strikes(kind, nullptr, descriptor)) return static_cast<ssize_t>(size);
  if (fault_error == 0) return static_cast<ssize_t>((size + 1) / 2);
  errno = fault_error;
  return -1;
}

void put(const void* bytes, size_t size) {
  [[maybe_unused]] const long written = syscall(SYS_write, log_file, bytes, size);
}

void put_hex(const unsigned char* bytes, size_t size) {
  char text[4096];
  size_t filled = 0;
  for (size_t i = 0; i < size; ++i) {
    text[filled++] = "0123456789abcdef"[bytes[i] >> 4];
    text[filled++] = "0123456789abcdef"[bytes[i] & 15];
    if (filled == sizeof text) put(text, std::exchange(filled, 0));
  }
  put(text, filled);
}

// A line of the log: words between tabs.
class Line {
 public:
  Line() : error_(errno) {
    while (log_busy.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~Line() {
    put("\n", 1);
    log_busy.clear(std::memory_order_release);
    errno = error_;
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;
  Line& word(const char* text) {
    put(text, std::strlen(text));
    put("\t", 1);
    return *this;
  }
  Line& file(int descriptor) {
    char path[PATH_MAX];
    name_of(descriptor, path);
    return word(path);
  }
  Line& number(long long value) {
    char text[32];
    std::snprintf(text, sizeof text, "%lld", value);
    return word(text);
  }

 private:
  int error_;
};

bool logged() {
  return log_file >= 0 && counting.load(std::memory_order_relaxed);
}

// `offset` below 0: where the file stands.
void log_write(int descriptor, const void* bytes, ssize_t done, long long offset) {
  if (!logged() || done <= 0 || descriptor <= STDERR_FILENO) return;
  if (offset < 0) offset = syscall(SYS_lseek, descriptor, 0, SEEK_CUR) - done;
  Line line;
  line.word("write").file(descriptor).number(offset);
  put_hex(static_cast<const unsigned char*>(bytes), static_cast<size_t>(done));
}

int open_file(const char* path, int flags, mode_t mode) {
  if (fails(kOpen, path)) return -1;
  const int descriptor = raw_open(path, flags, mode);
  if (logged() && descriptor >= 0 && (flags & O_ACCMODE) != O_RDONLY)
    Line().word("open").file(descriptor).word((flags & O_TRUNC) != 0 ? "truncated" : "");
  return descriptor;
}

std::FILE* open_stream(const char* path, const char* mode) {
  if (fails(kOpen, path)) return nullptr;
  static const auto call = next(std::fopen, "fopen");
  return call(path, mode);
}

void* map(void* address, size_t size, int protection, int flags, int descriptor, off_t offset) {
  if (fails(kMap, nullptr, descriptor)) return MAP_FAILED;
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, descriptor, offset));
}

int rename_file(const char* from, const char* to) {
  if (fails(kName, to)) return -1;
  const int result = static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
  if (logged() && result == 0) Line().word("rename").word(from).word(to);
  return result;
}

int remove_file(int folder, const char* path, int flags) {
  const int result = static_cast<int>(syscall(SYS_unlinkat, folder, path, flags));
  if (logged() && result == 0) Line().word("unlink").word(path);
  return result;
}

int sync_file(int descriptor, long number) {
  if (fails(kSync, nullptr, descriptor)) return -1;
  const int result = static_cast<int>(syscall(number, descriptor));
  if (logged() && result == 0) Line().word("sync").file(descriptor);
  return result;
}

void choose_fault(const char* text) {
  const char* colon = std::strchr(text, ':');
  if (colon == nullptr) return;
  for (int kind = 0; kind < kKinds; ++kind) {
    const size_t length = std::strlen(kNames[kind]);
    if (length == static_cast<size_t>(colon - text) && std::strncmp(text, kNames[kind], length) == 0)
      fault_kind = kind;
  }
  char* end = nullptr;
  fault_number = std::strtoull(colon + 1, &end, 10);
  fault_stays = *end == '+';
  fault_error = std::atoi(std::strchr(end, ':') + 1);
}

void get_ready() {
  if (const char* file = std::getenv("GRADUS_FAULT_STATE")) {
    const int descriptor = raw_open(file, O_RDWR | O_CLOEXEC, 0);
    const long place =
        syscall(SYS_mmap, nullptr, sizeof(State), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (place > 0 || place < -4096) state = reinterpret_cast<State*>(place);
    syscall(SYS_close, descriptor);
  }
  if (const char* file = std::getenv("GRADUS_FAULT_LOG"))
    log_file = raw_open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (const char* file = std::getenv("GRADUS_FAULT_SITES")) {
    sites_file = raw_open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    put_site();  // the first backtrace allocates
    syscall(SYS_ftruncate, sites_file, 0);
    syscall(SYS_lseek, sites_file, 0, SEEK_SET);
  }
  if (const char* fault = std::getenv("GRADUS_FAULT")) choose_fault(fault);
}

using Main = int (*)(int, char**, char**);
Main real_main = nullptr;

int counted_main(int count, char** arguments, char** environment) {
  counting = true;
  const int status = real_main(count, arguments, environment);
  counting = false;
  return status;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

int __libc_start_main(Main program, int count, char** arguments, void (*begin)(), void (*end)(),
                      void (*leave)(), void* stack) {
  get_ready();
  real_main = program;
  static const auto call = next(&__libc_start_main, "__libc_start_main");
  return call(counted_main, count, arguments, begin, end, leave, stack);
}

void* malloc(size_t size) noexcept {
  return fails(kAlloc) ? nullptr : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
  return fails(kAlloc) ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* memory, size_t size) noexcept {
  return fails(kAlloc) ? nullptr : __libc_realloc(memory, size);
}
void* memalign(size_t alignment, size_t size) noexcept {
  return fails(kAlloc) ? nullptr : __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return memalign(alignment, size);
}
int posix_memalign(void** memory, size_t alignment, size_t size) noexcept {
  if (fails(kAlloc)) return ENOMEM;
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

void* mmap(void* address, size_t size, int protection, int flags, int descriptor, off_t offset) noexcept {
  return map(address, size, protection, flags, descriptor, offset);
}
void* mmap64(void* address, size_t size, int protection, int flags, int descriptor, off_t offset) noexcept {
  return map(address, size, protection, flags, descriptor, offset);
}

int open(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_file(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  const mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open_file(path, flags, mode);
}
std::FILE* fopen(const char* path, const char* mode) {
  return open_stream(path, mode);
}
std::FILE* fopen64(const char* path, const char* mode) {
  return open_stream(path, mode);
}

ssize_t read(int descriptor, void* bytes, size_t size) {
  const ssize_t part = granted(kRead, descriptor, size);
  return part < 0 ? part : syscall(SYS_read, descriptor, bytes, part);
}
ssize_t pread(int descriptor, void* bytes, size_t size, off_t offset) {
  const ssize_t part = granted(kRead, descriptor, size);
  return part < 0 ? part : syscall(SYS_pread64, descriptor, bytes, part, offset);
}
ssize_t pread64(int descriptor, void* bytes, size_t size, off_t offset) {
  return pread(descriptor, bytes, size, offset);
}
size_t fread(void* bytes, size_t size, size_t count, std::FILE* stream) {
  static const auto call = next(std::fread, "fread");
  if (!fails(kStream, nullptr, fileno(stream))) return call(bytes, size, count, stream);
  stream->_flags |= 0x20;  // what ferror() looks at
  return 0;
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  const ssize_t part = granted(kWrite, descriptor, size);
  if (part < 0) return part;
  const ssize_t done = syscall(SYS_write, descriptor, bytes, part);
  log_write(descriptor, bytes, done, -1);
  return done;
}
ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  const ssize_t part = granted(kWrite, descriptor, size);
  if (part < 0) return part;
  const ssize_t done = syscall(SYS_pwrite64, descriptor, bytes, part, offset);
  log_write(descriptor, bytes, done, offset);
  return done;
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off_t offset) {
  return pwrite(descriptor, bytes, size, offset);
}
ssize_t writev(int descriptor, const iovec* parts, int count) {
  return fails(kWrite, nullptr, descriptor) ? -1 : syscall(SYS_writev, descriptor, parts, count);
}
size_t fwrite(const void* bytes, size_t size, size_t count, std::FILE* stream) {
  static const auto call = next(std::fwrite, "fwrite");
  return stream != stderr && fails(kStream, nullptr, fileno(stream)) ? 0 : call(bytes, size, count, stream);
}
int fflush(std::FILE* stream) {
  static const auto call = next(std::fflush, "fflush");
  const bool counts = stream != nullptr && stream != stderr;
  return counts && fails(kStream, nullptr, fileno(stream)) ? EOF : call(stream);
}

int fsync(int descriptor) {
  return sync_file(descriptor, SYS_fsync);
}
int fdatasync(int descriptor) {
  return sync_file(descriptor, SYS_fdatasync);
}

int rename(const char* from, const char* to) noexcept {
  return rename_file(from, to);
}
int mkdir(const char* path, mode_t mode) noexcept {
  if (fails(kName, path)) return -1;
  return static_cast<int>(syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}
int unlink(const char* path) noexcept {
  return remove_file(AT_FDCWD, path, 0);
}
int unlinkat(int folder, const char* path, int flags) noexcept {
  return remove_file(folder, path, flags);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*work)(void*),
                   void* argument) noexcept {
  static const auto call = next(&pthread_create, "pthread_create");
  if (strikes(kThread)) return fault_error;
  return call(thread, attributes, work, argument);
}

}  // extern "C"
#pragma GCC visibility pop
