// Which reader serves a name.
#include "gradus/data/source.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/data/built_in.h"
#include "gradus/data/column_file.h"
#include "gradus/data/csv.h"
#include "gradus/data/idx.h"
#include "gradus/data/npz.h"

namespace gradus {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::string_view, 3> kTextEndings = {".csv", ".tsv", ".txt"};
constexpr std::string_view kUnderstood =
    "a .csv, .tsv or .txt file, a .npz file with X and y, or a folder of X.npy and y.npy or of IDX files";

std::string lower_ending(const fs::path& path) {
  std::string ending = path.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

bool is_text(const std::string& ending) {
  return std::ranges::find(kTextEndings, ending) != kTextEndings.end();
}

bool has_known_ending(const fs::path& path) {
  const std::string ending = lower_ending(path);
  return is_text(ending) || ending == ".npz" || ending == ".npy";
}

Table read_folder(const fs::path& folder, std::size_t window) {
  std::set<std::string> arrays, idx_files;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name == "X.npy" || name == "y.npy") arrays.insert(name);
    if (name.find("-ubyte") != std::string::npos) idx_files.insert(name);
  }
  if (arrays.empty() && idx_files.empty()) {
    throw Error(ErrorCode::kNotFound,
                "reading " + folder.string() +
                    ": it has neither X.npy and y.npy nor train-images-idx3-ubyte[.gz] and "
                    "train-labels-idx1-ubyte[.gz]; `gradus data fetch mnist` downloads MNIST's");
  }
  if (arrays.empty()) return read_idx_folder(folder, window);
  if (idx_files.empty()) return read_npy_folder(folder, window);
  throw Error(ErrorCode::kBadData,
              "reading " + folder.string() + ": it holds both " + *arrays.begin() + " and " +
                  *idx_files.begin() +
                  "; expected NumPy arrays or IDX files; move one kind to another folder");
}

Table read_path(const fs::path& path, std::size_t window) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error(ErrorCode::kNotFound,
                "reading " + path.string() + ": no such file or folder; check the path");
  }
  if (fs::is_directory(path, ignored)) return read_folder(path, window);
  const std::string ending = lower_ending(path);
  if (is_text(ending)) return window > 0 ? read_csv_on_disk(path, table_cache_folder()) : read_csv(path);
  if (ending == ".npz") return read_npz_table(path);
  if (ending == ".npy") {
    throw Error(
        ErrorCode::kUnsupported,
        "reading " + path.string() +
            ": a .npy file holds one array; name the folder with X.npy and y.npy, or save both together with "
            "numpy.savez(\"data.npz\", X=..., y=...)");
  }
  throw Error(ErrorCode::kUnsupported, "reading " + path.string() + ": the ending '" + ending +
                                           "' is not known; expected " + std::string(kUnderstood));
}

}  // namespace

Table load_table(const std::string& name, const SourceOptions& options) {
  std::vector<std::string_view> names;
  for (const BuiltIn& set : built_in_sets()) names.push_back(set.name);
  if (std::ranges::find(names, name) != names.end()) return internal::load_built_in(name, options);
  std::error_code ignored;
  if (name.find('/') != std::string::npos || has_known_ending(name) ||
      (!name.empty() && fs::exists(name, ignored))) {
    if (options.samples != 0) {
      throw Error(ErrorCode::kBadConfiguration,
                  "loading " + name + ": samples is " + std::to_string(options.samples) +
                      ", but a file is not generated; leave it out, or use train_count");
    }
    return read_path(name, options.window);
  }
  throw Error(ErrorCode::kInvalidArgument,
              unknown_name_message("data set", name, names) + "; or the path of " + std::string(kUnderstood));
}

bool is_csv_file(const std::string& name) {
  std::error_code ignored;
  return is_text(lower_ending(name)) && fs::exists(name, ignored) && !fs::is_directory(name, ignored);
}

fs::path default_data_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return fs::path(cache) / "gradus";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : ".") / ".cache" / "gradus";
}

fs::path table_cache_folder() {
  return default_data_folder() / "tables";
}

}  // namespace gradus
