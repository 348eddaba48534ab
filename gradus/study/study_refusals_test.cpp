// Bad study files and what is said of them: tests/studies/bad_studies.txt.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/study/study_file.h"
#include "tests/support/test_support.h"

namespace gradus::study {
namespace {

struct BadStudy {
  std::string name;
  std::string text;
  std::string message;
};

std::vector<BadStudy> bad_studies() {
  std::vector<BadStudy> studies;
  std::istringstream lines(read_file(test::source_path("tests/studies/bad_studies.txt")));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("=== ")) {
      studies.push_back({line.substr(4), "", ""});
    } else if (line.starts_with(">>> ")) {
      studies.back().message = line.substr(4);
    } else if (!studies.empty() && studies.back().message.empty()) {
      studies.back().text += line + "\n";
    }
  }
  return studies;
}

TEST(StudyRefusals, EveryBadFileIsRefusedWithItsLine) {
  const std::vector<BadStudy> studies = bad_studies();
  EXPECT_GT(studies.size(), 50U);
  for (const BadStudy& bad : studies) {
    std::string message = "nothing refused";
    try {
      static_cast<void>(parse_study(bad.text, "bad.toml", "/nowhere"));
    } catch (const Error& error) {
      message = error.what();
    }
    const std::string expected = "reading bad.toml: " + bad.message;
    EXPECT_EQ(message.substr(0, expected.size()), expected) << bad.name << ": " << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << bad.name;
  }
}

TEST(StudyRefusals, AFileThatIsNotThereIsNotFound) {
  try {
    static_cast<void>(read_study("/nowhere/study.toml"));
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound) << error.what();
  }
}

}  // namespace
}  // namespace gradus::study
