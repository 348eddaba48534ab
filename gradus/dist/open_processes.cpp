#include "gradus/dist/open_processes.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "gradus/core/error.h"

namespace gradus {

namespace {

[[noreturn]] void fail(const std::string& why) {
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("joining the other processes: {}; expected a gradus that was built with MPI: install "
                  "libopenmpi-dev and build it again, or start it without mpirun",
                  why));
}

}  // namespace

std::unique_ptr<ProcessGroup> open_processes(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kMpiModule;
  if (!std::filesystem::exists(path)) fail(fmt::format("there is no {}", path.string()));
  // Global, for Open MPI opens modules of its own that look for its names.
  void* module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (module == nullptr) fail(::dlerror());
  const auto join = reinterpret_cast<JoinProcesses>(::dlsym(module, kJoinProcesses));
  if (join == nullptr) fail(::dlerror());
  std::unique_ptr<ProcessGroup> group(join());
  if (group == nullptr) fail("MPI does not let a program with threads call it");
  return group;
}

}  // namespace gradus
