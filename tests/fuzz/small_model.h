// A trained model of a table with a number and a category, for targets that need one beside their input.
#pragma once

#include "gradus/formats/model.h"

namespace gradus::fuzz {

// Made at the first call.
[[nodiscard]] const Model& small_model();
// The table it was trained on.
[[nodiscard]] std::string_view small_table();

}  // namespace gradus::fuzz
