// A trained network as one .safetensors file that needs nothing else to predict on raw data.
//
// Tensors: the parameters and the running statistics under PyTorch's nn.Sequential names and shapes
// ("0.weight" (outputs, inputs), "0.bias", "1.running_mean"), F32 or F64. Metadata (all text): format "gradus", format_version, numerics_version, network,
// loss, transform, target and metrics (JSON), config (the TOML that repeats the run), weights_sha256 (may be
// absent; checked where it is there), golden (JSON: golden.h; absent in old files) and data_sha256 (where known).
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "gradus/core/files.h"
#include "gradus/data/transform.h"
#include "gradus/formats/golden.h"
#include "gradus/nn/loss.h"
#include "gradus/nn/network_spec.h"
#include "gradus/train/evaluator.h"
#include "gradus/train/experiment.h"
#include "gradus/train/trainer.h"

namespace gradus {

// A trained network with all that predicting takes.
struct Model {
  NetworkSpec network;
  ParameterBlock parameters;
  LossSpec loss;
  Transform transform;
  TargetCoding target;
  std::map<std::string, double> metrics;  // "test_accuracy", ...; only finite ones are saved
  std::string config;                     // TOML; empty where unknown
  int numerics_version = 0;               // of the program that trained it
  std::string data_sha256 = {};           // of the data that it was trained on; empty where unknown
  GoldenVectors golden = {};              // empty in old files

  // From a file of any format, told by its ending: .safetensors, .npz or .onnx. Throws as read_model does
  // (model_file.h), which is also there for weights of other programs.
  [[nodiscard]] static Model load(const std::filesystem::path& path);
};

// With these weights, wherever they are from; without figures and golden rows.
[[nodiscard]] Model make_model(const Experiment& experiment, ParameterBlock parameters);
// A trained one with its figures; the parameters are moved out of `result`.
[[nodiscard]] Model make_model(const Experiment& experiment, TrainingResult& result);

[[nodiscard]] bool is_double(const Model& model);
// The same model with every weight rounded to float; its golden rows are kept.
[[nodiscard]] Model rounded_to_float(const Model& model);

// Written atomically, with golden vectors of this library for the rows in model.golden (some that fit the
// transform where there are none). Throws Error(kFile).
void save_model(const std::filesystem::path& path, const Model& model,
                Durability durability = Durability::kMachine);

// Throws Error(kNotFound), kFile, kBadData (no gradus model; tensors, transform, target or loss that do not
// fit the network; damaged or infinite weights), kUnsupported (newer format).
[[nodiscard]] Model load_model(const std::filesystem::path& path);

// 64 hexadecimal digits over the little-endian bytes of all parameters and running statistics in file order.
[[nodiscard]] std::string weights_sha256(const Model& model);

// The row-by-row predictions and the figures of a model on data encoded with its own transform. The figures
// need targets.
[[nodiscard]] Predictions predictions(const Model& model, const Dataset& data);
[[nodiscard]] PartFigures figures(const Model& model, const Dataset& data);

}  // namespace gradus
