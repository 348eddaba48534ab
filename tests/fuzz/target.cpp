#include "tests/fuzz/target.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/support/test_support.h"

namespace gradus::fuzz {
namespace {

std::vector<Target>& list() {
  static std::vector<Target> all;
  return all;
}

}  // namespace

const std::vector<Target>& targets() {
  std::ranges::sort(list(), {}, &Target::name);
  return list();
}

const Target* find_target(std::string_view name) {
  const auto found = std::ranges::find(list(), name, &Target::name);
  return found == list().end() ? nullptr : &*found;
}

Register::Register(std::string name, Reader read) {
  list().push_back({std::move(name), read});
}

std::filesystem::path file_of(std::string_view input, const std::string& name) {
  static const test::TemporaryFolder folder;
  std::filesystem::path path = folder.path() / name;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) throw std::runtime_error("cannot write " + path.string());
  while (!input.empty()) {
    const ssize_t count = ::write(file, input.data(), input.size());
    if (count <= 0) throw std::runtime_error("cannot write " + path.string());
    input.remove_prefix(static_cast<std::size_t>(count));
  }
  ::close(file);
  return path;
}

std::string_view take_line(std::string_view& input) {
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view line = input.substr(0, end);
  input.remove_prefix(std::min(end + 1, input.size()));
  return line;
}

}  // namespace gradus::fuzz
