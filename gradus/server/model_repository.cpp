#include "gradus/server/model_repository.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/core/names.h"
#include "gradus/core/thread_pool.h"
#include "gradus/formats/golden.h"

namespace gradus::server {
namespace {

using Clock = std::chrono::steady_clock;

// In a path, in a metric's label and in JSON it needs no escapes.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

ModelFile model_file(const std::string& word) {
  const std::size_t equals = word.find('=');
  if (equals != std::string::npos && is_name(word.substr(0, equals)))
    return {word.substr(0, equals), word.substr(equals + 1)};
  const std::filesystem::path path = word;
  if (!is_name(path.stem().string())) {
    throw Error(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "serving {}: '{}' is no name for a model; expected letters, digits, '.', '_' and '-'; give "
            "it one: NAME={}",
            word, path.stem().string(), word));
  }
  return {path.stem().string(), path};
}

// Of the same bits, or as near as another numerics version may be.
Model verified(const std::filesystem::path& path) {
  Model model = Model::load(path);
  const GoldenCheck check = check_golden(model, path.string());
  const StageCheck* difference = check.first_difference();
  if (difference != nullptr) {
    throw Error(
        ErrorCode::kBadData,
        fmt::format("verifying {}: {} differs from its golden vectors by {:.3g}; get the file again, or see "
                    "gradus model verify",
                    path.string(), difference->name, difference->largest_difference));
  }
  return model;
}

std::vector<std::string> json_texts(const std::vector<std::string>& words) {
  std::vector<std::string> texts;
  for (const std::string& word : words) texts.push_back(nlohmann::json(word).dump());
  return texts;
}

std::unordered_map<std::string, std::size_t> column_places(const Transform& transform) {
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < transform.block_features; ++i)
    places.emplace(transform.block_prefix + std::to_string(i), i);
  for (std::size_t i = 0; i < transform.inputs.size(); ++i)
    places.emplace(transform.inputs[i].name, transform.block_features + i);
  return places;
}

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

std::function<void(std::size_t)> count_rows(ModelMetrics& metrics) {
  return [&metrics](std::size_t rows) { metrics.batch_rows.add(static_cast<double>(rows)); };
}

}  // namespace

std::vector<ModelFile> model_files(const std::vector<std::string>& words) {
  std::vector<ModelFile> files;
  std::set<std::string> names;
  for (const std::string& word : words) {
    files.push_back(model_file(word));
    if (names.insert(files.back().name).second) continue;
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("serving {}: a model is called '{}' already; give it another name: NAME={}", word,
                            files.back().name, files.back().path.string()));
  }
  return files;
}

ServedModel::ServedModel(const ModelFile& file, std::uint64_t the_version, ModelMetrics& the_metrics)
    : name(file.name),
      version(std::to_string(the_version)),
      platform("gradus_" + file.path.extension().string().substr(1)),
      predictor(verified(file.path)),
      class_texts(json_texts(predictor.model().target.classes)),
      columns(column_places(predictor.model().transform)),
      metrics(the_metrics),
      floats(predictor, available_processors(), count_rows(metrics)),
      doubles(predictor, available_processors(), count_rows(metrics)) {}

ModelRepository::ModelRepository(std::vector<ModelFile> files, Log log) : log_(std::move(log)) {
  for (ModelFile& file : files) {
    Entry& entry = entries_.emplace_back(std::move(file));
    entry.stamp = stamp_of(entry.file.path);
    replace(entry);
  }
}

std::optional<ModelRepository::Stamp> ModelRepository::stamp_of(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return Stamp{status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
               nanoseconds(status.st_ctim)};
}

void ModelRepository::replace(Entry& entry) {
  const Clock::time_point begin = Clock::now();
  const std::uint64_t version = entry.metrics.version + 1;
  auto model = std::make_shared<const ServedModel>(entry.file, version, entry.metrics);
  entry.metrics.load_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  entry.metrics.version = version;
  const std::lock_guard lock(mutex_);
  entry.model.swap(model);
}

void ModelRepository::refresh() {
  for (Entry& entry : entries_) {
    const std::optional<Stamp> stamp = stamp_of(entry.file.path);
    if (stamp == entry.stamp) continue;
    entry.stamp = stamp;
    const std::string path = entry.file.path.string();
    if (!stamp) {
      log_(fmt::format("{}: {} is gone; the model at hand is kept", entry.file.name, path));
      continue;
    }
    try {
      replace(entry);
      ++entry.metrics.replaced;
      log_(fmt::format("{}: version {} from {}", entry.file.name, entry.metrics.version.load(), path));
    } catch (const std::exception& error) {
      ++entry.metrics.refused;
      log_(fmt::format("{}: version {} is kept: {}", entry.file.name, entry.metrics.version.load(),
                       error.what()));
    }
  }
}

std::shared_ptr<const ServedModel> ModelRepository::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.file.name != name) continue;
    const std::lock_guard lock(mutex_);
    return entry.model;
  }
  std::vector<std::string_view> names;
  for (const Entry& entry : entries_) names.push_back(entry.file.name);
  throw Error(ErrorCode::kNotFound, unknown_name_message("model", name.substr(0, 100), names));
}

std::vector<std::shared_ptr<const ServedModel>> ModelRepository::all() const {
  std::vector<std::shared_ptr<const ServedModel>> models;
  const std::lock_guard lock(mutex_);
  for (const Entry& entry : entries_) models.push_back(entry.model);
  return models;
}

std::vector<NamedMetrics> ModelRepository::metrics() const {
  std::vector<NamedMetrics> all;
  for (const Entry& entry : entries_) all.push_back({entry.file.name, &entry.metrics});
  return all;
}

}  // namespace gradus::server
