// What a serving process counts, in Prometheus' text format.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::server {

// Answers by their status. Thread-safe.
class StatusCounts {
 public:
  void add(int status);
  // name{labels,code="200"} 7, a line for each status that came. `labels` may be empty.
  void write(std::string_view name, const std::string& labels, std::string& text) const;

 private:
  static constexpr std::array<int, 12> kKnown = {200, 303, 400, 401, 403, 404, 405, 411, 413, 416, 500, 503};
  std::array<std::atomic<std::uint64_t>, kKnown.size() + 1> counts_ = {};  // the last: any other
};

// Values by the first bound that they do not exceed. Thread-safe; a reader may see a value's bucket before its sum.
class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}
  void add(double value);
  void write(std::string_view name, const std::string& labels, std::string& text) const;

 private:
  std::span<const double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_ = 0;
};

// Of one name, whichever file version stands under it.
struct ModelMetrics {
  ModelMetrics();

  StatusCounts requests;
  Histogram seconds;
  Histogram batch_rows;
  std::atomic<double> load_seconds = 0;
  std::atomic<std::uint64_t> version = 0;
  std::atomic<std::uint64_t> replaced = 0;
  std::atomic<std::uint64_t> refused = 0;  // files that were worse than the model at hand
};

struct NamedMetrics {
  std::string model;
  const ModelMetrics* metrics;
};

// Everything, with what the system says of this process.
[[nodiscard]] std::string metrics_text(std::span<const NamedMetrics> models, const StatusCounts& responses);

}  // namespace gradus::server
