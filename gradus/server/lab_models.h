// The models and the data of runs, as the parts of the page that look inside a run need them: of stored runs from
// their folders, of those that are trained in this lab as they stand now.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gradus/data/principal_components.h"
#include "gradus/data/source.h"
#include "gradus/formats/model_predictor.h"
#include "gradus/runs/run_store.h"
#include "gradus/server/training_jobs.h"
#include "gradus/train/experiment.h"

namespace gradus::server {

// `id`, where the store has such a run; else throws Error(kNotFound).
[[nodiscard]] std::uint64_t existing_run(const RunStore& store, std::uint64_t id);

// A model with whose it is. Immutable but for what it computes once; any number of threads.
class LabModel {
 public:
  LabModel(RunRecord run, Model model, bool live);

  // Of a live one with the steps that are done.
  [[nodiscard]] const RunRecord& run() const { return run_; }
  [[nodiscard]] bool live() const { return live_; }
  [[nodiscard]] const Model& model() const { return predictor_.model(); }
  [[nodiscard]] const ModelPredictor& predictor() const { return predictor_; }
  // Of the part on which the run is judged; computed at the first call.
  [[nodiscard]] const Predictions& judged(const Dataset& part) const;

 private:
  RunRecord run_;
  ModelPredictor predictor_;
  bool live_;
  mutable std::once_flag once_;
  mutable Predictions judged_;
};

// The data of a run, split and encoded as it had them. As LabModel for threads.
class LabData {
 public:
  explicit LabData(std::shared_ptr<const Experiment> experiment);

  [[nodiscard]] const Preparation& data() const { return experiment_->data; }
  [[nodiscard]] const Plan& plan() const { return experiment_->plan; }
  // The test part, else the validation part. Throws Error(kBadData) where there is neither.
  [[nodiscard]] const Dataset& judged() const;
  [[nodiscard]] const char* judged_name() const;  // "test", "validation"

  // At most 1,000 rows of the training part, evenly spaced, as raw features (rows, columns) without a ones column.
  [[nodiscard]] MatrixView<const double> sample() const { return {sample_.data(), rows_.size(), cols_}; }
  [[nodiscard]] const std::vector<std::size_t>& sample_rows() const {
    return rows_;
  }  // places in the training part
  // The first two of the sample as the network sees it, scaled; computed at the first call.
  [[nodiscard]] const PrincipalComponents& components() const;

 private:
  std::shared_ptr<const Experiment> experiment_;
  std::vector<std::size_t> rows_;
  std::size_t cols_ = 0;
  std::vector<double> sample_;
  mutable std::once_flag once_;
  mutable PrincipalComponents components_;
};

// Keeps the last few of each. Any number of threads.
class LabModels {
 public:
  // `jobs` must outlive it.
  LabModels(const std::filesystem::path& runs, SourceOptions source, TrainingJobs& jobs);

  // Throws Error(kNotFound) where the run left no model or is trained by another process.
  [[nodiscard]] std::shared_ptr<const LabModel> model(std::uint64_t id);
  // Throws Error(kBadData) where the data are no longer those that the run was trained on.
  [[nodiscard]] std::shared_ptr<const LabData> data(std::uint64_t id);
  // Whole lines; empty where nothing was recorded.
  [[nodiscard]] std::string layer_lines(std::uint64_t id);
  [[nodiscard]] const RunStore& store() const { return store_; }
  // Whether this lab trains it, or did.
  [[nodiscard]] bool is_here(std::uint64_t id) const;

 private:
  template <class Value>
  using Recent = std::list<std::pair<std::uint64_t, std::shared_ptr<const Value>>>;

  [[nodiscard]] std::shared_ptr<const LabModel> live_model(RunRecord run);
  template <class Value>
  [[nodiscard]] std::shared_ptr<const Value> find(Recent<Value>& recent, std::uint64_t id);
  template <class Value>
  void keep(Recent<Value>& recent, std::uint64_t id, std::shared_ptr<const Value> value);

  RunStore store_;
  SourceOptions source_;
  TrainingJobs& jobs_;
  std::mutex mutex_;
  Recent<LabModel> models_;
  Recent<LabData> data_;
};

}  // namespace gradus::server
