#include "gradus/formats/model_predictor.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <variant>

#include "gradus/core/error.h"
#include "gradus/data/dataset.h"
#include "gradus/train/metrics.h"
#include "gradus/train/predictor.h"

namespace gradus {

namespace {

constexpr std::size_t kWorkspaces = 64;  // calls at one moment; further ones wait for their turn

// A small number of this thread's own, so that threads begin their search in different places.
std::size_t thread_number() {
  static std::atomic<std::size_t> threads = 0;
  thread_local const std::size_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

using Workspace = std::variant<Predictor<float>, Predictor<double>>;

std::unique_ptr<Workspace> make_workspace(const Model& model) {
  return std::visit(
      [&]<class T>(const AlignedBuffer<T>& parameters) {
        return std::make_unique<Workspace>(std::in_place_type<Predictor<T>>, model.network, model.loss.kind,
                                           model.transform, model.target, parameters.span());
      },
      model.parameters);
}

}  // namespace

struct ModelPredictor::Workspaces {
  struct alignas(kAlignment) Place {
    std::atomic<bool> taken = false;
    std::unique_ptr<Workspace> workspace;  // of whoever has taken the place
  };
  std::array<Place, kWorkspaces> places;

  // A place until the end of a scope.
  class Borrowed {
   public:
    explicit Borrowed(Workspaces& all) : place_(find(all)) {}
    ~Borrowed() { place_.taken.store(false, std::memory_order_release); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;

    [[nodiscard]] Workspace& workspace(const Model& model) {
      if (place_.workspace == nullptr) place_.workspace = make_workspace(model);
      return *place_.workspace;
    }

   private:
    static Place& find(Workspaces& all) {
      for (std::size_t i = thread_number();; ++i) {
        Place& place = all.places[i % kWorkspaces];
        if (!place.taken.exchange(true, std::memory_order_acquire)) return place;
        if (i % kWorkspaces == kWorkspaces - 1) std::this_thread::yield();
      }
    }

    Place& place_;
  };
};

ModelPredictor::ModelPredictor(Model model)
    : model_(std::make_unique<const Model>(std::move(model))),
      features_(model_->transform.features() - (model_->transform.ones_column ? 1 : 0)),
      columns_(prediction_columns(model_->target)),
      workspaces_(std::make_unique<Workspaces>()) {}

ModelPredictor::~ModelPredictor() = default;
ModelPredictor::ModelPredictor(ModelPredictor&&) noexcept = default;
ModelPredictor& ModelPredictor::operator=(ModelPredictor&&) noexcept = default;

template <class Stored>
void ModelPredictor::predict_rows(MatrixView<const Stored> rows, MatrixView<double> predictions) const {
  if (rows.cols != features_ || predictions.cols != columns_ || predictions.rows != rows.rows) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("predicting: rows ({}, {}) and predictions ({}, {}) came; expected (n, {}) and "
                            "(n, {}); see the transform's feature_names()",
                            rows.rows, rows.cols, predictions.rows, predictions.cols, features_, columns_));
  }
  Workspaces::Borrowed borrowed(*workspaces_);
  std::visit([&](auto& predictor) { predictor(rows, predictions); }, borrowed.workspace(*model_));
}

void ModelPredictor::predict(MatrixView<const float> rows, MatrixView<double> predictions) const {
  predict_rows(rows, predictions);
}

void ModelPredictor::predict(MatrixView<const double> rows, MatrixView<double> predictions) const {
  predict_rows(rows, predictions);
}

Predictions ModelPredictor::predict(const Table& table) const {
  return predictions(*model_, apply(model_->transform, model_->target, table, false));
}

const std::string& ModelPredictor::label(std::span<const double> probabilities) const {
  const std::vector<std::string>& classes = model_->target.classes;
  if (probabilities.empty() || probabilities.size() != classes.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("naming a class: {} probabilities came; expected one for each of {} classes",
                            probabilities.size(), classes.size()));
  }
  return classes[argmax(probabilities)];
}

}  // namespace gradus
