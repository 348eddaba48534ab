// A model as named tensors and texts, and back: what stands in every container.
#include "gradus/formats/model_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "gradus/core/checksum.h"
#include "gradus/core/error.h"
#include "gradus/formats/model_json.h"
#include "gradus/formats/read_json-inl.h"

namespace gradus {

namespace {

constexpr int kFormatVersion = 1;

// Weights (I, O) become (O, I) in the file and back: the one place where the two layouts meet.
template <class T>
Tensor to_tensor(const ParameterInfo& info, std::span<const T> block) {
  std::vector<T> values(info.size());
  for (std::size_t r = 0; r < info.rows; ++r) {
    for (std::size_t c = 0; c < info.cols; ++c)
      values[c * info.rows + r] = block[info.offset + r * info.cols + c];
  }
  return {.shape = file_shape(info), .values = std::move(values)};
}

Safetensors to_safetensors(const Model& model) {
  Safetensors file;
  std::visit(
      [&]<class T>(const AlignedBuffer<T>& block) {
        for (const ParameterInfo& info : parameter_table(model.network).tensors) {
          file.tensors.emplace_back(info.name, to_tensor<T>(info, block.span()));
        }
      },
      model.parameters);
  return file;
}

// All tensors are looked at before memory is asked for: the widths are whatever the metadata says.
template <class T>
ParameterBlock read_block(const Safetensors& file, const ParameterTable& table, const std::string& source) {
  for (const ParameterInfo& info : table.tensors) {
    const Tensor* tensor = file.find(info.name);
    const std::vector<std::size_t> expected = file_shape(info);
    if (tensor == nullptr || tensor->shape != expected ||
        !std::holds_alternative<std::vector<T>>(tensor->values)) {
      throw Error(
          ErrorCode::kBadData,
          fmt::format("reading {}: tensor {} is {}; the network that the file describes needs it as ({})",
                      source, info.name, tensor == nullptr ? "missing" : "of another shape or type",
                      fmt::join(expected, ", ")));
    }
  }
  AlignedBuffer<T> block(table.block_size);
  for (const ParameterInfo& info : table.tensors) {
    const auto& values = std::get<std::vector<T>>(file.find(info.name)->values);
    for (std::size_t r = 0; r < info.rows; ++r) {
      for (std::size_t c = 0; c < info.cols; ++c)
        block[info.offset + r * info.cols + c] = values[c * info.rows + r];
    }
  }
  return block;
}

const std::string& metadata(const Safetensors& file, const std::string& key, const std::string& source) {
  const auto found = file.metadata.find(key);
  if (found == file.metadata.end()) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading {}: no '{}' in its metadata; expected a model that gradus has written",
                            source, key));
  }
  return found->second;
}

int number_from(const Safetensors& file, const std::string& key, const std::string& source) {
  const std::string& text = metadata(file, key, source);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCode::kBadData,
                fmt::format("reading {}: {} is '{}'; expected a whole number", source, key, text));
  }
  return number;
}

std::string metrics_to_json(std::map<std::string, double> metrics) {
  std::erase_if(metrics, [](const auto& metric) { return !std::isfinite(metric.second); });
  return nlohmann::json(metrics).dump();
}

std::map<std::string, double> metrics_from(const std::string& text, const std::string& source) {
  return internal::from_json(text, source, "list of metrics", [](const nlohmann::json& object) {
    return object.get<std::map<std::string, double>>();
  });
}

// A file without the checksum is taken as it is: its weights may have been changed on purpose.
void check_hash(const Safetensors& file, const Model& model, const std::string& source) {
  const auto promised = file.metadata.find("weights_sha256");
  if (promised == file.metadata.end() || promised->second == weights_sha256(model)) return;
  throw Error(
      ErrorCode::kBadData,
      fmt::format("reading {}: the weights are damaged: their SHA-256 is {}; expected {}; get the "
                  "file again, or take weights_sha256 out of its metadata if they were changed on purpose",
                  source, weights_sha256(model), promised->second));
}

void check_finite(const Safetensors& file, const ParameterTable& table, const std::string& source) {
  for (const ParameterInfo& info : table.tensors) {
    const auto check = [&](const auto& values) {
      const bool variance = info.name.ends_with(".running_var");
      const auto found = std::ranges::find_if(
          values, [&](auto value) { return !std::isfinite(value) || (variance && value < 0); });
      if (found == values.end()) return;
      throw Error(ErrorCode::kBadData,
                  fmt::format("reading {}: entry {} of tensor {} is {}; expected {}; train again "
                              "with a smaller learning rate",
                              source, found - values.begin(), info.name, *found,
                              variance ? "a finite variance, 0 or more" : "finite weights"));
    };
    std::visit(check, file.find(info.name)->values);
  }
}

[[noreturn]] void fail_fit(const std::string& doing, const std::string& what) {
  throw Error(ErrorCode::kBadData, fmt::format("{}: {}; expected parts of one model", doing, what));
}

