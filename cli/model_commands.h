// The commands of `gradus model`, one file each, and the words that they share.
#pragma once

#include <string>

#include "cli/command.h"
#include "gradus/formats/golden.h"

namespace gradus::cli {

void add_model_info(CLI::App& group, Outcome& outcome);
void add_model_verify(CLI::App& group, Outcome& outcome);

// What golden vectors say, in lines: each stage, and the first that differs.
[[nodiscard]] std::string golden_text(const GoldenCheck& check);

}  // namespace gradus::cli
