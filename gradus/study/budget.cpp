#include "gradus/study/budget.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "gradus/core/error.h"

namespace gradus::study {
namespace {

double seconds_of(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    default:
      return 0;
  }
}

}  // namespace

Budget parse_budget(std::string_view text) {
  Budget budget;
  double seconds = 0;
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  bool understood = at != end;
  while (understood && at != end) {
    double number = 0;
    const auto [after, error] = std::from_chars(at, end, number);
    const std::string_view rest(after, static_cast<std::size_t>(end - after));
    understood = error == std::errc() && std::isfinite(number) && number >= 0 && !rest.empty();
    if (!understood) break;
    if (at == text.data() && (rest == " runs" || rest == " run" || rest == "runs") &&
        number == std::floor(number) && number >= 1 && number < 1e9) {
      budget.runs = static_cast<std::size_t>(number);
      return budget;
    }
    understood = seconds_of(rest.front()) > 0;
    seconds += number * seconds_of(rest.front());
    at = after + 1;
  }
  if (!understood || !(seconds > 0)) {
    throw Error(
        ErrorCode::kBadConfiguration,
        fmt::format(
            "budget: got '{}'; expected a time such as 90s, 10m or 1h30m, or a number such as 200 runs",
            text));
  }
  budget.seconds = seconds;
  return budget;
}

}  // namespace gradus::study
