// A query in SQL. Internal to the room.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gradus/runs/run_query.h"

namespace gradus::internal {

struct Selection {
  std::string joins;  // further tables that the conditions and the order need
  std::string where;  // "" or " WHERE ..."
  std::string order;  // " ORDER BY ..."
  std::vector<std::variant<std::int64_t, double, std::string>> values;  // of the question marks, in order
};

// `runs` is called r; `series` are all names that the store knows, each with its number. Throws
// Error(kInvalidArgument) for what cannot be understood, naming the nearest that can.
[[nodiscard]] Selection select(const RunQuery& query,
                               const std::vector<std::pair<std::string, std::int64_t>>& series);

// The number of a series, by the name that a person typed.
[[nodiscard]] std::int64_t find_series(std::string_view typed,
                                       const std::vector<std::pair<std::string, std::int64_t>>& series);

}  // namespace gradus::internal
