#include "cli/runs_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "gradus/report/display_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

std::string json_list(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) list += (list.size() > 1 ? "," : "") + json_text(text);
  return list + "]";
}

std::string json_optional(const std::optional<double>& value) {
  return value ? json_number(*value) : "null";
}

}  // namespace

std::string age_text(double started) {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const double age = std::max(0.0, std::chrono::duration<double>(since_1970).count() - started);
  if (age < 60) return fmt::format("{:.0f} s", age);
  if (age < 3600) return fmt::format("{:.0f} min", age / 60);
  if (age < 48 * 3600) return fmt::format("{:.0f} h", age / 3600);
  return fmt::format("{:.0f} d", age / 86400);
}

std::string time_text(double seconds_since_1970) {
  constexpr double kLast = 253402300799;  // of the year 9999; a damaged store may say anything
  const double seconds = std::clamp(seconds_since_1970, 0.0, kLast);
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string figure_text(const std::optional<double>& value) {
  return value ? report::format_significant(*value) : "-";
}

std::string run_members(const RunRecord& r) {
  std::string text = fmt::format(
      "\"run\":{},\"name\":{},\"study\":{},\"contender\":{},\"replicate\":{},\"seed\":{},\"data\":{},"
      "\"network\":{},\"parameters\":{},\"status\":\"{}\",\"stop_reason\":{},\"started\":{},\"finished\":{},"
      "\"epochs\":{},\"steps\":{},\"seconds\":{}",
      r.id, json_text(r.name), json_text(r.study), json_text(r.contender), r.replicate, r.seed,
      json_text(r.data), json_text(r.network), r.parameters, name_of(r.status), json_text(r.stop_reason),
      json_number(r.started), json_optional(r.finished), r.epochs, r.steps, json_number(r.seconds));
  text += fmt::format(
      ",\"weights_sha256\":{},\"configuration_hash\":{},\"data_hash\":{},\"tags\":{},\"note\":{}",
      r.weights_sha256.empty() ? "null" : json_text(r.weights_sha256), json_text(r.configuration_hash),
      json_text(r.data_hash), json_list(r.tags), json_text(r.note));
  return text;
}

std::string figures_object(const Figures& figures) {
  std::string text = "{";
  for (const auto& [name, f] : figures) {
    text += fmt::format(
        "{}{}:{{\"points\":{},\"last\":{},\"best\":{},\"best_step\":{},\"minimum\":{},\"maximum\":{},"
        "\"final\":{}}}",
        text.size() > 1 ? "," : "", json_text(name), f.count, json_optional(f.last), json_optional(f.best),
        f.best_step ? std::to_string(*f.best_step) : "null", json_optional(f.minimum),
        json_optional(f.maximum), json_optional(f.final));
  }
  return text + "}";
}

std::string json_text(const std::string& text) {
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  if (std::ranges::all_of(text, plain)) return '"' + text + '"';
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace gradus::cli
