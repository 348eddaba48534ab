// What tests share: where reference files lie, small CSV reading, folders that vanish.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gradus::test {

// The reference experiments' folder: $GRADUS_SHARED, else ../shared beside the checkout. Empty where the file
// is absent: the test says so and skips.
[[nodiscard]] std::filesystem::path shared_path(const std::string& relative);

// Data that may not be copied into the repository: $GRADUS_DATA, else ../shared/data. Empty where absent.
[[nodiscard]] std::filesystem::path data_path(const std::string& relative);

// The source tree: for golden files that belong to the tests.
[[nodiscard]] std::filesystem::path source_path(const std::string& relative);

// All rows of a CSV file, header included, fields unquoted. For trusted reference files only.
[[nodiscard]] std::vector<std::vector<std::string>> read_csv_rows(const std::filesystem::path& path);

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  // Writes `content` to a file of that name inside and returns its path.
  std::filesystem::path write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace gradus::test

#define GRADUS_REQUIRE_FILE(variable, finder, relative)                    \
  const std::filesystem::path variable = ::gradus::test::finder(relative); \
  if (variable.empty()) GTEST_SKIP() << "not found: " << (relative) << " (" #finder ")"
