// What each example works out. Internal to the room.
#pragma once

#include "gradus/study/examples.h"

namespace gradus::study::internal {

[[nodiscard]] ExampleFigures radboud_numbers();

[[nodiscard]] ExampleFigures vu_q3();
[[nodiscard]] ExampleFigures vu_q3_asymmetric();

[[nodiscard]] std::vector<Metric> double_jacobian_figures();
[[nodiscard]] ExampleFigures double_jacobian(const SetUp& set_up);

}  // namespace gradus::study::internal
