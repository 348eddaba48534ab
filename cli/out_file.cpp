#include "cli/out_file.h"

#include <fmt/format.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"

namespace gradus::cli {

void check_out(const std::filesystem::path& out, const std::filesystem::path& such_as,
               std::string_view otherwise) {
  std::error_code error;
  const bool folder = std::filesystem::is_directory(out, error);
  if (folder || out.extension() != such_as.extension()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("setting --out: {} {}; expected a file such as {}{}", out.string(),
                            folder ? "is a folder" : "does not end in " + such_as.extension().string(),
                            such_as.string(), otherwise));
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
