#include "cli/train_observers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <limits>
#include <vector>

#include "cli/console.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/progress_bar.h"
#include "gradus/report/text_table.h"
#include "gradus/runs/layer_lines.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

constexpr std::size_t kTableRows = 25;  // more epochs: only every nth is shown
constexpr int kWidthOfWholeTable = 65;

// 1, 2, 5, 10, 20, 50, ...: the least that keeps the table short.
std::size_t epochs_between_rows(std::size_t epochs) {
  for (std::size_t power = 1;; power *= 10) {
    for (const std::size_t factor : {1U, 2U, 5U}) {
      if (epochs / (factor * power) <= kTableRows) return factor * power;
    }
  }
}

class ProgressObserver : public RunObserver {
 public:
  explicit ProgressObserver(const ObserverSetup& setup) : setup_(setup), bar_(std::cerr, bar_options()) {}

  void on_start(const StartEvent& event) override { start_ = event; }

  void on_progress(const ProgressEvent& event) override {
    if (!bar_.due()) return;
    report::Progress progress;
    progress.label = fmt::format("epoch {}/{}", event.epoch + 1, setup_.epochs);
    progress.fraction =
        static_cast<double>(event.step) / static_cast<double>(start_.steps_per_epoch * setup_.epochs);
    progress.rate = report::format_count(static_cast<std::uint64_t>(event.samples_per_second)) + " samples/s";
    progress.seconds_left = event.seconds_left;
    progress.note = "loss " + report::format_significant(event.loss);
    bar_.update(progress);
  }

  void finish() override { bar_.clear(); }

 protected:
  const ObserverSetup setup_;
  StartEvent start_;
  report::ProgressBar bar_;

 private:
  static report::ProgressBar::Options bar_options() {
    report::ProgressBar::Options options;
    options.is_terminal = console().progress;
    options.unicode = console().unicode;
    options.width = [] { return report::terminal_width(STDERR_FILENO); };
    return options;
  }
};

class TableObserver final : public ProgressObserver {
 public:
  explicit TableObserver(const ObserverSetup& setup)
      : ProgressObserver(setup),
        every_(epochs_between_rows(setup.epochs)),
        whole_(console().width >= kWidthOfWholeTable) {
    using report::Align;
    columns_ = {{"epoch", Align::kRight, 5}};
    add_columns("train loss");
    if (setup_.has_validation) {
      add_columns("validation loss");
    } else if (setup_.has_test) {
      add_columns("test loss");
    }
    if (whole_) columns_.push_back({"time", Align::kRight, 7});
    columns_.push_back({"", Align::kLeft, 1});
  }

  void on_start(const StartEvent& event) override {
    ProgressObserver::on_start(event);
    if (event.steps_done > 0)
      print(fmt::format("goes on behind step {}, in epoch {}\n", event.steps_done, event.epoch + 1));
    if (std::isfinite(event.best_validation_loss)) best_ = event.best_validation_loss;
    print(report::header_line(columns_));
  }

  void on_epoch(const EpochEvent& event) override {
    if (event.validation && event.validation->loss < best_) {
      best_ = event.validation->loss;
      improved_ = true;
    }
    pending_ = cells(event);
    if (event.epoch == 0 || (event.epoch + 1) % every_ == 0) show_pending();
  }

  void finish() override {
    ProgressObserver::finish();
    show_pending();
    if (std::isfinite(best_)) print("*: the validation loss reached a new low since the row before\n");
  }

 private:
  void show_pending() {
    if (pending_.empty()) return;
    bar_.clear();
    print(report::row_line(columns_, pending_));
    pending_.clear();
    improved_ = false;
  }

  void add_columns(const std::string& loss) {
    columns_.push_back({loss, report::Align::kRight, 10});
    if (whole_) columns_.push_back({setup_.score_name, report::Align::kRight, 8});
  }

  [[nodiscard]] std::vector<std::string> cells(const EpochEvent& event) const {
    std::vector<std::string> row = {fmt::format("{}", event.epoch + 1)};
    add_cells(row, event.train);
    if (event.validation) {
      add_cells(row, *event.validation);
    } else if (event.test) {
      add_cells(row, *event.test);
    }
    if (whole_) row.push_back(duration_text(event.seconds));
    row.push_back(improved_ ? "*" : "");
    return row;
  }

  void add_cells(std::vector<std::string>& row, const PartFigures& figures) const {
    row.push_back(report::format_fixed(figures.loss, 4));
    if (whole_) row.push_back(report::format_fixed(figures.score, 4));
  }

  std::size_t every_;
  bool whole_;  // the terminal is wide enough for scores and times
  std::vector<report::Column> columns_;
  std::vector<std::string> pending_;  // the last epoch, while it is not shown
  bool improved_ = false;             // since the last row
  double best_ = std::numeric_limits<double>::infinity();
};

class JsonObserver final : public RunObserver {
 public:
  explicit JsonObserver(const ObserverSetup& setup) : score_name_(setup.score_name) {}

  void on_start(const StartEvent& event) override {
    if (event.steps_done == 0) return;
    print(fmt::format("{{\"event\":\"resume\",\"step\":{},\"epoch\":{}}}\n", event.steps_done, event.epoch));
  }

  void on_step(const StepEvent& event) override {
    print(
        fmt::format("{{\"event\":\"step\",\"step\":{},\"loss\":{}}}\n", event.step, json_number(event.loss)));
  }

  void on_validation(const ValidationEvent& event) override {
    print(fmt::format("{{\"event\":\"validation\",\"epoch\":{},\"step\":{},\"validation\":{}}}\n",
                      event.epoch, event.step, json_figures(event.validation, score_name_)));
  }

  void on_epoch(const EpochEvent& event) override {
    std::string line = fmt::format(
        "{{\"event\":\"epoch\",\"epoch\":{},\"step\":{},\"seconds\":{},\"evaluation_seconds\":{},\"learning_"
        "rate\":{}",
        event.epoch, event.step, json_number(event.seconds), json_number(event.evaluation_seconds),
        json_number(event.learning_rate));
    line += ",\"train\":" + json_figures(event.train, score_name_);
    if (event.validation) line += ",\"validation\":" + json_figures(*event.validation, score_name_);
    if (event.test) line += ",\"test\":" + json_figures(*event.test, score_name_);
    print(line + "}\n");
  }

  void on_layers(const LayersEvent& event) override { print(layers_line(event)); }

 private:
  std::string score_name_;
};

}  // namespace

void RunObserver::on_note(const std::string& text) {
  finish();
  print_error("gradus: " + text);
}

std::unique_ptr<RunObserver> make_table_observer(const ObserverSetup& setup) {
  return std::make_unique<TableObserver>(setup);
}
std::unique_ptr<RunObserver> make_json_observer(const ObserverSetup& setup) {
  return std::make_unique<JsonObserver>(setup);
}
std::unique_ptr<RunObserver> make_progress_observer(const ObserverSetup& setup) {
  return std::make_unique<ProgressObserver>(setup);
}

}  // namespace gradus::cli
