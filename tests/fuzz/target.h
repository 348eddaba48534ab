// The readers of bytes from strangers, each as a function of one input. The same functions are run by libFuzzer
// (fuzzer.cpp) and over the corpus by every build (replay.cpp). docs/fuzzing.md tells how.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::fuzz {

// Reads `input`. Throws gradus::Error where the reader refuses it; anything else that comes out is a finding. Returns
// how many bytes what was read takes as its caller gets it (of refused input 0 is assumed): against the larger of that and
// the input the reader's memory is measured.
using Reader = std::size_t (*)(std::string_view input);

struct Target {
  std::string name;
  Reader read;
};

// Sorted by name.
[[nodiscard]] const std::vector<Target>& targets();
// Null where there is none.
[[nodiscard]] const Target* find_target(std::string_view name);

// A static object of this makes a target known.
class Register {
 public:
  Register(std::string name, Reader read);
};

// The input as a file of that name in a folder that is removed in the end, for readers that take a path. One at a time.
[[nodiscard]] std::filesystem::path file_of(std::string_view input, const std::string& name);

// Takes the first line off; what stands before the line end.
[[nodiscard]] std::string_view take_line(std::string_view& input);

}  // namespace gradus::fuzz
