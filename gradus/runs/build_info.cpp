#include "gradus/runs/build_info.h"

#include "git_state.h"

namespace gradus::internal {

std::string library_version() {
  return GRADUS_LIBRARY_VERSION;
}

std::string compiler_name() {
#ifdef __clang__
  return "clang++ " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

std::string source_state() {
  return GRADUS_GIT_STATE;
}

}  // namespace gradus::internal
