// Deflated data, piece by piece: gzip files (or raw ones, passed through) and the raw deflate streams inside
// zip files. Nothing here asks for memory in proportion to what a file claims.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace gradus {

// Deflate cannot shrink data more than this: 258 bytes from 2 bits.
inline constexpr std::uint64_t kDeflateRatio = 1032;

// Bytes that begin with 1f 8b are gzip (one member or several), all others are taken as they are. One thread
// at a time.
class GzipReader {
 public:
  // Throws Error(kNotFound) or Error(kFile).
  explicit GzipReader(const std::filesystem::path& path);
  // Of bytes that outlive the reader; `source` stands in messages.
  GzipReader(std::string_view bytes, const std::string& source);
  ~GzipReader();
  GzipReader(GzipReader&&) noexcept;

  // Fills `out` as far as the content reaches and returns how many bytes that were; fewer only at its end.
  // Throws Error(kBadData) where the gzip data are cut short or damaged, Error(kFile) where reading fails.
  [[nodiscard]] std::size_t read(std::span<std::byte> out);

  [[nodiscard]] bool compressed() const;
  // An upper bound of the bytes that can come out, from the size of the file.
  [[nodiscard]] std::uint64_t capacity() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Inflates a raw deflate stream that has to give exactly `size` bytes into `out`; false where it does not or is damaged. Memory
// is touched as the bytes come: a size that is a lie costs none.
[[nodiscard]] bool inflate_raw(std::string_view compressed, std::size_t size, std::string& out);

}  // namespace gradus
