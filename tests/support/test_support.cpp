#include "tests/support/test_support.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace gradus::test {
namespace fs = std::filesystem;

namespace {

fs::path existing(const fs::path& path) {
  return fs::exists(path) ? path : fs::path();
}

fs::path folder_from(const char* variable, const char* fallback) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? fs::path(value) : fs::path(GRADUS_SOURCE_DIR) / fallback;
}

std::vector<std::string> split_fields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

fs::path shared_path(const std::string& relative) {
  return existing(folder_from("GRADUS_SHARED", "../shared") / relative);
}

fs::path data_path(const std::string& relative) {
  return existing(folder_from("GRADUS_DATA", "../shared/data") / relative);
}

fs::path source_path(const std::string& relative) {
  return fs::path(GRADUS_SOURCE_DIR) / relative;
}

std::vector<std::vector<std::string>> read_csv_rows(const fs::path& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) rows.push_back(split_fields(line));
  return rows;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "gradus-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder like " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

fs::path TemporaryFolder::write(const std::string& name, const std::string& content) const {
  fs::path path = path_ / name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

}  // namespace gradus::test
