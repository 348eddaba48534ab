#include "gradus/report/verdict_mark.h"

namespace gradus::report {

std::string_view verdict_word(VerdictMark verdict) {
  switch (verdict) {
    case VerdictMark::kNone:
      return "";
    case VerdictMark::kSupported:
      return "supported";
    case VerdictMark::kRefuted:
      return "refuted";
    case VerdictMark::kCannotTell:
      return "cannot tell";
    case VerdictMark::kNotJudged:
      return "not judged";
  }
  return "";
}

}  // namespace gradus::report
