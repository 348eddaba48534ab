// A series as bytes: n steps as unsigned 64-bit numbers, then n values as doubles, all little-endian. Internal
// to the room.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gradus/runs/run_record.h"

namespace gradus::internal {

[[nodiscard]] std::vector<std::byte> pack_points(const Series& series);

// Nothing where the bytes cannot be points.
[[nodiscard]] std::optional<Series> unpack_points(const std::string& name, std::span<const std::byte> bytes);

// last, best, ... of its points; a series without points has those of `final` alone.
[[nodiscard]] SeriesFigures figures_of(const Series& series, std::optional<double> final);

}  // namespace gradus::internal
