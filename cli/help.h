// The pages that --help prints: usage, arguments, flags by section, an example; within 80 columns.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace gradus::cli {

class HelpPage final : public CLI::FormatterBase {
 public:
  // `usage` is what one types to get to the command: "gradus data fetch".
  std::string make_help(const CLI::App* command, std::string usage, CLI::AppFormatMode mode) const override;
};

}  // namespace gradus::cli
