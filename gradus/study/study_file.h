// Studies as TOML; docs/studies.md is the manual. Everything that can be known before the first run is refused
// here.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gradus/study/study.h"

namespace gradus::study {

// Throws Error(kBadConfiguration) `reading my.toml: line 7: ...`; Error(kNotFound), Error(kFile) for a file that
// cannot be read.
[[nodiscard]] Study read_study(const std::filesystem::path& path);

// `config` paths are relative to `folder`.
[[nodiscard]] Study parse_study(std::string_view text, const std::string& source,
                                const std::filesystem::path& folder);

// The tables of docs/studies.md that the code knows: keys of the file, metrics.
[[nodiscard]] std::string reference_tables();

}  // namespace gradus::study
