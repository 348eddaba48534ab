// Runs targets over files and holds each outcome against what is expected of it:
//
//   fuzz_replay [--show] CORPUS [TARGET ...]
//
// CORPUS has a folder of inputs for each target, and expected.tsv with lines of target, file, error code ("ok" where it is
// read) and words of the message. A file without a line may be read or refused. Without a sanitizer it also measures memory:
// at most twice the larger of input and content, and 16 MB. Exit status 1 where anything is otherwise.
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "tests/fuzz/target.h"
#include "tests/support/allocation_count.h"

namespace gradus::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSlackBytes = std::size_t{16} << 20;

struct Outcome {
  std::string code = "ok";
  std::string message = {};
  std::size_t content = 0;
};

struct Expectation {
  std::string code;
  std::string words;
};

const char* name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kBadConfiguration:
      return "bad_configuration";
    case ErrorCode::kBadData:
      return "bad_data";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kFile:
      return "file";
    case ErrorCode::kNetwork:
      return "network";
  }
  return "unknown";
}

Outcome run(const Target& target, std::string_view input) {
  Outcome outcome;
  try {
    outcome.content = target.read(input);
  } catch (const Error& error) {
    outcome.code = name_of(error.code());
    outcome.message = error.what();
  } catch (const std::exception& error) {
    outcome.code = "a bug";
    outcome.message = error.what();
  }
  return outcome;
}

// "VmHWM:   1234 kB" of /proc/self/status, in bytes.
std::size_t status_bytes(std::string_view key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with(key)) continue;
    std::istringstream rest(line.substr(key.size() + 1));
    std::size_t kilobytes = 0;
    rest >> kilobytes;
    return kilobytes * 1024;
  }
  return 0;
}

// The most memory that was in use since it was made, beyond what was then. Nothing where the system does not tell.
class MemoryMeter {
 public:
  MemoryMeter() {
    ::malloc_trim(0);
    std::ofstream reset("/proc/self/clear_refs");
    reset << "5" << std::flush;
    works_ = reset.good() && test::counts_allocations();
    before_ = status_bytes("VmHWM");
  }
  [[nodiscard]] std::optional<std::size_t> peak() const {
    if (!works_) return std::nullopt;
    return std::max(status_bytes("VmHWM"), before_) - before_;
  }

 private:
  bool works_ = false;
  std::size_t before_ = 0;
};

class Replay {
 public:
  Replay(fs::path corpus, bool show) : corpus_(std::move(corpus)), show_(show) {
    std::ifstream lines(corpus_ / "expected.tsv");
    for (std::string line; std::getline(lines, line);) {
      std::array<std::string, 4> fields;
      std::istringstream text(line);
      for (std::string& field : fields) std::getline(text, field, '\t');
      expected_[{fields[0], fields[1]}] = {fields[2], fields[3]};
    }
  }

  void run_target(const Target& target) {
    std::vector<fs::path> files;
    if (fs::is_directory(corpus_ / target.name)) {
      for (const fs::directory_entry& entry : fs::directory_iterator(corpus_ / target.name))
        files.push_back(entry.path());
    }
    std::ranges::sort(files);
    if (!files.empty()) (void)run(target, "");  // what it keeps from its first call on is no input's memory
    for (const fs::path& file : files) run_file(target, file);
  }

  // How many there were, and whether all is well.
  [[nodiscard]] bool report() const {
    fmt::print("{} files, {} failures; the most memory beyond twice a file: {:.1f} MB (at most 16)\n", files_,
               failures_, static_cast<double>(most_beyond_) / (1 << 20));
    return failures_ == 0 && files_ > 0;
  }

 private:
  void run_file(const Target& target, const fs::path& file) {
    const std::string input = read_file(file);
    const MemoryMeter meter;
    const Outcome outcome = run(target, input);
    const std::optional<std::size_t> peak = meter.peak();
    const std::string label = target.name + "/" + file.filename().string();
    ++files_;
    if (show_) fmt::print("{}\t{}\t{}\t{}\n", label, outcome.code, peak.value_or(0), outcome.message);

    if (outcome.code == "a bug") fail(label, outcome.message);
    const auto found = expected_.find({target.name, file.filename().string()});
    if (found != expected_.end()) {
      const Expectation& expectation = found->second;
      if (outcome.code != expectation.code || outcome.message.find(expectation.words) == std::string::npos) {
        fail(label, fmt::format("expected {} with '{}', got {}: {}", expectation.code, expectation.words,
                                outcome.code, outcome.message));
      }
    }
    const std::size_t twice = 2 * std::max(input.size(), outcome.content);
    if (!peak || *peak <= twice) return;
    most_beyond_ = std::max(most_beyond_, *peak - twice);
    if (*peak > twice + kSlackBytes)
      fail(label, fmt::format("{} bytes of memory; expected at most {}", *peak, twice + kSlackBytes));
  }

  void fail(const std::string& label, const std::string& what) {
    ++failures_;
    fmt::print("{}: {}\n", label, what);
  }

  fs::path corpus_;
  bool show_;
  std::map<std::pair<std::string, std::string>, Expectation> expected_;
  std::size_t files_ = 0;
  std::size_t failures_ = 0;
  std::size_t most_beyond_ = 0;
};

int run_all(std::vector<std::string> words) {
  const bool show = std::erase(words, "--show") > 0;
  if (words.empty()) {
    fmt::print(stderr, "usage: fuzz_replay [--show] CORPUS [TARGET ...]\n");
    return 2;
  }
  Replay replay(words[0], show);
  for (std::size_t i = 1; i < words.size(); ++i) {
    const Target* target = find_target(words[i]);
    if (target == nullptr) {
      fmt::print(stderr, "fuzz_replay: there is no target {}\n", words[i]);
      return 2;
    }
    replay.run_target(*target);
  }
  if (words.size() == 1) {
    for (const Target& target : targets()) replay.run_target(target);
  }
  return replay.report() ? 0 : 1;
}

}  // namespace
}  // namespace gradus::fuzz

int main(int count, char** arguments) {
  return gradus::fuzz::run_all({arguments + 1, arguments + count});
}
