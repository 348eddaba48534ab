// Predictions behind a C interface, for the comparison of inference from Python (bench/rivals).
#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

#include "gradus/formats/model.h"
#include "gradus/train/predictor.h"

namespace {

constexpr std::size_t kMaxRows = 1024;

struct LoadedModel {
  explicit LoadedModel(const char* path)
      : model(gradus::load_model(path)),
        predictor(model.network, model.loss.kind, model.transform, model.target,
                  std::get<gradus::AlignedBuffer<float>>(model.parameters).span(), kMaxRows),
        predictions(kMaxRows * gradus::prediction_columns(model.target)) {}

  gradus::Model model;
  gradus::Predictor<float> predictor;
  std::vector<double> predictions;
};

}  // namespace

// nullptr, with a line on standard error, where the model cannot be read or is not in float.
extern "C" void* gradus_bench_load(const char* model_path) {
  try {
    return new LoadedModel(model_path);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gradus_bench_load: %s\n", error.what());
    return nullptr;
  }
}

// x (rows, features), probabilities (rows, classes), both without gaps; 0 when done, 1 for too many rows.
extern "C" int gradus_bench_predict(void* model, const float* x, std::size_t rows, float* probabilities) {
  auto& loaded = *static_cast<LoadedModel*>(model);
  if (rows > kMaxRows) return 1;
  const std::size_t classes = gradus::prediction_columns(loaded.model.target);
  loaded.predictor({x, rows, loaded.model.network.inputs}, {loaded.predictions.data(), rows, classes});
  for (std::size_t i = 0; i < rows * classes; ++i)
    probabilities[i] = static_cast<float>(loaded.predictions[i]);
  return 0;
}

extern "C" void gradus_bench_free(void* model) {
  delete static_cast<LoadedModel*>(model);
}
