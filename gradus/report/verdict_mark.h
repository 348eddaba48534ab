// How verdicts on claims look and are called, in pictures and pages alike: by shape and word, then by colour.
#pragma once

#include <string_view>

namespace gradus::report {

// The sign in front of a verdict.
enum class VerdictMark { kNone, kSupported, kRefuted, kCannotTell, kNotJudged };

// "supported", "refuted", "cannot tell", "not judged"; nothing for kNone.
[[nodiscard]] std::string_view verdict_word(VerdictMark verdict);

}  // namespace gradus::report
