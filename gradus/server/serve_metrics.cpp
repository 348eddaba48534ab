#include "gradus/server/serve_metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>

namespace gradus::server {
namespace {

constexpr std::array<double, 13> kSeconds = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
                                             0.01,    0.025,  0.05,    0.1,    0.25,  1};
constexpr std::array<double, 9> kRows = {1, 2, 4, 8, 16, 32, 64, 128, 1024};

std::string in_braces(const std::string& labels) {
  return labels.empty() ? "" : "{" + labels + "}";
}

std::string and_label(const std::string& labels, std::string_view name, const std::string& value) {
  return fmt::format("{}{}{}=\"{}\"", labels, labels.empty() ? "" : ",", name, value);
}

void write_head(std::string_view name, std::string_view type, std::string_view help, std::string& text) {
  fmt::format_to(std::back_inserter(text), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void write_value(std::string_view name, const std::string& labels, double value, std::string& text) {
  fmt::format_to(std::back_inserter(text), "{}{} {}\n", name, in_braces(labels), value);
}

// In bytes; 0 where the system does not say.
double resident_memory() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

void StatusCounts::add(int status) {
  const auto place = std::ranges::find(kKnown, status) - kKnown.begin();
  counts_[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
}

void StatusCounts::write(std::string_view name, const std::string& labels, std::string& text) const {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::uint64_t count = counts_[i];
    const std::string code = i < kKnown.size() ? std::to_string(kKnown[i]) : "other";
    if (count > 0) write_value(name, and_label(labels, "code", code), static_cast<double>(count), text);
  }
}

void Histogram::add(double value) {
  const auto place = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  counts_[static_cast<std::size_t>(place)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

void Histogram::write(std::string_view name, const std::string& labels, std::string& text) const {
  const std::string bucket = fmt::format("{}_bucket", name);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    count += counts_[i];
    const std::string bound = i < bounds_.size() ? fmt::format("{}", bounds_[i]) : "+Inf";
    write_value(bucket, and_label(labels, "le", bound), static_cast<double>(count), text);
  }
  write_value(fmt::format("{}_sum", name), labels, sum_, text);
  write_value(fmt::format("{}_count", name), labels, static_cast<double>(count), text);
}

ModelMetrics::ModelMetrics() : seconds(kSeconds), batch_rows(kRows) {}

std::string metrics_text(std::span<const NamedMetrics> models, const StatusCounts& responses) {
  std::string text;
  const auto family = [&](std::string_view name, std::string_view type, std::string_view help,
                          const std::function<void(const ModelMetrics&, const std::string&)>& write) {
    write_head(name, type, help, text);
    for (const NamedMetrics& named : models)
      write(*named.metrics, and_label("", "model", named.model));  // names of models need no escapes
  };
  const auto number = [&](std::string_view name, std::string_view type, std::string_view help, auto member) {
    family(name, type, help, [&](const ModelMetrics& metrics, const std::string& labels) {
      write_value(name, labels, static_cast<double>((metrics.*member).load()), text);
    });
  };
  family("gradus_requests_total", "counter", "Requests for predictions, by model and status.",
         [&](const ModelMetrics& m, const std::string& labels) {
           m.requests.write("gradus_requests_total", labels, text);
         });
  family("gradus_request_seconds", "histogram", "From a whole request to its answer.",
         [&](const ModelMetrics& m, const std::string& labels) {
           m.seconds.write("gradus_request_seconds", labels, text);
         });
  family("gradus_batch_rows", "histogram", "Rows that were computed together.",
         [&](const ModelMetrics& m, const std::string& labels) {
           m.batch_rows.write("gradus_batch_rows", labels, text);
         });
  number("gradus_model_load_seconds", "gauge", "Reading and verifying the model at hand.",
         &ModelMetrics::load_seconds);
  number("gradus_model_version", "gauge", "1, and one more for each replacement.", &ModelMetrics::version);
  number("gradus_model_replacements_total", "counter", "New files that were taken.", &ModelMetrics::replaced);
  number("gradus_model_refusals_total", "counter", "New files that were bad; the old model was kept.",
         &ModelMetrics::refused);
  write_head("gradus_http_responses_total", "counter", "All answers, by status.", text);
  responses.write("gradus_http_responses_total", "", text);
  write_head("process_resident_memory_bytes", "gauge", "Memory in use.", text);
  write_value("process_resident_memory_bytes", "", resident_memory(), text);
  write_head("process_cpu_seconds_total", "counter", "Processor time, user and system.", text);
  write_value("process_cpu_seconds_total", "", processor_seconds(), text);
  return text;
}

}  // namespace gradus::server
