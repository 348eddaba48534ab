// What gradus reads in the files of a folder, for differential.py:
//
//   fuzz_contents npy|npz|safetensors|onnx FOLDER
//
// A line per file: its name, "ok" or "refused", and then for each array name, shape and SHA-256 of its values as doubles (texts
// one by one, with a NUL behind each), tabs between.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/npz.h"
#include "gradus/data/safetensors.h"
#include "gradus/data/shape.h"
#include "gradus/formats/onnx.h"

namespace gradus::fuzz {
namespace {

namespace fs = std::filesystem;

template <class List>
std::string line_of(const std::string& name, const std::vector<std::size_t>& shape, const List& values) {
  Sha256 hash;
  for (const auto& value : values) {
    if constexpr (std::is_same_v<typename List::value_type, std::string>) {
      hash.add(value + '\0');
    } else {
      const auto number = static_cast<double>(value);
      hash.add(std::as_bytes(std::span(&number, 1)));
    }
  }
  return fmt::format("\t{} {} {}", name, shape_text(shape), hash.hex());
}

std::string line_of(const std::string& name, const NumpyArray& array) {
  return std::visit([&](const auto& values) { return line_of(name, array.shape, values); }, array.values);
}

std::string read_npy_file(const fs::path& path) {
  return line_of("array", read_npy(path));
}

std::string read_npz_file(const fs::path& path) {
  std::string text;
  for (const auto& [name, array] : read_npz(path)) text += line_of(name, array);
  return text;
}

std::string read_safetensors_file(const fs::path& path) {
  const Safetensors content = read_safetensors(path, OtherTypes::kLeftOut);
  std::map<std::string, std::string> lines;
  for (const auto& entry : content.tensors) {
    const auto& tensor = entry.second;
    lines[entry.first] = std::visit(
        [&](const auto& values) { return line_of(entry.first, tensor.shape, values); }, tensor.values);
  }
  std::string text;
  for (const auto& [name, line] : lines) text += line;
  return text;
}

// Whether it is read at all: the weights of a network are not the arrays of its graph.
std::string read_onnx_file(const fs::path& path) {
  std::vector<std::string> notes;
  (void)load_onnx(path, {}, notes);
  return "";
}

int run(const std::string& format, const fs::path& folder) {
  const std::map<std::string, std::function<std::string(const fs::path&)>> readers = {
      {"npy", read_npy_file},
      {"npz", read_npz_file},
      {"safetensors", read_safetensors_file},
      {"onnx", read_onnx_file}};
  const auto reader = readers.find(format);
  if (reader == readers.end()) {
    fmt::print(stderr, "fuzz_contents: there is no format {}\n", format);
    return 2;
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    std::string outcome = "\trefused";
    try {
      outcome = "\tok" + reader->second(file);
    } catch (const Error&) {
    }
    fmt::print("{}{}\n", file.filename().string(), outcome);
  }
  return 0;
}

}  // namespace
}  // namespace gradus::fuzz

int main(int count, char** arguments) {
  if (count == 3) return gradus::fuzz::run(arguments[1], arguments[2]);
  fmt::print(stderr, "usage: fuzz_contents npy|npz|safetensors|onnx FOLDER\n");
  return 2;
}
