#include "cli/processes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/program.h"
#include "gradus/core/error.h"
#include "gradus/dist/open_processes.h"

namespace gradus::cli {

namespace {

namespace fs = std::filesystem;

std::unique_ptr<ProcessGroup> joined;

// How many processes were started together, as Open MPI's mpirun, and srun with PMIx or PMI-2, tell each; empty where they do not say. A shell
// that srun has started is a step of one.
std::string announced_size() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* size = std::getenv(variable)) return size;
  }
  if (std::getenv("PMIX_RANK") == nullptr) return "1";
  const char* tasks = std::getenv("SLURM_STEP_NUM_TASKS");
  return tasks != nullptr && std::string_view(tasks) == "1" ? "1" : "";
}

// For measurements of what a network costs.
bool wants_messages() {
  const char* word = std::getenv("GRADUS_MPI_MESSAGES");
  return word != nullptr && *word != '\0';
}

fs::path module_folder() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const fs::path installed = (program / GRADUS_MODULES).lexically_normal();
  return fs::exists(installed / kMpiModule, ignored) ? installed : program;
}

// How a process fared, as the others are told.
struct Fared {
  bool failed = false;
  ErrorCode code = ErrorCode::kFile;
  std::array<char, 1000> text{};
};

// As process 0 tells it; others name themselves.
std::string told_by(const ProcessGroup& group, const std::string& text) {
  return group.rank() == 0 ? text : fmt::format("{}: {}", group.name(), text);
}

void end_job(ProcessGroup& group, const std::exception& error) {
  int status = kEnvironment;
  try {
    const LastWords last = last_words(error);
    status = last.status;
    print_error(fmt::format("gradus: {}; the job ends", told_by(group, last.text)));
  } catch (const std::bad_alloc&) {
    std::fputs("gradus: out of memory; the job ends\n", stderr);
  }
  group.abort(status);
}

// What each has written into its own place in `all`, by rank.
template <class Value>
void exchange(ProcessGroup& group, std::vector<Value>& all) {
  std::vector<std::size_t> bounds;
  for (std::size_t process = 0; process <= group.size(); ++process) bounds.push_back(process * sizeof(Value));
  group.gather(std::as_writable_bytes(std::span(all)), bounds);
}

}  // namespace

ProcessGroup& processes() {
  if (joined != nullptr) return *joined;
  const std::string announced = announced_size();
  if (announced == "1") return alone();
  joined = open_processes(module_folder(), !wants_messages());
  if (!announced.empty() && announced != std::to_string(joined->size())) {
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("joining the other processes: {} were started together, and Open MPI finds {}; expected "
                    "the mpirun of Open MPI; start them by that",
                    announced, joined->size()));
  }
  return *joined;
}

void leave_processes() {
  joined.reset();
}

void together(ProcessGroup& group, const std::function<void()>& work) {
  if (group.is_alone()) return work();
  std::vector<Fared> all(group.size());
  Fared& mine = all[group.rank()];
  const auto failed = [&](ErrorCode code, const std::string& text) {
    mine.failed = true;
    mine.code = code;
    std::copy_n(text.begin(), whole_letters(text, mine.text.size() - 1), mine.text.begin());
  };
  try {
    work();
  } catch (const Error& error) {
    failed(error.code(), told_by(group, error.what()));
  } catch (const std::exception& error) {
    end_job(group, error);
  }
  exchange(group, all);
  const auto first = std::ranges::find(all, true, &Fared::failed);
  if (first != all.end()) throw Error(first->code, group.rank() == 0 ? first->text.data() : "");
}

void require_same_everywhere(ProcessGroup& group, std::string_view digest, const char* what) {
  if (group.is_alone()) return;
  std::vector<std::array<char, 64>> all(group.size());
  std::array<char, 64>& mine = all[group.rank()];
  std::copy_n(digest.begin(), std::min(digest.size(), mine.size()), mine.begin());
  exchange(group, all);
  together(group, [&] {
    if (mine == all.front()) return;
    throw Error(
        ErrorCode::kBadData,
        fmt::format(
            "its {} are not those of process 0; expected the same for every process; give all machines the "
            "same files, gradus and C library",
            what));
  });
}

std::string told_by_first(ProcessGroup& group, std::string text) {
  std::vector<std::uint64_t> sizes(group.size());
  sizes[group.rank()] = text.size();
  exchange(group, sizes);
  text.resize(sizes[0]);
  std::vector<std::size_t> bounds(group.size() + 1, sizes[0]);
  bounds[0] = 0;
  group.gather(std::as_writable_bytes(std::span(text)), bounds);
  return text;
}

void ending_all(ProcessGroup& group, const std::function<void()>& work) {
  if (group.is_alone()) return work();
  try {
    work();
  } catch (const std::exception& error) {
    end_job(group, error);
  }
}

}  // namespace gradus::cli
