#include "gradus/server/lab_models.h"

#include <fmt/format.h>

#include <algorithm>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/runs/layer_lines.h"
#include "gradus/runs/run_identity.h"

namespace gradus::server {
namespace {

constexpr std::size_t kKept = 4;  // models, and data sets
constexpr std::size_t kSampleRows = 1000;
constexpr std::size_t kSampleNumbers = std::size_t{1} << 22;  // of all its rows: 32 MiB

}  // namespace

std::uint64_t existing_run(const RunStore& store, std::uint64_t id) {
  if (store.contains(id)) return id;
  throw Error(ErrorCode::kNotFound, fmt::format("run {}: there is none of this number in the store", id));
}

LabModel::LabModel(RunRecord run, Model model, bool live)
    : run_(std::move(run)), predictor_(std::move(model)), live_(live) {}

const Predictions& LabModel::judged(const Dataset& part) const {
  std::call_once(once_, [&] { judged_ = predictions(model(), part); });
  return judged_;
}

LabData::LabData(std::shared_ptr<const Experiment> experiment) : experiment_(std::move(experiment)) {
  const Dataset& train = data().train;
  const Features& features = *train.features;
  cols_ = features.cols;
  const std::size_t count =
      std::min({train.size(), kSampleRows, std::max<std::size_t>(2, kSampleNumbers / cols_)});
  sample_.reserve(count * cols_);
  for (std::size_t i = 0; i < count; ++i) {
    rows_.push_back(i * train.size() / count);
    for (std::size_t c = 0; c < cols_; ++c) sample_.push_back(features.at(train.rows[rows_.back()], c));
  }
}

const Dataset& LabData::judged() const {
  if (!data().test.empty()) return data().test;
  if (data().validation.empty()) {
    throw Error(ErrorCode::kBadData,
                "looking for mistakes: the run has no test and no validation part to judge it on");
  }
  return data().validation;
}

const char* LabData::judged_name() const {
  return data().test.empty() ? "validation" : "test";
}

const PrincipalComponents& LabData::components() const {
  std::call_once(once_, [&] {
    const Transform& transform = data().transform;
    std::vector<double> scaled = sample_;
    for (std::size_t i = 0; i < scaled.size() && !transform.shift.empty(); ++i) {
      const std::size_t f = transform.shift.size() == 1 ? 0 : i % cols_;
      scaled[i] = (scaled[i] - transform.shift[f]) / transform.scale[f];
    }
    components_ = principal_components({scaled.data(), rows_.size(), cols_}, 2);
  });
  return components_;
}

LabModels::LabModels(const std::filesystem::path& runs, SourceOptions source, TrainingJobs& jobs)
    : store_(RunStore::open(runs)), source_(std::move(source)), jobs_(jobs) {}

bool LabModels::is_here(std::uint64_t id) const {
  const std::vector<std::uint64_t> ids = jobs_.ids();
  return std::ranges::find(ids, id) != ids.end();
}

std::shared_ptr<const LabModel> LabModels::live_model(RunRecord run) {
  LiveModel live = jobs_.model(run.id);
  run.steps = live.step;
  run.epochs = live.epoch;
  return std::make_shared<const LabModel>(std::move(run), std::move(live.model), true);
}

std::shared_ptr<const LabModel> LabModels::model(std::uint64_t id) {
  RunRecord run = store_.record(existing_run(store_, id));  // first: a run that was removed has no model
  if (run.status == RunStatus::kRunning) {
    if (is_here(id)) return live_model(std::move(run));
    run = store_.record(id);  // it may just have ended
  }
  if (run.status == RunStatus::kRunning) {
    throw Error(ErrorCode::kNotFound,
                fmt::format("looking into run {}: another process trains it; its model is there when it "
                            "has ended",
                            id));
  }
  if (run.model.empty()) {
    throw Error(ErrorCode::kNotFound, fmt::format("looking into run {}: it left no model; it ended as '{}'",
                                                  id, name_of(run.status)));
  }
  if (std::shared_ptr<const LabModel> kept = find(models_, id)) return kept;
  Model model = load_model(run.folder / run.model);
  auto made = std::make_shared<const LabModel>(std::move(run), std::move(model), false);
  keep(models_, id, made);
  return made;
}

std::shared_ptr<const LabData> LabModels::data(std::uint64_t id) {
  const RunRecord run = store_.record(id);
  if (std::shared_ptr<const LabData> kept = find(data_, id)) return kept;
  std::shared_ptr<const Experiment> experiment = is_here(id) ? jobs_.experiment(id) : nullptr;
  if (experiment == nullptr) {
    const RunConfig config = config_from_json(store_.configuration(id), fmt::format("run {}", id));
    experiment = std::make_shared<const Experiment>(set_up(config, source_));
  }
  if (data_hash(experiment->data) != run.data_hash) {
    throw Error(
        ErrorCode::kBadData,
        fmt::format("reading the data of run {}: '{}' is no longer what it was trained on; put the old "
                    "file back, or train again",
                    id, run.data));
  }
  auto made = std::make_shared<const LabData>(std::move(experiment));
  keep(data_, id, made);
  return made;
}

std::string LabModels::layer_lines(std::uint64_t id) {
  const RunRecord run = store_.record(existing_run(store_, id));
  if (run.status == RunStatus::kRunning && is_here(id)) return jobs_.layer_lines(id);
  try {
    return read_file(run.folder / kLayersFile);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound) return {};
    throw;
  }
}

template <class Value>
std::shared_ptr<const Value> LabModels::find(Recent<Value>& recent, std::uint64_t id) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(recent, id, [](const auto& entry) { return entry.first; });
  if (found == recent.end()) return nullptr;
  recent.splice(recent.begin(), recent, found);
  return found->second;
}

template <class Value>
void LabModels::keep(Recent<Value>& recent, std::uint64_t id, std::shared_ptr<const Value> value) {
  const std::scoped_lock lock(mutex_);
  recent.emplace_front(id, std::move(value));
  if (recent.size() > kKept) recent.pop_back();
}

}  // namespace gradus::server
