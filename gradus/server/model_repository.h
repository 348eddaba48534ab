// The models that are served, each under its name, and their replacement while requests are answered.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gradus/formats/model_predictor.h"
#include "gradus/server/micro_batcher.h"
#include "gradus/server/serve_metrics.h"

namespace gradus::server {

// A file to serve.
struct ModelFile {
  std::string name;
  std::filesystem::path path;
};

// "FILE" under the file's name without its ending, or "NAME=FILE". Throws Error(kInvalidArgument) for a name twice, or
// one with other characters than letters, digits, '.', '_' and '-'.
[[nodiscard]] std::vector<ModelFile> model_files(const std::vector<std::string>& words);

// A model as it was read from its file; immutable but for who waits. Any number of threads.
struct ServedModel {
  ServedModel(const ModelFile& file, std::uint64_t version, ModelMetrics& metrics);  // reads and verifies

  std::string name;
  std::string version;   // "1", and one more for each replacement
  std::string platform;  // "gradus_onnx": by the file's format
  ModelPredictor predictor;
  std::vector<std::string> class_texts;  // as JSON, quotes included
  std::unordered_map<std::string, std::size_t>
      columns;  // a record's names: the block's features, then the inputs
  ModelMetrics& metrics;
  mutable MicroBatcher<float> floats;
  mutable MicroBatcher<double> doubles;
};

// Thread-safe. It must outlive the models that it hands out.
class ModelRepository {
 public:
  using Log = std::function<void(const std::string& line)>;

  // Reads all. Throws as Model::load does, and Error(kBadData) where golden vectors do not hold.
  ModelRepository(std::vector<ModelFile> files, Log log);

  // The model at hand; whoever holds it may go on with it when it is replaced. Throws Error(kNotFound).
  [[nodiscard]] std::shared_ptr<const ServedModel> find(std::string_view name) const;
  [[nodiscard]] std::vector<std::shared_ptr<const ServedModel>> all() const;
  [[nodiscard]] std::vector<NamedMetrics> metrics() const;

  // Looks at every file: one that has changed is read and verified beside the model at hand and takes its place, or, where
  // it is bad, is left alone until it changes again. Both are logged. One caller at a time.
  void refresh();

 private:
  // What tells two states of a file apart.
  struct Stamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };

  struct Entry {
    explicit Entry(ModelFile the_file) : file(std::move(the_file)) {}
    ModelFile file;
    std::optional<Stamp> stamp;  // of what was tried last; none: there was no file
    std::shared_ptr<const ServedModel> model;
    ModelMetrics metrics;
  };

  [[nodiscard]] static std::optional<Stamp> stamp_of(const std::filesystem::path& path);
  void replace(Entry& entry);

  Log log_;
  std::deque<Entry> entries_;
  mutable std::mutex mutex_;  // of every entry's model
};

}  // namespace gradus::server
