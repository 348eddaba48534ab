#include "gradus/formats/golden.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "gradus/core/buffer.h"
#include "gradus/core/error.h"
#include "gradus/core/random.h"
#include "gradus/core/thread_pool.h"
#include "gradus/formats/model.h"
#include "gradus/kernels/numerics_version.h"
#include "gradus/nn/propagation.h"
#include "gradus/train/input_scales.h"
#include "gradus/train/predictor.h"

namespace gradus {

namespace {

constexpr std::size_t kRows = 3;
constexpr double kFloatBound = 1e-5;
constexpr double kDoubleBound = 1e-12;

std::size_t raw_features(const Transform& transform) {
  return transform.features() - (transform.ones_column ? 1 : 0);
}

// A number that stands where training saw some.
double draw(const Transform& transform, std::size_t feature, Pcg64& generator) {
  const double u = generator.uniform();
  if (transform.shift.empty()) return 2 * u - 1;
  const std::size_t entry = transform.shift.size() == 1 ? 0 : feature;
  const bool from_zero = transform.scaling == Scaling::kMinMax || transform.scaling == Scaling::kDivide;
  return transform.shift[entry] + transform.scale[entry] * (from_zero ? u : 3 * u - 1.5);
}

// Of a column: truth values are 0 or 1, of a category's features one is 1.
void draw_input(const InputColumn& input, std::span<float> values) {
  if (input.kind == ColumnKind::kBoolean) values[0] = values[0] > 0 ? 1.0F : 0.0F;
  if (input.kind != ColumnKind::kCategory || values.empty()) return;
  const auto chosen = std::ranges::max_element(values) - values.begin();
  std::ranges::fill(values, 0.0F);
  values[static_cast<std::size_t>(chosen)] = 1;
}

// Whether the values behind this layer are a stage's: a dense layer ends behind its activation.
bool ends_stage(const NetworkSpec& network, std::size_t layer) {
  const LayerKind kind = network.layers[layer].kind;
  if (kind == LayerKind::kDropout) return false;
  const bool fused = kind == LayerKind::kDense && layer + 1 < network.layers.size() &&
                     network.layers[layer + 1].kind == LayerKind::kActivation;
  return !fused;
}

template <class T>
GoldenStage stage_of(const std::string& name, MatrixView<const T> values) {
  GoldenStage stage{.name = name, .cols = values.cols, .values = {}};
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (const T value : values.row(r)) stage.values.push_back(static_cast<double>(value));
  }
  return stage;
}

// Scaled as `predict` scales the numbers of a CSV: from double.
template <class T>
std::vector<GoldenStage> compute(const Model& model, std::span<const T> parameters,
                                 const GoldenVectors& golden) {
  const FloatingPointScope rounding;
  const std::size_t rows = golden.rows();
  const InputScales<T> scales(model.transform, golden.cols);
  const std::size_t stride = padded_row<T>(model.network.inputs);
  AlignedBuffer<T> x(rows * stride);
  for (std::size_t r = 0; r < rows; ++r) {
    const auto* first = golden.inputs.data() + r * golden.cols;
    const std::vector<double> row(first, first + golden.cols);
    T* to = x.data() + r * stride;
    kernels<T>().scale_doubles(row.data(), scales.view(), to, golden.cols);
    if (model.transform.ones_column) to[golden.cols] = T{1};
  }
  const MatrixView<const T> inputs(x.data(), rows, model.network.inputs, stride);
  Propagation<T> propagation(model.network, rows);
  const MatrixView<const T> outputs = propagation.forward(parameters, inputs);
  std::vector<GoldenStage> stages = {stage_of("transform", inputs)};
  for (std::size_t i = 0; i < model.network.layers.size(); ++i) {
    if (!ends_stage(model.network, i)) continue;
    stages.push_back(stage_of(fmt::format("layer {} ({})", i, name_of(model.network.layers[i])),
                              propagation.layer_output(i)));
  }
  GoldenStage last{.name = "predictions", .cols = prediction_columns(model.target), .values = {}};
  last.values.resize(rows * last.cols);
  finish_predictions<T>(outputs, model.loss.kind, model.target, {last.values.data(), rows, last.cols});
  stages.push_back(std::move(last));
  return stages;
}

StageCheck compare(const GoldenStage& expected, const GoldenStage& actual, double bound) {
  StageCheck check{.name = expected.name};
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    const double a = actual.values[i];
    const double e = expected.values[i];
    check.largest = std::max(check.largest, std::isfinite(e) ? std::abs(e) : 0);
    if (a == e || (std::isnan(e) && !std::isfinite(a))) continue;  // JSON has no infinities
    const double difference =
        std::isfinite(a - e) ? std::abs(a - e) : std::numeric_limits<double>::infinity();
    if (difference <= check.largest_difference) continue;
    check.largest_difference = difference;
    check.row = i / expected.cols;
    check.unit = i % expected.cols;
    check.expected = e;
    check.actual = a;
  }
  check.held = check.largest_difference <= bound * check.largest;
  return check;
}

}  // namespace

