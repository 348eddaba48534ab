#include "cli/study_observers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/console.h"
#include "gradus/report/ansi.h"
#include "gradus/report/display_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/progress_bar.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLinesOfTheRest = 2;  // the whole's, and the one on which the cursor stands

class LiveView : public study::StudyObserver {
 public:
  explicit LiveView(const study::Study& study) : study_(study) {}
  // Also when the study ends with an error: that stands on a line of its own then.
  ~LiveView() override { erase(); }
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  void on_plan(std::size_t runs, std::size_t workers) override {
    runs_ = runs;
    ended_ = 0;
    trained_ = 0;
    began_ = Clock::now();
    lines_.assign(workers, {});
  }

  void on_begin(std::size_t worker, const study::PlannedRun& run) override {
    Line& line = lines_[worker];
    line.name = study_.contenders[run.contender].name;
    if (study_.replicates.size() > 1) line.name += fmt::format(", seed {}", run.config.seed);
    const auto& fold = study_.replicates[run.replicate].fold;
    if (fold) line.name += fmt::format(", fold {}", *fold + 1);
    line.done = 0;
    line.loss = std::numeric_limits<double>::quiet_NaN();
    line.running = true;
    draw();
  }

  void on_progress(std::size_t worker, double done, double loss) override {
    lines_[worker].done = done;
    lines_[worker].loss = loss;
    draw();
  }

  void on_end(std::size_t worker, const study::StudyRun& run) override {
    lines_[worker].running = false;
    ++ended_;
    if (!run.known) ++trained_;
    if (run.state == study::RunState::kFailed || run.state == study::RunState::kDiverged) ++bad_;
    draw();
  }

 private:
  struct Line {
    std::string name;
    double done = 0;
    double loss = 0;
    bool running = false;
  };

  void draw() {
    if (!console().progress || Clock::now() - drawn_at_ < std::chrono::milliseconds(100)) return;
    drawn_at_ = Clock::now();
    erase();
    // What has scrolled out of the window could not be erased.
    const auto most =
        static_cast<std::size_t>(std::max(1, report::terminal_height(STDERR_FILENO) - kLinesOfTheRest));
    std::vector<report::Progress> all;
    for (const Line& line : lines_) {
      if (!line.running || all.size() == most) continue;
      report::Progress& progress = all.emplace_back();
      progress.label = line.name;
      progress.fraction = line.done;
      if (line.loss == line.loss) progress.note = "loss " + report::format_significant(line.loss);
    }
    all.push_back(whole());
    write(std::move(all), report::terminal_width(STDERR_FILENO) - 1);
  }

  // Runs that were known already say nothing about the time that the others take.
  [[nodiscard]] report::Progress whole() const {
    double running = 0;
    for (const Line& line : lines_) running += line.running ? line.done : 0;
    report::Progress progress;
    progress.label = fmt::format("{}/{} runs", report::format_count(ended_), report::format_count(runs_));
    progress.fraction = (static_cast<double>(ended_) + running) / static_cast<double>(runs_);
    const double trained = static_cast<double>(trained_) + running;
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    if (trained > 0)
      progress.seconds_left = seconds / trained * (static_cast<double>(runs_ - ended_) - running);
    if (bad_ > 0) progress.note = fmt::format("{} diverged or failed", bad_);
    return progress;
  }

  // Bars begin below each other, unless a long name would leave them no room.
  void write(std::vector<report::Progress> all, int width) {
    int longest = 0;
    for (const report::Progress& progress : all)
      longest = std::max(longest, report::display_width(progress.label));
    for (report::Progress& progress : all) {
      const int blanks = std::min(longest, width / 2) - report::display_width(progress.label);
      progress.label.append(static_cast<std::size_t>(std::max(0, blanks)), ' ');
      std::cerr << report::progress_line(progress, width, console().unicode) << '\n';
      ++drawn_;
    }
    std::cerr << std::flush;
  }

  void erase() {
    for (; drawn_ > 0; --drawn_) std::cerr << "\x1b[A" << report::ansi::kEraseLine;
    std::cerr << std::flush;
  }

  const study::Study& study_;
  std::vector<Line> lines_;
  std::size_t runs_ = 0;
  std::size_t ended_ = 0;
  std::size_t trained_ = 0;
  std::size_t bad_ = 0;
  std::size_t drawn_ = 0;
  Clock::time_point began_;
  Clock::time_point drawn_at_;
};

class JsonView : public study::StudyObserver {
 public:
  JsonView(const study::Study& study, std::string name) : study_(study), name_(std::move(name)) {}

  void on_plan(std::size_t runs, std::size_t workers) override {
    print(fmt::format("{{\"event\":\"study\",\"study\":{},\"contenders\":{},\"runs\":{},\"workers\":{}}}\n",
                      nlohmann::json(name_).dump(), study_.contenders.size(), runs, workers));
  }

  void on_end(std::size_t, const study::StudyRun& run) override {
    nlohmann::ordered_json line = {{"event", "run"},
                                   {"study", name_},
                                   {"contender", study_.contenders[run.planned.contender].name},
                                   {"replicate", run.planned.replicate},
                                   {"seed", run.planned.config.seed},
                                   {"state", name_of(run.state)},
                                   {"known", run.known}};
    if (run.id > 0) line["run"] = run.id;
    if (!run.error.empty()) line["error"] = run.error;
    print(line.dump() + "\n");
  }

 private:
  const study::Study& study_;
  std::string name_;
};

}  // namespace

std::unique_ptr<study::StudyObserver> make_live_view(const study::Study& study) {
  return std::make_unique<LiveView>(study);
}

std::unique_ptr<study::StudyObserver> make_json_view(const study::Study& study, const std::string& name) {
  return std::make_unique<JsonView>(study, name);
}

std::string_view name_of(study::RunState state) {
  static constexpr std::array<std::string_view, 4> kNames = {"done", "diverged", "failed", "not_run"};
  return kNames.at(static_cast<std::size_t>(state));
}

}  // namespace gradus::cli
