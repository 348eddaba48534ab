// Model files of every format that gradus knows, chosen by their ending: .safetensors (the native one), .npz, .onnx,
// and C source as .h or .c, which is written only: in float; other numbers are c_source.h's.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gradus/formats/import_options.h"
#include "gradus/formats/model.h"

namespace gradus {

// A model, or weights of another program, of which `options` say what they do not. Appends to `notes` what was
// assumed or left out, a line each. Throws Error(kUnsupported) for another ending, and as load_model does.
[[nodiscard]] Model read_model(const std::filesystem::path& path, const ImportOptions& options,
                               std::vector<std::string>& notes);

// As save_model. Appends to `notes` what the format cannot hold.
void write_model(const std::filesystem::path& path, const Model& model, std::vector<std::string>& notes);

// Throws Error(kUnsupported) unless write_model knows the ending: before any work.
void check_writable_ending(const std::filesystem::path& path);

}  // namespace gradus
