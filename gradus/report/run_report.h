// A page about stored runs: what differs between them, curves over each other, figures, mistakes, weights, layers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "gradus/report/html_report.h"
#include "gradus/report/study_report.h"

namespace gradus::report {

// One run alone has a page too. Throws Error(kInvalidArgument) for an id that is not there or no id at all.
[[nodiscard]] HtmlReport run_page(std::span<const std::uint64_t> ids, const PageOptions& options);

// Every picture of the page as a PNG file, "01-test-loss.png" by number and caption, in a folder that is made.
// Returns their paths. Throws Error(kFile), and Error(kUnsupported) without librsvg.
std::vector<std::filesystem::path> write_pngs(const HtmlReport& report, const std::filesystem::path& folder);

}  // namespace gradus::report
