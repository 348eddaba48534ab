#include "gradus/formats/model_file.h"

#include <fmt/format.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/formats/c_source.h"
#include "gradus/formats/import.h"
#include "gradus/formats/model_content.h"
#include "gradus/formats/npz_model.h"
#include "gradus/formats/onnx.h"
#include "gradus/formats/sequential.h"

namespace gradus {

namespace {

enum class Format { kSafetensors, kNpz, kOnnx, kCSource };

enum class Doing { kReading, kWriting };

Format format_of(const std::filesystem::path& path, Doing doing) {
  const std::string ending = path.extension().string();
  if (ending == ".safetensors") return Format::kSafetensors;
  if (ending == ".npz") return Format::kNpz;
  if (ending == ".onnx") return Format::kOnnx;
  if (is_c_source(path)) return Format::kCSource;
  const bool reading = doing == Doing::kReading;
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("{} {}: its ending is '{}'; expected .safetensors, .npz{}", reading ? "reading" : "writing",
                  path.string(), ending, reading ? " or .onnx" : ", .onnx, or .h or .c for C source"));
}

// Gradus's own where the metadata says so.
Model model_of(Safetensors content, const ImportOptions& options, const std::string& source,
               std::vector<std::string>& notes) {
  const auto format = content.metadata.find("format");
  if (format != content.metadata.end() && format->second == "gradus") {
    check_no_options(options, source);
    return model_from(content, source);
  }
  return make_model(read_sequential(std::move(content), options, source, notes), options, source, notes);
}

}  // namespace

Model Model::load(const std::filesystem::path& path) {
  std::vector<std::string> notes;
  return read_model(path, {}, notes);
}

void write_model(const std::filesystem::path& path, const Model& model, std::vector<std::string>& notes) {
  switch (format_of(path, Doing::kWriting)) {
    case Format::kSafetensors:
      save_model(path, model);
      return;
    case Format::kNpz:
      write_file_atomically(path, format_npz(content_of(model)));
      return;
    case Format::kOnnx:
      if (is_double(model))
        notes.emplace_back("weights rounded from double to float: few ONNX runtimes compute in double");
      save_onnx(path, model);
      return;
    case Format::kCSource:
      save_c_source(path, CSource(model, c_numbers_of(model)));
  }
}

void check_writable_ending(const std::filesystem::path& path) {
  (void)format_of(path, Doing::kWriting);
}

Model read_model(const std::filesystem::path& path, const ImportOptions& options,
                 std::vector<std::string>& notes) {
  switch (format_of(path, Doing::kReading)) {
    case Format::kSafetensors:
      return model_of(read_safetensors(path, OtherTypes::kLeftOut), options, path.string(), notes);
    case Format::kNpz:
      return model_of(read_npz_content(path), options, path.string(), notes);
    case Format::kCSource:
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("reading {}: C source is written, never read; its own self-test checks it: {}",
                              path.string(), c_self_test_command(path)));
    case Format::kOnnx:
      break;
  }
  return load_onnx(path, options, notes);
}

}  // namespace gradus
