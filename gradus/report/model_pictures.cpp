#include "gradus/report/model_pictures.h"

#include <fmt/format.h>

#include "gradus/core/error.h"
#include "gradus/formats/model.h"
#include "gradus/report/figure_widths.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/picture_shape.h"
#include "gradus/report/svg_confusion.h"
#include "gradus/report/svg_weight_images.h"
#include "gradus/runs/run_identity.h"

namespace gradus::report::internal {

namespace {

Model model_of(const RunRecord& run) {
  if (run.model.empty()) {
    throw Error(ErrorCode::kNotFound, fmt::format("run {} ({}) left no model", run.id, name_of(run.status)));
  }
  return load_model(run.folder / run.model);
}

}  // namespace

void ModelPictures::add_confusion(std::uint64_t id, const std::string& name, const std::string& title,
                                  Pictures& pictures) {
  try {
    const RunRecord run = store_.record(id);
    const Model model = model_of(run);
    if (model.target.task != Task::kClassification) return;
    const RunConfig config = config_from_json(store_.configuration(id), fmt::format("run {}", id));
    const Experiment experiment = set_up(config, source_, tables_);
    if (data_hash(experiment.data) != run.data_hash) {
      throw Error(ErrorCode::kBadData,
                  fmt::format("{} is no longer the data that run {} was trained on", run.data, id));
    }
    const bool test = !experiment.data.test.empty();
    const Dataset& part = test ? experiment.data.test : experiment.data.validation;
    if (part.empty()) throw Error(ErrorCode::kBadData, fmt::format("run {} has no part to judge it on", id));
    ConfusionPicture picture;
    picture.title = title;
    picture.table =
        confusion_table(classification_report(part.labels, predictions(model, part).view()), model.target);
    pictures.figures.push_back(
        figure_of(fmt::format("{}: true classes by row, predicted ones by column; {} rows of the {} part.",
                              name, format_count(part.size()), test ? "test" : "validation"),
                  std::move(picture), svg_confusion));
  } catch (const Error& error) {
    pictures.missing.push_back(fmt::format("No confusion matrix of {}: {}.", name, error.what()));
  }
}

void ModelPictures::add_weights(std::uint64_t id, const std::string& name, const std::string& title,
                                Pictures& pictures) {
  try {
    const Model model = model_of(store_.record(id));
    const PictureShape shape = picture_shape(model.transform);
    if (shape.channels == 0) return;
    const ParameterInfo first = parameter_table(model.network).tensors.front();
    WeightImages images;
    images.title = title;
    images.image_width = shape.cols;
    images.image_height = shape.rows;
    images.channels = shape.channels;
    const std::size_t count = shape.pixels() * first.cols;  // without a ones column
    const auto copy = [&](const auto& block) {
      for (std::size_t i = 0; i < count; ++i)
        images.weights.push_back(static_cast<float>(block[first.offset + i]));
    };
    std::visit(copy, model.parameters);
    pictures.figures.push_back(
        figure_of(fmt::format("{}: weights from the pixels into each unit of the first layer.", name),
                  std::move(images), svg_weight_images));
  } catch (const Error& error) {
    pictures.missing.push_back(fmt::format("No weight images of {}: {}.", name, error.what()));
  }
}

}  // namespace gradus::report::internal