void check_target(const Model& model, const std::string& doing) {
  const std::size_t outputs = model.network.outputs();
  const std::size_t classes = model.target.classes.size();
  const std::string_view loss = name_of(model.loss.kind);
  if (is_classification(model.loss.kind) != (model.target.task == Task::kClassification)) {
    fail_fit(doing, fmt::format("its loss is {}, its task {}", loss, name_of(model.target.task)));
  }
  if (model.target.task == Task::kRegression) {
    if (outputs != 1) fail_fit(doing, fmt::format("its network has {} outputs, its regression 1", outputs));
    return;
  }
  if (is_binary(model.loss.kind)) {
    if (outputs != 1 || classes != 2) {
      fail_fit(doing,
               fmt::format("its network has {} outputs, its target {} classes, its loss {} takes 1 and 2",
                           outputs, classes, loss));
    }
  } else if (outputs != classes) {
    fail_fit(doing, fmt::format("its network has {} outputs, its target {} classes", outputs, classes));
  }
  const std::size_t weights = model.loss.class_weights.size();
  if (weights != 0 && weights != classes) {
    fail_fit(doing, fmt::format("its loss has {} class weights, its target {} classes", weights, classes));
  }
}

}  // namespace

void check_fit(const Model& model, const std::string& doing) {
  const std::size_t features = model.transform.features();
  if (features != model.network.inputs) {
    fail_fit(doing, fmt::format("its transform makes {} features, its network takes {}", features,
                                model.network.inputs));
  }
  check_target(model, doing);
}

ParameterBlock parameters_from(const Safetensors& file, const NetworkSpec& network,
                               const std::string& source) {
  const ParameterTable table = parameter_table(network);
  const Tensor* first = file.find(table.tensors.front().name);
  const bool wide = first != nullptr && std::holds_alternative<std::vector<double>>(first->values);
  ParameterBlock block =
      wide ? read_block<double>(file, table, source) : read_block<float>(file, table, source);
  check_finite(file, table, source);
  return block;
}

Safetensors content_of(const Model& model) {
  check_fit(model, "writing the model");
  Safetensors content = to_safetensors(model);
  GoldenVectors golden = model.golden.empty() ? golden_inputs(model.transform) : model.golden;
  golden.stages = golden_stages(model, golden);
  golden.single = !is_double(model);
  content.metadata = {{"format", "gradus"},
                      {"format_version", std::to_string(kFormatVersion)},
                      {"numerics_version", std::to_string(model.numerics_version)},
                      {"network", network_to_json(model.network)},
                      {"loss", loss_to_json(model.loss)},
                      {"transform", to_json(model.transform)},
                      {"target", to_json(model.target)},
                      {"metrics", metrics_to_json(model.metrics)},
                      {"config", model.config},
                      {"golden", golden_to_json(golden)},
                      {"weights_sha256", weights_sha256(model)}};
  if (!model.data_sha256.empty()) content.metadata["data_sha256"] = model.data_sha256;
  return content;
}

Model model_from(const Safetensors& file, const std::string& source) {
  if (metadata(file, "format", source) != "gradus") {
    throw Error(ErrorCode::kBadData, fmt::format("reading {}: its format is '{}'; expected gradus", source,
                                                 file.metadata.at("format")));
  }
  if (const int version = number_from(file, "format_version", source); version > kFormatVersion) {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("reading {}: format version {}; this gradus reads up to {}; use a newer one",
                            source, version, kFormatVersion));
  }
  Model model;
  model.network = network_from_json(metadata(file, "network", source), source);
  model.loss = loss_from_json(metadata(file, "loss", source), source);
  model.transform = transform_from_json(metadata(file, "transform", source), source);
  model.target = target_from_json(metadata(file, "target", source), source);
  model.metrics = metrics_from(metadata(file, "metrics", source), source);
  model.config = metadata(file, "config", source);
  model.numerics_version = number_from(file, "numerics_version", source);
  check_fit(model, "reading " + source);
  model.parameters = parameters_from(file, model.network, source);
  check_hash(file, model, source);
  if (const auto golden = file.metadata.find("golden"); golden != file.metadata.end())
    model.golden = golden_from_json(golden->second, !is_double(model), source);
  if (const auto hash = file.metadata.find("data_sha256"); hash != file.metadata.end())
    model.data_sha256 = hash->second;
  return model;
}

// Column by column, a few values at a time: a second copy of all weights would be the largest thing in memory.
std::string weights_sha256(const Model& model) {
  Sha256 hash;
  std::visit(
      [&]<class T>(const AlignedBuffer<T>& block) {
        std::array<T, 1024> values;
        std::size_t count = 0;
        const auto add = [&] { hash.add(std::as_bytes(std::span(values).first(std::exchange(count, 0)))); };
        for (const ParameterInfo& info : parameter_table(model.network).tensors) {
          for (std::size_t c = 0; c < info.cols; ++c) {
            for (std::size_t r = 0; r < info.rows; ++r) {
              values[count++] = block[info.offset + r * info.cols + c];
              if (count == values.size()) add();
            }
          }
        }
        add();
      },
      model.parameters);
  return hash.hex();
}

}  // namespace gradus
