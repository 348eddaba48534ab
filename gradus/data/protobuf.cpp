#include "gradus/data/protobuf.h"

#include <fmt/format.h>

#include <bit>

#include "gradus/core/error.h"

namespace gradus::protobuf {

namespace {

constexpr std::size_t kMostNumbers = 100'000;  // in memory each takes eight times its byte
constexpr std::uint64_t kMostFields = (std::uint64_t{1} << 29) - 1;

// Seven bits a byte, the top bit says that more follow.
void add_base128(std::string& message, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) message += static_cast<char>((value & 0x7f) | 0x80);
  message += static_cast<char>(value);
}

void add_key(std::string& message, std::uint32_t field, WireType type) {
  add_base128(message, std::uint64_t{field} << 3 | static_cast<std::uint64_t>(type));
}

}  // namespace

void add_fixed(std::string& message, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) message += static_cast<char>(value >> (8 * i) & 0xff);
}

void add_varint(std::string& message, std::uint32_t field, std::uint64_t value) {
  add_key(message, field, WireType::kVarint);
  add_base128(message, value);
}

void add_float(std::string& message, std::uint32_t field, float value) {
  add_key(message, field, WireType::kFourBytes);
  add_fixed(message, std::bit_cast<std::uint32_t>(value), 4);
}

void add_double(std::string& message, std::uint32_t field, double value) {
  add_key(message, field, WireType::kEightBytes);
  add_fixed(message, std::bit_cast<std::uint64_t>(value), 8);
}

void add_bytes(std::string& message, std::uint32_t field, std::string_view bytes) {
  add_key(message, field, WireType::kLengthDelimited);
  add_base128(message, bytes.size());
  message += bytes;
}

void MessageReader::fail(const std::string& what) const {
  throw Error(ErrorCode::kBadData,
              fmt::format("reading {}: {} is damaged: {}; get the file again", source_, name_, what));
}

std::uint64_t MessageReader::varint() {
  const std::size_t begin = at_;
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (at_ == message_.size()) fail(fmt::format("it ends inside the number at byte {}", begin));
    const auto byte = static_cast<unsigned char>(message_[at_++]);
    if (shift == 63 && byte > 1) break;
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  fail(fmt::format("the number at byte {} has more than 64 bits", begin));
}

std::uint64_t MessageReader::fixed(std::size_t bytes) {
  if (bytes > message_.size() - at_) fail(fmt::format("it ends inside the number at byte {}", at_));
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(message_[at_ + i])} << (8 * i);
  at_ += bytes;
  return value;
}

std::optional<Field> MessageReader::next() {
  if (at_ == message_.size()) return std::nullopt;
  const std::size_t begin = at_;
  const std::uint64_t key = varint();
  if (key >> 3 == 0 || key >> 3 > kMostFields)
    fail(fmt::format("there is no field {} (byte {})", key >> 3, begin));
  Field field{.number = static_cast<std::uint32_t>(key >> 3), .type = static_cast<WireType>(key & 7)};
  switch (field.type) {
    case WireType::kVarint:
      field.value = varint();
      return field;
    case WireType::kEightBytes:
      field.value = fixed(8);
      return field;
    case WireType::kFourBytes:
      field.value = fixed(4);
      return field;
    case WireType::kLengthDelimited: {
      const std::uint64_t length = varint();
      if (length > message_.size() - at_) {
        fail(fmt::format("the {} bytes of field {} at byte {} reach beyond its {}", length, field.number, at_,
                         message_.size()));
      }
      field.bytes = message_.substr(at_, length);
      at_ += length;
      return field;
    }
  }
  fail(fmt::format("there is no wire type {} (byte {})", key & 7, begin));
}

std::uint64_t MessageReader::number(const Field& field) const {
  if (field.type == WireType::kLengthDelimited) fail(fmt::format("field {} is no number", field.number));
  return field.value;
}

std::string_view MessageReader::bytes(const Field& field) const {
  if (field.type != WireType::kLengthDelimited) fail(fmt::format("field {} is a number", field.number));
  return field.bytes;
}

void MessageReader::check_varints() {
  while (at_ < message_.size()) (void)varint();
}

std::vector<std::uint64_t> MessageReader::numbers(const Field& field) const {
  if (field.type != WireType::kLengthDelimited) return {field.value};
  std::vector<std::uint64_t> values;
  MessageReader packed(field.bytes, "a list of numbers", source_);
  while (packed.at_ < field.bytes.size()) {
    if (values.size() == kMostNumbers) packed.fail(fmt::format("it has more than {} numbers", kMostNumbers));
    values.push_back(packed.varint());
  }
  return values;
}

}  // namespace gradus::protobuf
