#include "gradus/server/uploads.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/csv.h"
#include "gradus/data/utf8.h"
#include "gradus/runs/run_folder.h"

namespace gradus::server {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "upload-";
constexpr const char* kTable = "table.csv";
constexpr const char* kName = "name";

void check_name(std::string_view name) {
  const bool control =
      std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (name.empty() || name.size() > Uploads::kLongestName || control || first_bad_utf8(name) != name.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("uploading: a name of {} bytes; expected 1 to {} of UTF-8 in one line",
                            name.size(), Uploads::kLongestName));
  }
}

std::optional<std::uint64_t> number_of(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// Of a folder that has just been made, or that is to be deleted, a part may be missing.
std::optional<Upload> read_upload(const fs::path& folder, std::uint64_t number) {
  const fs::path path = folder / std::to_string(number) / kTable;
  std::error_code error;
  const std::uint64_t bytes = fs::file_size(path, error);
  if (error) return std::nullopt;
  Upload upload{fmt::format("{}{}", kPrefix, number), "", bytes, path};
  try {
    upload.name = read_file(path.parent_path() / kName, Uploads::kLongestName);
  } catch (const Error&) {
    upload.name = upload.id;
  }
  return upload;
}

}  // namespace

Upload Uploads::add(std::string_view csv, std::string_view name) const {
  check_name(name);
  (void)parse_csv(csv, std::string(name));
  make_folder(folder_);
  const RunFolder made = make_run_folder(folder_, largest_run_number(folder_) + 1);
  try {
    write_file_atomically(made.path / kName, name);
    write_file_atomically(made.path / kTable, csv);
  } catch (const Error&) {
    std::error_code ignored;
    fs::remove_all(made.path, ignored);
    throw;
  }
  return read_upload(folder_, made.number).value();
}

std::vector<Upload> Uploads::all() const {
  std::vector<std::uint64_t> numbers;
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, absent)) {
    if (const auto number = number_of(entry.path().filename().string())) numbers.push_back(*number);
  }
  std::ranges::sort(numbers, std::ranges::greater());
  std::vector<Upload> found;
  for (const std::uint64_t number : numbers) {
    if (std::optional<Upload> upload = read_upload(folder_, number)) found.push_back(std::move(*upload));
  }
  return found;
}

std::optional<Upload> Uploads::find(std::string_view id) const {
  if (!id.starts_with(kPrefix)) return std::nullopt;
  const std::optional<std::uint64_t> number = number_of(id.substr(kPrefix.size()));
  return number ? read_upload(folder_, *number) : std::nullopt;
}

void Uploads::remove(std::string_view id) const {
  const std::optional<Upload> upload = find(id);
  if (!upload) throw Error(ErrorCode::kNotFound, "deleting a table: there is none of this number");
  // The empty folder stays: a number means one table for good, also in the configurations of runs.
  std::error_code error;
  if (fs::remove(upload->path, error); !error) fs::remove(upload->path.parent_path() / kName, error);
  if (error) {
    throw Error(ErrorCode::kFile, fmt::format("deleting {}: {}", upload->path.string(), error.message()));
  }
}

}  // namespace gradus::server
