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

}  // namespace gradus::cli
