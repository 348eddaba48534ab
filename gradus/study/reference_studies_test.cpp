// The studies of the repository, and the page that ties the reports' formulas to tests.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "gradus/core/files.h"
#include "gradus/study/study_file.h"
#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

std::vector<std::filesystem::path> study_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(test::source_path("studies"))) {
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

TEST(ReferenceStudies, EveryFileIsAStudyWithAQuestionAndClaims) {
  const auto files = study_files();
  EXPECT_GE(files.size(), 6U);
  for (const auto& path : files) {
    SCOPED_TRACE(path.filename().string());
    const Study study = read_study(path);
    EXPECT_FALSE(study.title.empty());
    EXPECT_FALSE(study.question.empty());
    EXPECT_FALSE(study.plots.empty());
    EXPECT_FALSE(study.claims.empty());
    for (const Claim& claim : study.claims) EXPECT_FALSE(claim.text.empty()) << "line " << claim.line;
    std::cout << fmt::format("{}: {} contenders, {} runs, {} claims, {} of them must hold\n",
                             path.filename().string(), study.contenders.size(), planned_runs(study).size(),
                             study.claims.size(), std::ranges::count(study.claims, true, &Claim::must));
  }
}

// studies/ntnu/task2.toml is a contender of studies/ntnu.toml.
TEST(ReferenceStudies, EveryConfigurationOfAReportIsInItsStudy) {
  for (const char* group : {"radboud", "ntnu", "vu", "random-labels"}) {
    const Study study = read_study(test::source_path(fmt::format("studies/{}.toml", group)));
    for (const auto& entry :
         std::filesystem::directory_iterator(test::source_path(fmt::format("studies/{}", group)))) {
      if (entry.path().extension() != ".toml") continue;
      RunConfig config;
      read_toml(entry.path(), config);
      EXPECT_NE(std::ranges::find(study.contenders, config, &Contender::config), study.contenders.end())
          << entry.path();
    }
  }
}

// Suite.Name between backquotes.
TEST(DerivationsPage, NamesTestsThatExist) {
  const std::string page = read_file(test::source_path("docs/derivations.md"));
  const std::regex name("`([A-Z][A-Za-z0-9]+)\\.([A-Z][A-Za-z0-9]+)`");
  std::string tests;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::source_path("gradus"))) {
    if (entry.path().filename().string().ends_with("_test.cpp")) tests += read_file(entry.path());
  }
  std::size_t named = 0;
  for (std::sregex_iterator match(page.begin(), page.end(), name), end; match != end; ++match, ++named) {
    EXPECT_TRUE(tests.find(fmt::format("({}, {})", match->str(1), match->str(2))) != std::string::npos)
        << match->str();
  }
  EXPECT_GE(named, 20U);
}

}  // namespace
}  // namespace gradus::study
