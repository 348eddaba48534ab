// Golden vectors: a few raw rows inside a model file and what the library that wrote it computed for them, from
// the scaled inputs to the predictions, so that any program that reads the file can prove itself.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gradus/core/matrix.h"
#include "gradus/data/dataset.h"
#include "gradus/data/transform.h"

namespace gradus {

struct Model;

// One value per row and unit: of "transform" (the inputs of the network), of each layer by its number and name
// ("layer 1 (relu)"; a dense layer and its activation are one, dropout is none), and of "predictions".
struct GoldenStage {
  std::string name;
  std::size_t cols = 0;
  std::vector<double> values;  // (rows, cols); of a float model all but the predictions are floats

  friend bool operator==(const GoldenStage&, const GoldenStage&) = default;
};

// A few rows of input, and what every stage of the network made of them where the file was written.
struct GoldenVectors {
  std::size_t cols = 0;       // transform.feature_names() without the column of ones
  std::vector<float> inputs;  // (rows, cols), before scaling
  std::vector<GoldenStage> stages;
  bool single = true;  // computed by a float model

  [[nodiscard]] bool empty() const { return inputs.empty(); }
  [[nodiscard]] std::size_t rows() const { return cols == 0 ? 0 : inputs.size() / cols; }
  friend bool operator==(const GoldenVectors&, const GoldenVectors&) = default;
};

// Three rows of the data, evenly spread, or as many drawn from where the transform expects its inputs; always
// the same ones. Without stages.
[[nodiscard]] GoldenVectors golden_inputs(const Transform& transform, const Dataset& data);
[[nodiscard]] GoldenVectors golden_inputs(const Transform& transform);

// What this library computes for these rows.
[[nodiscard]] std::vector<GoldenStage> golden_stages(const Model& model, const GoldenVectors& rows);

// The largest difference of one stage, and where it is.
struct StageCheck {
  std::string name;
  double largest_difference = 0;
  double largest = 0;  // magnitude in the file
  // Where the difference is largest.
  std::size_t row = 0;
  std::size_t unit = 0;
  double expected = 0;
  double actual = 0;
  bool held = true;
};

// What became of the golden vectors of a file.
struct GoldenCheck {
  std::size_t rows = 0;  // 0: the file has none
  bool exact =
      false;  // the same numerics version: nothing may differ; else 1e-5 (double 1e-12) of the largest
  std::vector<StageCheck> stages;

  // Null where all hold.
  [[nodiscard]] const StageCheck* first_difference() const;
};

// The golden vectors of a loaded model against what this library computes. Throws Error(kBadData) naming `source`
// where they are those of another network.
[[nodiscard]] GoldenCheck check_golden(const Model& model, const std::string& source);

[[nodiscard]] std::string golden_to_json(const GoldenVectors& golden);
// Throws Error(kBadData) naming `source`. `single`: of a float model.
[[nodiscard]] GoldenVectors golden_from_json(std::string_view text, bool single, const std::string& source);

}  // namespace gradus
