// Predictions of a model, asked by any number of threads at once.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "gradus/core/matrix.h"
#include "gradus/data/table.h"
#include "gradus/formats/model.h"

namespace gradus {

// Thread-safe: all calls are const and may overlap. A call borrows one of a fixed number of workspaces, mostly the
// one that its thread had before; a workspace is made at its first use, and from then on calls allocate nothing. (A
// workspace for each thread would outlive one of the two; one for each caller is Predictor in train/predictor.h.)
class ModelPredictor {
 public:
  explicit ModelPredictor(Model model);
  ~ModelPredictor();
  ModelPredictor(ModelPredictor&&) noexcept;
  ModelPredictor& operator=(ModelPredictor&&) noexcept;

  [[nodiscard]] const Model& model() const { return *model_; }
  // Numbers in a row: one for each name of model().transform.feature_names(), but for a column of ones.
  [[nodiscard]] std::size_t features() const { return features_; }
  // Numbers in a prediction: a probability for each of model().target.classes, or one value.
  [[nodiscard]] std::size_t columns() const { return columns_; }

  // rows (n, features()): numbers as they came, before scaling; a category is 1 in its own feature, "colour=red",
  // and 0 in the others of its column. NaN and infinity are not looked for; the Table below may have missing cells.
  // predictions (n, columns()): probabilities, or values in the target's unit. The bits of `gradus predict` for
  // pictures and arrays of float (rows of float) and for CSV (rows of double), whoever else is calling. Throws
  // Error(kInvalidArgument) for other widths.
  void predict(MatrixView<const float> rows, MatrixView<double> predictions) const;
  void predict(MatrixView<const double> rows, MatrixView<double> predictions) const;
  // The rows of a table as it came, with its texts and missing cells; allocates. Throws as encode() does
  // (data/transform.h).
  [[nodiscard]] Predictions predict(const Table& table) const;

  // The class of the largest probability, the first of equal ones, as the data write it. For classifications.
  [[nodiscard]] const std::string& label(std::span<const double> probabilities) const;

 private:
  struct Workspaces;

  template <class Stored>
  void predict_rows(MatrixView<const Stored> rows, MatrixView<double> predictions) const;

  std::unique_ptr<const Model> model_;  // does not move with this object: workspaces look into it
  std::size_t features_;
  std::size_t columns_;
  std::unique_ptr<Workspaces> workspaces_;
};

}  // namespace gradus