GoldenVectors golden_inputs(const Transform& transform, const Dataset& data) {
  if (data.empty()) return golden_inputs(transform);
  GoldenVectors golden{.cols = raw_features(transform), .inputs = {}, .stages = {}, .single = true};
  const std::size_t rows = std::min(kRows, data.size());
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t row = data.rows[r * data.size() / rows];
    for (std::size_t c = 0; c < golden.cols; ++c)
      golden.inputs.push_back(static_cast<float>(data.features->at(row, c)));
  }
  return golden;
}

GoldenVectors golden_inputs(const Transform& transform) {
  GoldenVectors golden{.cols = raw_features(transform), .inputs = {}, .stages = {}, .single = true};
  Pcg64 generator(0);
  for (std::size_t r = 0; r < kRows; ++r) {
    for (std::size_t c = 0; c < golden.cols; ++c)
      golden.inputs.push_back(static_cast<float>(draw(transform, c, generator)));
    std::span<float> columns = std::span(golden.inputs).subspan(r * golden.cols + transform.block_features);
    for (const InputColumn& input : transform.inputs) {
      draw_input(input, columns.first(input.features()));
      columns = columns.subspan(input.features());
    }
  }
  return golden;
}

std::vector<GoldenStage> golden_stages(const Model& model, const GoldenVectors& rows) {
  return std::visit(
      [&]<class T>(const AlignedBuffer<T>& block) { return compute<T>(model, block.span(), rows); },
      model.parameters);
}

const StageCheck* GoldenCheck::first_difference() const {
  const auto found = std::ranges::find(stages, false, &StageCheck::held);
  return found == stages.end() ? nullptr : &*found;
}

GoldenCheck check_golden(const Model& model, const std::string& source) {
  const GoldenVectors& golden = model.golden;
  const bool single = !is_double(model);
  const bool same = model.numerics_version == kNumericsVersion && golden.single == single;
  GoldenCheck check{.rows = golden.rows(), .exact = same, .stages = {}};
  if (golden.empty()) return check;
  const auto fail = [&](const std::string& what) {
    throw Error(
        ErrorCode::kBadData,
        fmt::format("checking {}: its golden vectors {}; expected those of its own network", source, what));
  };
  if (golden.cols != raw_features(model.transform))
    fail(fmt::format("have {} features, its transform {}", golden.cols, raw_features(model.transform)));
  const std::vector<GoldenStage> actual = golden_stages(model, golden);
  const double bound = single || golden.single ? kFloatBound : kDoubleBound;
  for (std::size_t i = 0; i < std::max(actual.size(), golden.stages.size()); ++i) {
    const bool fits = i < std::min(actual.size(), golden.stages.size()) &&
                      actual[i].name == golden.stages[i].name && actual[i].cols == golden.stages[i].cols;
    if (!fits) {
      fail(i < golden.stages.size() ? fmt::format("have a stage {}: '{}'", i, golden.stages[i].name)
                                    : fmt::format("have {} stages", i));
    }
    check.stages.push_back(compare(golden.stages[i], actual[i], check.exact ? 0 : bound));
  }
  return check;
}

}  // namespace gradus
