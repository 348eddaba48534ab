// Event files of TensorBoard, as far as scalars need them: TFRecord frames around Event messages.
//
//   frame = length (8 bytes) | masked crc32c of them (4) | message | masked crc32c of the message (4)
//   Event = 1: wall_time double | 2: step int64 | 3: file_version string | 5: summary
//   Summary = 1: Value { 1: tag string | 2: simple_value float }
//
// All numbers are little-endian; masked is crc rotated right by 15 bits plus 0xa282ead8. Written after
// tensorflow/core/util/event.proto, framework/summary.proto and lib/io/record_writer.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "gradus/runs/run_record.h"

namespace gradus {

// CRC-32C (Castagnoli), as iSCSI has it: of "123456789" 0xe3069283.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

// The content of an event file with a scalar per series; the tag "validation_loss" becomes "loss/validation",
// so that the parts of a run share a chart. The points' times lie evenly between `started` and `finished`
// (seconds since 1970). Single precision is all that the format has.
[[nodiscard]] std::string tensorboard_events(std::span<const Series> series, double started, double finished);

}  // namespace gradus
