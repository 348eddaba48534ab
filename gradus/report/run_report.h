// A page about stored runs: what differs between them, curves over each other, figures, mistakes, weights, layers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "gradus/report/html_report.h"
#include "gradus/report/study_report.h"
#include "gradus/runs/run_store.h"

namespace gradus::report {

// One run alone has a page too. Throws Error(kInvalidArgument) for an id that is not there.
[[nodiscard]] HtmlReport run_page(const RunStore& store, std::span<const std::uint64_t> ids,
                                  const PageOptions& options);

// Every picture of the page as a PNG file, "01-test-loss.png" by number and caption, in a folder that is made.
// Returns their paths. Throws Error(kFile), and Error(kUnsupported) without librsvg.
std::vector<std::filesystem::path> write_pngs(const HtmlReport& report, const std::filesystem::path& folder);

}  // namespace gradus::report
