// The store of runs with 10,000 runs of 30 epochs and six series: how long one takes to be added, and how long
// lists take. store_bench [FOLDER]: where the store is made for the time (default: the system's for temporary files).
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <functional>

#include "gradus/runs/run_store.h"
#include "gradus/train/run_config.h"

namespace {

using namespace gradus;

constexpr std::uint64_t kRuns = 10000;
constexpr std::uint64_t kStepsPerEpoch = 40;
constexpr std::uint64_t kEpochs = 30;

double milliseconds(const std::function<void()>& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

RunOutcome outcome_of(std::uint64_t run) {
  RunOutcome outcome;
  outcome.stop_reason = "epochs";
  for (const char* part : {"train", "validation", "test"}) {
    for (const char* figure : {"loss", "accuracy"}) {
      Series& series = outcome.series.emplace_back(Series{fmt::format("{}_{}", part, figure), {}, {}});
      for (std::uint64_t epoch = 1; epoch <= kEpochs; ++epoch) {
        series.steps.push_back(epoch * kStepsPerEpoch);
        series.values.push_back(static_cast<double>(run * 7919 % kRuns) / static_cast<double>(epoch));
      }
    }
  }
  return outcome;
}

void measure(RunStore& store) {
  RunHeader header;
  header.data = "digits";
  header.network = "64-32-10";
  header.steps_per_epoch = kStepsPerEpoch;
  header.configuration = to_json(RunConfig{});
  const double adding = milliseconds([&] {
    for (std::uint64_t run = 0; run < kRuns; ++run) (void)store.add_finished(header, outcome_of(run));
  });
  fmt::print("{} runs added, one transaction each: {:.0f} us a run\n", kRuns, 1e3 * adding / kRuns);

  RunQuery query;
  query.metrics = {"validation_loss", "validation_accuracy"};
  for (const std::size_t limit : {std::size_t{50}, std::size_t{0}}) {
    query.limit = limit;
    for (const char* sort : {"id", "validation_loss", "best:test_accuracy", "optimizer"}) {
      query.sort = sort;
      const double time = milliseconds([&] { (void)store.list(query); });
      fmt::print("{} by {}: {:.1f} ms\n", limit == 0 ? "all" : fmt::format("the first {}", limit), sort,
                 time);
    }
  }
  query.filter = "optimizer=adam and val_loss>300";
  fmt::print("all with {}: {:.1f} ms\n", query.filter, milliseconds([&] { (void)store.list(query); }));
}

}  // namespace

int main(int count, char** arguments) {
  namespace fs = std::filesystem;
  const fs::path place = count > 1 ? fs::path(arguments[1]) : fs::temp_directory_path();
  const fs::path folder = place / "gradus-store-bench";
  fs::remove_all(folder);
  {
    RunStore store = RunStore::open(folder);
    measure(store);
  }
  fs::remove_all(folder);
}
