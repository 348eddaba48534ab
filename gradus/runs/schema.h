// The tables of the store, and how an older store becomes one of today. docs/store.md describes them. Internal
// to the room.
#pragma once

#include <span>
#include <string_view>

#include "gradus/runs/sqlite.h"

namespace gradus::internal {

// Step v leads from version v to v + 1; version 0 is an empty file. Only ever appended to.
[[nodiscard]] std::span<const std::string_view> schema_steps();

// Brings the database to version steps.size(), in one transaction; several processes may try at once. Throws
// Error(kUnsupported) for a newer one and Error(kFile) for another program's.
void migrate(const Database& database, std::span<const std::string_view> steps);

}  // namespace gradus::internal
