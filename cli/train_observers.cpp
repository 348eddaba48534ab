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
#include "cli/json_text.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/progress_bar.h"
#include "gradus/report/text_table.h"

namespace gradus::cli {

namespace {

constexpr std::size_t kTableRows = 25;  // of long runs only every nth epoch is shown

class ProgressObserver : public Observer {
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
        every_(std::max<std::size_t>(1, (setup.epochs + kTableRows - 1) / kTableRows)) {
    using report::Align;
    columns_ = {
        {"epoch", Align::kRight, 5}, {"train loss", Align::kRight, 10}, {setup.score_name, Align::kRight, 8}};
    if (shows_validation()) {
      columns_.push_back({"validation loss", Align::kRight, 15});
      columns_.push_back({setup.score_name, Align::kRight, 8});
    } else if (setup.has_test) {
      columns_.push_back({"test loss", Align::kRight, 10});
      columns_.push_back({setup.score_name, Align::kRight, 8});
    }
    columns_.push_back({"time", Align::kRight, 7});
  }

  void on_start(const StartEvent& event) override {
    ProgressObserver::on_start(event);
    print(report::header_line(columns_));
  }

  void on_epoch(const EpochEvent& event) override {
    const bool best = event.validation && event.validation->loss < best_;
    if (best) best_ = event.validation->loss;
    if (event.epoch % every_ != 0 && event.epoch + 1 != setup_.epochs) return;
    bar_.clear();
    std::vector<std::string> cells = {fmt::format("{}", event.epoch + 1)};
    add(cells, event.train);
    if (shows_validation()) {
      add(cells, *event.validation);
    } else if (event.test) {
      add(cells, *event.test);
    }
    cells.push_back(report::format_duration(event.seconds));
    print(report::row_line(columns_, cells));
  }

 private:
  [[nodiscard]] bool shows_validation() const { return setup_.has_validation; }

  static void add(std::vector<std::string>& cells, const PartFigures& figures) {
    cells.push_back(report::format_fixed(figures.loss, 4));
    cells.push_back(report::format_fixed(figures.score, 4));
  }

  std::size_t every_;
  std::vector<report::Column> columns_;
  double best_ = std::numeric_limits<double>::infinity();
};

class JsonObserver final : public Observer {
 public:
  explicit JsonObserver(const ObserverSetup& setup) : score_name_(setup.score_name) {}

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

 private:
  std::string score_name_;
};

}  // namespace

std::unique_ptr<Observer> make_table_observer(const ObserverSetup& setup) {
  return std::make_unique<TableObserver>(setup);
}
std::unique_ptr<Observer> make_json_observer(const ObserverSetup& setup) {
  return std::make_unique<JsonObserver>(setup);
}
std::unique_ptr<Observer> make_progress_observer(const ObserverSetup& setup) {
  return std::make_unique<ProgressObserver>(setup);
}

}  // namespace gradus::cli
