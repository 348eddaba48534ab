// The entry points of libFuzzer. One program holds all targets; the name under which it is run chooses one: idx_fuzz.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "gradus/core/error.h"
#include "tests/fuzz/target.h"

namespace {
const gradus::fuzz::Target* target = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int*, char*** arguments) {
  std::string name = std::filesystem::path((*arguments)[0]).filename();
  name = name.substr(0, name.rfind("_fuzz"));
  target = gradus::fuzz::find_target(name);
  if (target != nullptr) return 0;
  std::fprintf(stderr, "fuzzing: there is no target '%s'; run this program as TARGET_fuzz, with one of",
               name.c_str());
  for (const gradus::fuzz::Target& known : gradus::fuzz::targets())
    std::fprintf(stderr, " %s", known.name.c_str());
  std::fputc('\n', stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    (void)target->read({reinterpret_cast<const char*>(data), size});
  } catch (const gradus::Error& error) {
    if (*error.what() == '\0') std::abort();
  }
  return 0;
}
