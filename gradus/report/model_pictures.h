// Pictures out of the saved model of a run: its mistakes, its first layer. Internal to the room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gradus/report/html_report.h"
#include "gradus/runs/run_store.h"
#include "gradus/train/experiment.h"

namespace gradus::report::internal {

// What could be drawn, and for the rest a sentence that says why not.
struct Pictures {
  std::vector<HtmlFigure> figures = {};
  std::vector<std::string> missing = {};
};

// Of the stored runs of a page; data that several of them trained on is read once.
class ModelPictures {
 public:
  ModelPictures(const RunStore& store, SourceOptions source) : store_(store), source_(std::move(source)) {}

  // `name` stands in captions, `title` over the picture.

  // On the test part, else on the validation part, of the very data that the run had. Nothing for a regression.
  void add_confusion(std::uint64_t id, const std::string& name, const std::string& title, Pictures& pictures);
  // Nothing where the inputs are no pixels.
  void add_weights(std::uint64_t id, const std::string& name, const std::string& title, Pictures& pictures);

 private:
  const RunStore& store_;
  SourceOptions source_;
  TableCache tables_;
};

}  // namespace gradus::report::internal
