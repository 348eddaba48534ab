#include "cli/out_file.h"

#include <fmt/format.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"

namespace gradus::cli {

void check_out(const std::filesystem::path& out, const char* such_as) {
  std::error_code error;
  if (std::filesystem::is_directory(out, error)) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("setting --out: {} is a folder; expected a file such as {}", out.string(), such_as));
  }
  check_writable(out);
}

void refuse_input_as_out(const std::filesystem::path& out,
                         std::initializer_list<std::filesystem::path> inputs) {
  for (const std::filesystem::path& input : inputs) {
    std::error_code none;  // as where one of them is not there
    if (!std::filesystem::equivalent(out, input, none)) continue;
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format("setting --out: {} is what this command reads; expected another file", out.string()));
  }
}

}  // namespace gradus::cli
