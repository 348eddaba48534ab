#include "gradus/formats/sequential.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

#include "gradus/core/error.h"
#include "gradus/data/shape.h"
#include "gradus/nn/activation.h"

namespace gradus {

namespace {

constexpr std::size_t kMostLayers = 10'000;  // a place in the names may be any number

using Parts = std::map<std::string, Tensor*>;  // "weight", "bias", ...

class SequentialReader {
 public:
  SequentialReader(Safetensors& file, const ImportOptions& options, const std::string& source)
      : file_(file), options_(options), source_(source) {}

  ImportedNetwork read(std::vector<std::string>& notes) {
    group();
    for (const auto& [place, parts] : layers_) {
      fill_up_to(place);
      add_layer(place, parts);
    }
    result_.network.validate();
    say_activations(notes);
    return std::move(result_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, ErrorCode code = ErrorCode::kBadData) const {
    throw Error(code,
                fmt::format("reading {}: {}; expected weights of a PyTorch nn.Sequential, such as 0.weight, "
                            "0.bias, 2.weight",
                            source_, what));
  }

  // "net.0.weight": all up to the number, where every name begins so.
  [[nodiscard]] std::string prefix() const {
    if (file_.tensors.empty()) fail("it has no float tensors");
    const std::string& name = file_.tensors.front().first;
    const std::size_t end = name.rfind('.');
    const std::size_t begin = end == name.npos || end == 0 ? name.npos : name.rfind('.', end - 1);
    return begin == name.npos ? "" : name.substr(0, begin + 1);
  }

  void group() {
    const std::string common = prefix();
    for (auto& [name, tensor] : file_.tensors) {
      if (!name.starts_with(common)) fail(fmt::format("tensor {} does not begin with {}", name, common));
      const std::string_view rest = std::string_view(name).substr(common.size());
      std::size_t place = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), place);
      const std::size_t digits = static_cast<std::size_t>(end - rest.data());
      if (error != std::errc() || digits + 1 >= rest.size() || rest[digits] != '.' || place > kMostLayers)
        fail(fmt::format("tensor {} has no layer's number in its name", name));
      layers_[place][std::string(rest.substr(digits + 1))] = &tensor;
    }
    for (const std::string& name : file_.left_out) {
      if (!name.ends_with("num_batches_tracked"))
        fail(fmt::format("tensor {} holds no floats", name), ErrorCode::kUnsupported);
    }
  }

  // The first free place is the activation's.
  void fill_up_to(std::size_t place) {
    std::vector<LayerSpec>& layers = result_.network.layers;
    if (layers.size() < place && !layers.empty()) layers.push_back(activation_layer(next_activation()));
    while (layers.size() < place) layers.push_back(activation_layer(Activation::kIdentity));
  }

  Activation next_activation() {
    const std::size_t place = activations_++;
    if (options_.activations.empty()) return Activation::kRelu;
    if (options_.activations.size() == 1) return options_.activations.front();
    return place < options_.activations.size() ? options_.activations[place] : Activation::kIdentity;
  }

  void add_layer(std::size_t place, const Parts& parts) {
    const auto weight = parts.find("weight");
    if (weight == parts.end()) fail(fmt::format("layer {} has no weight", place));
    const std::vector<std::size_t>& shape = weight->second->shape;
    const bool statistics = parts.contains("running_mean") && parts.contains("running_var");
    const std::size_t known = 1 + parts.count("bias") + (statistics ? 2 : 0);
    if (parts.size() != known) fail(fmt::format("layer {} has tensors of another kind of layer", place));
    if (shape.size() == 2) {
      if (result_.network.inputs == 0) result_.network.inputs = shape[1];
      result_.network.layers.push_back(dense(shape[0], parts.contains("bias")));
    } else if (shape.size() == 1 && parts.contains("bias") && result_.network.inputs != 0) {
      result_.network.layers.push_back(statistics ? batch_norm() : layer_norm());
    } else {
      fail(fmt::format("{}.weight has shape {}", place, shape_text(shape)));
    }
    for (const auto& [part, tensor] : parts)
      result_.weights.tensors.emplace_back(fmt::format("{}.{}", place, part), std::move(*tensor));
  }

  void say_activations(std::vector<std::string>& notes) const {
    const std::size_t given = options_.activations.size();
    if (given > 1 && given != activations_) {
      throw Error(ErrorCode::kBadConfiguration,
                  fmt::format("reading {}: {} activations are named; its layers have {} places for them",
                              source_, given, activations_));
    }
    if (given == 0 && activations_ > 0)
      notes.emplace_back("activation relu: assumed; --activation says otherwise");
  }

  Safetensors& file_;
  const ImportOptions& options_;
  const std::string& source_;
  std::map<std::size_t, Parts> layers_;
  std::size_t activations_ = 0;
  ImportedNetwork result_{};
};

}  // namespace

ImportedNetwork read_sequential(Safetensors file, const ImportOptions& options, const std::string& source,
                                std::vector<std::string>& notes) {
  return SequentialReader(file, options, source).read(notes);
}

}  // namespace gradus
