// Tables that people gave to the lab: CSV files in a folder of its own, under numbers of ours. A name from outside is
// shown, never opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::server {

struct Upload {
  std::string id;    // "upload-3"
  std::string name;  // "houses.csv", as its owner calls it
  std::uint64_t bytes = 0;
  std::filesystem::path path;
};

// Any number of threads, and several labs over one folder, at once.
class Uploads {
 public:
  static constexpr std::size_t kLargest = std::size_t{256} << 20;  // bytes of a table
  static constexpr std::size_t kLongestName = 100;                 // bytes

  explicit Uploads(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Throws Error(kBadData) for what is no CSV, kInvalidArgument for a name that cannot be shown, kFile.
  Upload add(std::string_view csv, std::string_view name) const;
  // The newest first.
  [[nodiscard]] std::vector<Upload> all() const;
  // Nothing for any text but an id that is there.
  [[nodiscard]] std::optional<Upload> find(std::string_view id) const;
  // Its number is not given again. Throws Error(kNotFound) where there is none, kFile.
  void remove(std::string_view id) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace gradus::server
