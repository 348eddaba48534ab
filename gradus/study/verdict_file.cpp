#include "gradus/study/verdict_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "gradus/core/error.h"
#include "gradus/core/files.h"

namespace gradus::study {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* kFolder = "studies";
constexpr std::size_t kLargest = std::size_t{1} << 22;  // of a file, in bytes

ordered_json claim_json(const Claim& claim, const JudgedClaim& judged) {
  const JudgedPart& part = judged.part();
  ordered_json json{{"claim", claim.says},       {"text", claim.text},
                    {"report", claim.report},    {"verdict", name_of(judged.verdict)},
                    {"estimate", part.estimate}, {"interval", nullptr},
                    {"p", part.adjusted_p},      {"reason", judged.reason}};
  if (part.interval) json["interval"] = {part.interval->low, part.interval->high};
  return json;
}

// What is not finite is written as null.
double number(const ordered_json& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

FoundVerdict read_claim(const ordered_json& json) {
  FoundVerdict claim;
  claim.says = json.at("claim").get<std::string>();
  claim.text = json.at("text").get<std::string>();
  claim.report = json.at("report").get<std::string>();
  claim.verdict = json.at("verdict").get<std::string>();
  claim.estimate = number(json.at("estimate"));
  if (const ordered_json& interval = json.at("interval"); !interval.is_null())
    claim.interval = {number(interval.at(0)), number(interval.at(1))};
  claim.p = number(json.at("p"));
  claim.reason = json.at("reason").get<std::string>();
  return claim;
}

FoundStudy read_one(const fs::path& file) {
  FoundStudy study;
  study.name = file.stem().string();
  try {
    const ordered_json json = ordered_json::parse(read_file(file, kLargest));
    FoundStudy found{study.name, json.at("title").get<std::string>(), json.at("question").get<std::string>()};
    found.judged = json.at("judged").get<double>();
    found.runs = json.at("runs").get<std::vector<std::uint64_t>>();
    for (const ordered_json& claim : json.at("claims")) found.claims.push_back(read_claim(claim));
    return found;
  } catch (const nlohmann::json::exception& error) {
    study.error = fmt::format("reading {}: {}; `gradus study` writes it anew", file.string(), error.what());
  } catch (const Error& error) {
    study.error = error.what();
  }
  return study;
}

}  // namespace

void write_verdicts(const fs::path& runs, const std::string& name, const Study& study,
                    const StudyResult& result, std::span<const JudgedClaim> claims) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  ordered_json json{{"study", name},
                    {"title", study.title},
                    {"question", study.question},
                    {"judged", std::chrono::duration<double>(now).count()},
                    {"runs", ordered_json::array()},
                    {"claims", ordered_json::array()}};
  for (const StudyRun& run : result.runs) {
    if (run.id != 0) json["runs"].push_back(run.id);
  }
  for (std::size_t i = 0; i < claims.size(); ++i)
    json["claims"].push_back(claim_json(study.claims[i], claims[i]));
  make_folder(runs / kFolder);
  write_file_atomically(runs / kFolder / (name + ".json"),
                        json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
}

std::vector<FoundStudy> read_verdicts(const fs::path& runs) {
  std::vector<FoundStudy> found;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(runs / kFolder, none)) {
    if (entry.path().extension() == ".json") found.push_back(read_one(entry.path()));
  }
  std::ranges::sort(found, {}, &FoundStudy::name);
  return found;
}

}  // namespace gradus::study
