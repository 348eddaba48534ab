// The wire format of protobuf messages, as far as event files and ONNX need it, after
// protobuf.dev/programming-guides/encoding:
//
//   message = { key varint | value }, key = field << 3 | wire type
//   value   = 0: varint | 1: 8 bytes | 2: length varint, bytes | 5: 4 bytes        (little-endian)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::protobuf {

enum class WireType : std::uint8_t { kVarint = 0, kEightBytes = 1, kLengthDelimited = 2, kFourBytes = 5 };

// The low `bytes` bytes of a number, without a key.
void add_fixed(std::string& message, std::uint64_t value, int bytes);

void add_varint(std::string& message, std::uint32_t field, std::uint64_t value);
void add_float(std::string& message, std::uint32_t field, float value);
void add_double(std::string& message, std::uint32_t field, double value);
// Texts, bytes and messages.
void add_bytes(std::string& message, std::uint32_t field, std::string_view bytes);

struct Field {
  std::uint32_t number = 0;
  WireType type = WireType::kVarint;
  std::uint64_t value = 0;   // of a number, by its bits
  std::string_view bytes{};  // of what has a length: a view into the message
};

// Field after field of one message; nothing is copied, and nothing outside of the message is touched. Throws
// Error(kBadData) naming `source`, the message's `name` and the byte within it: cut short, a length beyond the end, a
// number of more than 64 bits, a wire type that is none.
class MessageReader {
 public:
  // All three must outlive it.
  MessageReader(std::string_view message, std::string_view name, const std::string& source)
      : message_(message), name_(name), source_(source) {}

  // Empty behind the last one.
  [[nodiscard]] std::optional<Field> next();
  // What the message's fields say is wrong, in the reader's words.
  [[noreturn]] void fail(const std::string& what) const;

  // A field's value, which must be of that type.
  [[nodiscard]] std::uint64_t number(const Field& field) const;
  [[nodiscard]] std::string_view bytes(const Field& field) const;
  // That all of the message is numbers of variable length, one behind the other.
  void check_varints();
  // Of a repeated whole number, which stands alone or packed with others.
  [[nodiscard]] std::vector<std::uint64_t> numbers(const Field& field) const;

 private:
  std::uint64_t varint();
  std::uint64_t fixed(std::size_t bytes);

  std::string_view message_;
  std::string_view name_;
  const std::string& source_;
  std::size_t at_ = 0;
};

}  // namespace gradus::protobuf
