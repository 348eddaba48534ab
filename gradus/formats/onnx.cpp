#include "gradus/formats/onnx.h"

#include <fmt/format.h>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/protobuf.h"
#include "gradus/formats/import.h"
#include "gradus/formats/model_content.h"
#include "gradus/formats/onnx_chain.h"
#include "gradus/formats/onnx_file.h"
#include "gradus/formats/onnx_write.h"

namespace gradus {

namespace {

constexpr std::uint64_t kIrVersion = 7;
constexpr std::uint64_t kOpset = 13;
constexpr std::size_t kMostBytes = (std::size_t{1} << 31) - 1;

std::string format_float(const Model& model) {
  const Safetensors content = content_of(model);
  std::string file;
  protobuf::add_varint(file, 1, kIrVersion);
  protobuf::add_bytes(file, 2, "gradus");
  protobuf::add_bytes(file, 7, onnx::write_graph(model, content));
  std::string opset;
  protobuf::add_bytes(opset, 1, "");
  protobuf::add_varint(opset, 2, kOpset);
  protobuf::add_bytes(file, 8, opset);
  for (const auto& [key, value] : content.metadata) {
    std::string entry;
    protobuf::add_bytes(entry, 1, key);
    protobuf::add_bytes(entry, 2, value);
    protobuf::add_bytes(file, 14, entry);
  }
  if (file.size() > kMostBytes) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("writing the model as ONNX: it takes {} bytes; a protobuf file has at most {}; "
                            "write .safetensors or .npz",
                            file.size(), kMostBytes));
  }
  return file;
}

// The constants that are weights: numbered like "0.weight".
Safetensors own_content(const onnx::FileMessage& file, const std::string& source) {
  Safetensors content{.tensors = {}, .metadata = file.metadata};
  for (const onnx::TensorMessage& constant : file.graph.constants) {
    const bool numbered = !constant.name.empty() && constant.name[0] >= '0' && constant.name[0] <= '9';
    if (numbered) content.tensors.emplace_back(constant.name, onnx::values_of(constant, source));
  }
  return content;
}

}  // namespace

std::string format_onnx(const Model& model) {
  if (is_double(model)) return format_float(rounded_to_float(model));
  return format_float(model);
}

void save_onnx(const std::filesystem::path& path, const Model& model) {
  write_file_atomically(path, format_onnx(model));
}

Model parse_onnx(std::string_view bytes, const std::string& source, const ImportOptions& options,
                 std::vector<std::string>& notes) {
  const onnx::FileMessage file = onnx::parse_file(bytes, source);
  const auto format = file.metadata.find("format");
  if (format != file.metadata.end() && format->second == "gradus") {
    const Safetensors content = own_content(file, source);
    Model model = model_from(content, source);
    // The metadata is believed where the graph is what gradus makes of it.
    if (onnx::write_graph(model, content) == file.graph_bytes) {
      check_no_options(options, source);
      return model;
    }
    notes.emplace_back("the graph is not the one that gradus wrote: read without its metadata");
  }
  if (!options.activations.empty()) {
    throw Error(ErrorCode::kBadConfiguration,
                fmt::format("reading {}: its graph says its activations; leave them out", source));
  }
  return make_model(onnx::read_chain(file.graph, source, notes), options, source, notes);
}

Model load_onnx(const std::filesystem::path& path, const ImportOptions& options,
                std::vector<std::string>& notes) {
  return parse_onnx(read_file(path), path.string(), options, notes);
}

}  // namespace gradus
