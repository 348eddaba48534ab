#include "gradus/runs/tensorboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>

namespace gradus {
namespace {

// A decoder of its own, by the documents of TFRecord and protobuf; checksums bit by bit.
std::uint32_t slow_crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
  }
  return crc ^ 0xffffffff;
}

template <class T>
T take(std::string_view& bytes) {
  T value{};
  EXPECT_GE(bytes.size(), sizeof(T));
  std::memcpy(&value, bytes.data(), sizeof(T));
  bytes.remove_prefix(sizeof(T));
  return value;
}

std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = take<std::uint8_t>(bytes);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
}

// Field number to its bytes (or to the number, for a varint).
std::map<std::uint64_t, std::string> message(std::string_view bytes) {
  std::map<std::uint64_t, std::string> found;
  while (!bytes.empty()) {
    const std::uint64_t key = take_varint(bytes);
    std::size_t size = 0;
    switch (key & 7) {
      case 0:
        found[key >> 3] = std::to_string(take_varint(bytes));
        continue;
      case 1:
        size = 8;
        break;
      case 5:
        size = 4;
        break;
      default:
        EXPECT_EQ(key & 7, 2u);
        size = take_varint(bytes);
    }
    EXPECT_LE(size, bytes.size());
    found[key >> 3] = std::string(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return found;
}

std::vector<std::string> frames(std::string_view file) {
  std::vector<std::string> found;
  const auto masked = [](std::string_view bytes) {
    const std::uint32_t crc = slow_crc32c(bytes);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
  };
  while (!file.empty()) {
    const std::string_view length_bytes = file.substr(0, 8);
    const auto length = take<std::uint64_t>(file);
    EXPECT_EQ(take<std::uint32_t>(file), masked(length_bytes));
    found.emplace_back(file.substr(0, length));
    file.remove_prefix(length);
    EXPECT_EQ(take<std::uint32_t>(file), masked(found.back()));
  }
  return found;
}

template <class T>
T number(std::string_view bytes) {
  return take<T>(bytes);
}

TEST(TensorBoard, ChecksumsAreTheOnesOfTheStandard) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aa);  // RFC 3720, B.4
}

TEST(TensorBoard, AnotherDecoderReadsTheSameScalars) {
  const std::vector<Series> series = {{"validation_loss", {100, 200}, {0.5, 0.25}},
                                      {"step_loss", {300}, {7}}};
  const std::vector<std::string> events = frames(tensorboard_events(series, 1000, 1003));
  ASSERT_EQ(events.size(), 4u);
  const auto version = message(events[0]);
  EXPECT_EQ(version.at(3), "brain.Event:2");
  EXPECT_EQ(number<double>(version.at(1)), 1000);

  const auto second = message(events[2]);
  EXPECT_EQ(second.at(2), "200");
  EXPECT_EQ(number<double>(second.at(1)), 1002);
  const auto value = message(message(second.at(5)).at(1));
  EXPECT_EQ(value.at(1), "loss/validation");
  EXPECT_EQ(number<float>(value.at(2)), 0.25F);
  EXPECT_EQ(message(message(message(events[3]).at(5)).at(1)).at(1), "step_loss");
}

}  // namespace
}  // namespace gradus
