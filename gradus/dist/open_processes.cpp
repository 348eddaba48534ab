#include "gradus/dist/open_processes.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "gradus/core/error.h"

namespace gradus {

namespace {

[[noreturn]] void fail(const std::string& why, const char* what_to_do) {
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("joining the other processes: {}; {}, or start gradus without mpirun", why, what_to_do));
}

}  // namespace

std::unique_ptr<ProcessGroup> open_processes(const std::filesystem::path& folder, bool share_memory) {
  const std::filesystem::path path = folder / kMpiModule;
  if (!std::filesystem::exists(path)) {
    fail(fmt::format("there is no {}", path.string()),
         "expected a gradus that was built with MPI: install libopenmpi-dev and build it again");
  }
  // Global, for Open MPI opens modules of its own that look for its names.
  void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (module == nullptr)
    fail(::dlerror(), "expected the Open MPI that gradus was built with: install openmpi-bin");
  const auto join = reinterpret_cast<JoinProcesses>(::dlsym(module, kJoinProcesses));
  if (join == nullptr) fail(::dlerror(), "expected the module of this gradus: install both again");
  std::unique_ptr<ProcessGroup> group(join(share_memory));
  if (group == nullptr) {
    fail("MPI does not let a program with threads call it",
         "expected MPI_THREAD_SERIALIZED: use an Open MPI that was built with threads");
  }
  return group;
}

}  // namespace gradus
