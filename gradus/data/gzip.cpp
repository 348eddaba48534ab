#include "gradus/data/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/core/pages.h"

namespace gradus {
namespace {

constexpr std::size_t kChunk = std::size_t{1} << 16;
constexpr int kGzipOnly = MAX_WBITS + 16;

[[noreturn]] void fail(ErrorCode code, const std::string& source, const std::string& what) {
  throw Error(code, "reading " + source + ": " + what);
}

uInt limited(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

}  // namespace

struct GzipReader::State {
  std::string source;
  std::optional<InputFile> file;  // none when reading from memory
  std::string_view memory;        // what is left of it
  std::uint64_t size = 0;         // of the file
  std::uint64_t fetched = 0;      // bytes of it taken into `chunk`
  std::array<Bytef, kChunk> chunk;
  z_stream stream{};
  bool compressed = false;
  bool inside_member = false;

  ~State() {
    if (compressed) inflateEnd(&stream);
  }

  // The next bytes of the file or memory, as they are; 0 at its end.
  std::size_t take(std::span<std::byte> out) {
    std::size_t count = 0;
    if (file) {
      count = file->read({reinterpret_cast<char*>(out.data()), out.size()});
    } else {
      count = memory.copy(reinterpret_cast<char*>(out.data()), out.size());
      memory.remove_prefix(count);
    }
    fetched += count;
    return count;
  }

  // More input where there is any; true when some is waiting.
  bool refill() {
    if (stream.avail_in > 0) return true;
    stream.next_in = chunk.data();
    stream.avail_in = static_cast<uInt>(take(std::as_writable_bytes(std::span(chunk))));
    return stream.avail_in > 0;
  }

  void start() {
    refill();
    compressed = starts_member();
    if (!compressed) return;
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
    inside_member = true;
  }

  [[nodiscard]] bool starts_member() const {
    return stream.avail_in >= 2 && stream.next_in[0] == 0x1f && stream.next_in[1] == 0x8b;
  }

  std::size_t copy_raw(std::span<std::byte> out) {
    if (stream.avail_in == 0 && out.size() >= kChunk) return take(out);
    if (!refill()) return 0;
    const std::size_t count = std::min<std::size_t>(stream.avail_in, out.size());
    std::memcpy(out.data(), stream.next_in, count);
    stream.next_in += count;
    stream.avail_in -= static_cast<uInt>(count);
    return count;
  }

  // False behind the last member.
  bool next_member() {
    if (!refill()) return false;
    // The two magic bytes may lie on both sides of a chunk's end: inflate itself then looks at them.
    if (stream.avail_in >= 2 && !starts_member()) {
      fail(ErrorCode::kBadData, source,
           "other bytes follow the gzip data at byte " + position() + "; get the file again");
    }
    inflateReset2(&stream, kGzipOnly);
    inside_member = true;
    return true;
  }

  std::size_t inflate_some(std::span<std::byte> out) {
    if (!inside_member && !next_member()) return 0;
    const uInt room = limited(out.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = room;
    while (stream.avail_out == room && inside_member) {
      if (!refill()) {
        fail(ErrorCode::kBadData, source,
             "the gzip data are cut short at byte " + position() + "; get the file again");
      }
      const int status = inflate(&stream, Z_NO_FLUSH);
      if (status == Z_MEM_ERROR) throw std::bad_alloc();
      if (status == Z_STREAM_END) {
        inside_member = false;
      } else if (status != Z_OK && status != Z_BUF_ERROR) {
        fail(ErrorCode::kBadData, source,
             "the gzip data are damaged near byte " + position() + " (" +
                 (stream.msg != nullptr ? stream.msg : "not deflate") + "); get the file again");
      }
    }
    return room - stream.avail_out;
  }

  [[nodiscard]] std::string position() const { return std::to_string(fetched - stream.avail_in); }
};

GzipReader::GzipReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  state_->source = path.string();
  state_->file.emplace(path);
  state_->size = state_->file->size();  // without one (a pipe) any declared size counts as too large
  state_->start();
}

GzipReader::GzipReader(std::string_view bytes, const std::string& source)
    : state_(std::make_unique<State>()) {
  state_->source = source;
  state_->memory = bytes;
  state_->size = bytes.size();
  state_->start();
}

GzipReader::~GzipReader() = default;
GzipReader::GzipReader(GzipReader&&) noexcept = default;

std::size_t GzipReader::read(std::span<std::byte> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const std::span<std::byte> rest = out.subspan(filled);
    const std::size_t count = state_->compressed ? state_->inflate_some(rest) : state_->copy_raw(rest);
    // A member may be empty: only the end of the input ends the content. Within one there is always more, or an error.
    if (count == 0 && !state_->refill()) break;
    filled += count;
  }
  return filled;
}

bool GzipReader::compressed() const {
  return state_->compressed;
}

std::uint64_t GzipReader::capacity() const {
  return state_->compressed ? state_->size * kDeflateRatio : state_->size;
}

bool inflate_raw(std::string_view compressed, std::size_t size, std::string& out) {
  constexpr std::size_t kPiece = std::size_t{1} << 22;
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);

  Bytef spare = 0;  // one byte of room behind `out` shows a stream that is too long
  std::size_t filled = 0;
  out.clear();
  reserve_large(out, size);
  int status = Z_OK;
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
      stream.avail_in = limited(compressed.size());
      compressed.remove_prefix(stream.avail_in);
    }
    if (filled == out.size()) out.resize(std::min(size, filled + kPiece));
    const uInt room = filled < out.size() ? limited(out.size() - filled) : 1;
    stream.next_out = filled < out.size() ? reinterpret_cast<Bytef*>(out.data() + filled) : &spare;
    stream.avail_out = room;
    status = inflate(&stream, Z_NO_FLUSH);
    filled += room - stream.avail_out;
    if (filled > size) return false;
  }
  return status == Z_STREAM_END && filled == size && stream.avail_in == 0 && compressed.empty();
}

}  // namespace gradus
