// Targets: model files of every format, and the texts in their metadata.
#include <array>
#include <string>

#include "gradus/core/error.h"
#include "gradus/formats/model_content.h"
#include "gradus/formats/model_file.h"
#include "gradus/formats/onnx.h"
#include "tests/fuzz/small_model.h"
#include "tests/fuzz/target.h"

namespace gradus::fuzz {
namespace {

std::size_t bytes_of(const Model& model) {
  return std::visit([](const auto& block) { return block.size() * sizeof(block[0]); }, model.parameters);
}

std::size_t read_model_input(std::string_view input, const std::string& name) {
  std::vector<std::string> notes;
  const Model model = read_model(file_of(input, name), {}, notes);
  (void)weights_sha256(model);
  return bytes_of(model);
}

std::size_t read_model_safetensors(std::string_view input) {
  return read_model_input(input, "model.safetensors");
}
std::size_t read_model_npz(std::string_view input) {
  return read_model_input(input, "model.npz");
}
std::size_t read_onnx_input(std::string_view input) {
  std::vector<std::string> notes;
  return bytes_of(parse_onnx(input, "model.onnx", {}, notes));
}

// "network\n{...}": one text of a sound model's metadata is replaced.
std::size_t read_metadata_input(std::string_view input) {
  static const Safetensors sound = [] {
    Safetensors whole = content_of(small_model());
    whole.metadata.emplace("data_sha256", "");  // the one that may be missing
    return whole;
  }();
  Safetensors content = sound;
  const auto replaced = content.metadata.find(std::string(take_line(input)));
  if (replaced == content.metadata.end()) return 0;  // a text that nobody reads
  replaced->second = input;
  const Model model = model_from(content, "model.safetensors");
  const Model again = model_from(content_of(model), "again");
  GRADUS_ASSERT(weights_sha256(again) == weights_sha256(model));
  return 0;
}

const Register kModel("model", read_model_safetensors);
const Register kModelNpz("model_npz", read_model_npz);
const Register kOnnx("onnx", read_onnx_input);
const Register kMetadata("metadata", read_metadata_input);

}  // namespace
}  // namespace gradus::fuzz
