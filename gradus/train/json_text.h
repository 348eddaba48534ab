// Pieces of JSON lines: numbers with all their digits; what is not finite becomes null, as JSON has no such
// numbers.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "gradus/train/events.h"

namespace gradus {

inline std::string json_number(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

// A value of JSON is one of TOML, but for the one control character that JSON lets stand within texts.
inline std::string toml_of_json(std::string json) {
  for (std::size_t at = json.find('\x7f'); at != std::string::npos; at = json.find('\x7f', at))
    json.replace(at, 1, "\\u007f");
  return json;
}

inline std::string json_figures(const PartFigures& figures, const std::string& score_name) {
  return fmt::format("{{\"loss\":{},\"{}\":{}}}", json_number(figures.loss), score_name,
                     json_number(figures.score));
}

}  // namespace gradus
