// The style sheet of the HTML report.
#pragma once

#include <string_view>

namespace gradus::report {

// Light and dark as the reader prefers, dark only on screens; from 360 to 2,560 pixels; A4.
[[nodiscard]] std::string_view html_style();

}  // namespace gradus::report
