// The message of a number out of its range.
#include "gradus/optim/setting.h"

#include <fmt/format.h>

#include "gradus/core/error.h"

namespace gradus::internal {

void check_setting(std::string_view owner, std::string_view field, double value, const SettingRange& range) {
  if (range.contains(value)) return;
  throw Error(ErrorCode::kBadConfiguration,
              fmt::format("checking the {}: {} is {}; expected {}", owner, field, value, range.text));
}

}  // namespace gradus::internal
