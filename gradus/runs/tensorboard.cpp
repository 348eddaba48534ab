#include "gradus/runs/tensorboard.h"

#include <algorithm>
#include <array>
#include <bit>

#include "gradus/data/protobuf.h"

namespace gradus {

namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = crc;
  }
  return table;
}

std::string event(double wall_time, std::uint64_t step) {
  std::string message;
  protobuf::add_double(message, 1, wall_time);
  protobuf::add_varint(message, 2, step);
  return message;
}

std::string scalar_event(double wall_time, std::uint64_t step, std::string_view tag, double value) {
  std::string scalar;
  protobuf::add_bytes(scalar, 1, tag);
  protobuf::add_float(scalar, 2, static_cast<float>(value));
  std::string summary;
  protobuf::add_bytes(summary, 1, scalar);
  std::string message = event(wall_time, step);
  protobuf::add_bytes(message, 5, summary);
  return message;
}

std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xa282ead8U;
}

void add_frame(std::string& file, std::string_view message) {
  std::string length;
  protobuf::add_fixed(length, message.size(), 8);
  file += length;
  protobuf::add_fixed(file, masked_crc(length), 4);
  file += message;
  protobuf::add_fixed(file, masked_crc(message), 4);
}

// "validation_loss" as "loss/validation".
std::string tag_of(const std::string& series) {
  for (const std::string_view part : {"train_", "validation_", "test_"}) {
    if (series.starts_with(part)) {
      return series.substr(part.size()) + "/" + std::string(part.substr(0, part.size() - 1));
    }
  }
  return series;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_crc_table();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
  return ~crc;
}

std::string tensorboard_events(std::span<const Series> series, double started, double finished) {
  std::string version = event(started, 0);
  protobuf::add_bytes(version, 3, "brain.Event:2");
  std::string file;
  add_frame(file, version);

  std::uint64_t last_step = 1;
  for (const Series& one : series) {
    for (const std::uint64_t step : one.steps) last_step = std::max(last_step, step);
  }
  for (const Series& one : series) {
    const std::string tag = tag_of(one.name);
    for (std::size_t i = 0; i < one.steps.size(); ++i) {
      const double share = static_cast<double>(one.steps[i]) / static_cast<double>(last_step);
      const double time = started + share * std::max(0.0, finished - started);
      add_frame(file, scalar_event(time, one.steps[i], tag, one.values[i]));
    }
  }
  return file;
}

}  // namespace gradus
