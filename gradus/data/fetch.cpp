#include "gradus/data/fetch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string_view>
#include <system_error>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/core/names.h"
#include "gradus/data/download.h"
#include "gradus/data/fetch_set.h"
#include "gradus/data/gzip.h"

namespace gradus {
namespace fs = std::filesystem;
namespace {

const RemoteSet& mnist() {
  static const RemoteSet set = {
      "mnist",
      {{"train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        47'040'016},
       {"train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        60'008},
       {"t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        7'840'016},
       {"t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        10'008}},
      {"https://ossci-datasets.s3.amazonaws.com/mnist/",
       "https://storage.googleapis.com/cvdf-datasets/mnist/"}};
  return set;
}

// Empty when the uncompressed content is the file's, else what is wrong with it.
std::string complaint(GzipReader reader, const RemoteFile& file) {
  Sha256 checksum;
  std::vector<std::byte> piece(std::size_t{1} << 16);
  std::uint64_t size = 0;
  while (size <= file.size) {  // a bomb is left as soon as it is too large
    const std::size_t count = reader.read(piece);
    checksum.add(std::span(piece).first(count));
    size += count;
    if (count < piece.size()) break;
  }
  if (size != file.size)
    return fmt::format("it has {} {} bytes; expected {}", size > file.size ? "more than" : "only",
                       std::min(size, file.size), file.size);
  if (checksum.hex() != file.sha256)
    return fmt::format("its SHA-256 is {}; expected {}", checksum.hex(), file.sha256);
  return "";
}

// Is the file there, raw or gzip, and sound? A damaged one counts as absent and is replaced.
bool is_present(const fs::path& folder, const RemoteFile& file) {
  for (const char* ending : {".gz", ""}) {
    const fs::path path = folder / (file.name + ending);
    std::error_code ignored;
    if (!fs::exists(path, ignored)) continue;
    try {
      if (complaint(GzipReader(path), file).empty()) return true;
    } catch (const Error&) {
    }
  }
  return false;
}

// Before anything is downloaded.
void check_folder(const fs::path& folder) {
  make_folder(folder);
  if (::access(folder.c_str(), W_OK) == 0) return;
  throw Error(ErrorCode::kFile, "writing to " + folder.string() + ": " +
                                    std::generic_category().message(errno) +
                                    "; check the permissions or choose another folder with --data-dir");
}

class SetFetcher {
 public:
  SetFetcher(const RemoteSet& set, const FetchOptions& options)
      : set_(set), options_(options), mirrors_(options.mirrors.empty() ? set.mirrors : options.mirrors) {
    result_.folder = options.folder / set.name;
    for (std::string& mirror : mirrors_) {
      if (!mirror.ends_with('/')) mirror += '/';
    }
  }

  FetchResult run() {
    std::vector<const RemoteFile*> absent;
    for (const RemoteFile& file : set_.files) {
      if (is_present(result_.folder, file)) {
        result_.present.push_back(file.name);
      } else {
        absent.push_back(&file);
      }
    }
    if (!absent.empty()) check_folder(result_.folder);
    for (const RemoteFile* file : absent) {
      fetch(*file);
      result_.downloaded.push_back(file->name);
    }
    return std::move(result_);
  }

 private:
  void fetch(const RemoteFile& file) {
    std::vector<std::string> failures;
    for (std::size_t i = 0; i < mirrors_.size(); ++i) {
      const std::string failure = fetch_from(mirrors_[i], file);
      if (failure.empty()) {
        // The mirror that works comes first for the next file.
        std::swap(mirrors_[0], mirrors_[i]);
        return;
      }
      failures.push_back(mirrors_[i] + ": " + failure);
      result_.failures.push_back(failures.back());
    }
    throw Error(ErrorCode::kNetwork, fmt::format("fetching {}: no mirror gave {}.gz ({}); check the "
                                                 "connection and run again, or place the files {} "
                                                 "in {} by hand",
                                                 set_.name, file.name, fmt::join(failures, "; "), file_list(),
                                                 result_.folder.string()));
  }

  // Empty when the file is in its place.
  std::string fetch_from(const std::string& mirror, const RemoteFile& file) {
    FetchProgress progress{file.name, mirror, 0, 0};
    bool stopped = false;
    const auto report = [&](std::uint64_t bytes, std::uint64_t total) {
      progress.bytes = bytes;
      progress.total = total;
      if (options_.progress) options_.progress(progress);
      stopped = options_.cancelled && options_.cancelled();
      return !stopped;
    };
    const DownloadLimits limits{.bytes = file.size + 4096};
    const Download received = download(mirror + file.name + ".gz", limits, report);
    if (stopped) {
      throw Error(ErrorCode::kNetwork,
                  "fetching " + set_.name + ": interrupted; nothing unfinished was kept; run again");
    }
    if (!received.failure.empty()) return received.failure;
    try {
      std::string wrong = complaint(GzipReader(received.content, file.name + ".gz"), file);
      if (!wrong.empty()) return wrong;
    } catch (const Error& error) {
      return error.what();
    }
    write_file_atomically(result_.folder / (file.name + ".gz"), received.content);
    return "";
  }

  [[nodiscard]] std::string file_list() const {
    std::vector<std::string> names;
    for (const RemoteFile& file : set_.files) names.push_back(file.name + ".gz");
    return fmt::format("{}", fmt::join(names, ", "));
  }

  const RemoteSet& set_;
  const FetchOptions& options_;
  std::vector<std::string> mirrors_;
  FetchResult result_;
};

}  // namespace

FetchResult fetch_set(const RemoteSet& set, const FetchOptions& options) {
  return SetFetcher(set, options).run();
}

FetchResult fetch_data(const std::string& name, const FetchOptions& options) {
  constexpr std::array<std::string_view, 1> kNames = {"mnist"};
  if (name != kNames[0]) {
    throw Error(ErrorCode::kInvalidArgument, "fetching: " + unknown_name_message("data set", name, kNames));
  }
  return fetch_set(mnist(), options);
}

}  // namespace gradus
