// Points in the plane.
#include "gradus/data/generated.h"

#include <array>
#include <cmath>
#include <numbers>

#include "gradus/core/error.h"
#include "gradus/core/random.h"

namespace gradus::internal {
namespace {

constexpr double kPi = std::numbers::pi;

struct Point {
  double x = 0;
  double y = 0;
};

Table make_table(std::string_view name, std::vector<double> points, std::vector<double> labels) {
  Table table;
  table.source = name;
  table.rows = labels.size();
  auto block = std::make_shared<FeatureBlock>();
  block->prefix = "x";
  block->cols = 2;
  block->values = std::move(points);
  table.block = std::move(block);
  Column& column = table.columns.emplace_back();
  column.name = "label";
  column.numbers = std::move(labels);
  table.default_target = column.name;
  return table;
}

Table synth(std::size_t samples, std::uint64_t seed) {
  Generator generator(GeneratorKind::kMt19937, seed);
  std::vector<double> points(2 * samples);
  for (double& value : points) value = generator.normal();
  std::vector<double> labels(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double x = points[2 * i];
    const double y = points[2 * i + 1];
    labels[i] = (x + y) * x + (-0.05 * x + 0.4 * y) * y > 0.6 ? 1 : 0;
  }
  Table table = make_table("synth", std::move(points), std::move(labels));
  table.given_test_rows = samples / 7;
  return table;
}

// `place(label, t)` is the point without noise for a t drawn from [0, 1).
template <class Place>
Table scattered(std::string_view name, std::size_t samples, std::size_t classes, double noise,
                std::uint64_t seed, Place place) {
  Generator generator(GeneratorKind::kPcg64, seed);
  std::vector<double> points;
  std::vector<double> labels;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t label = i % classes;
    const Point point = place(label, generator.uniform());
    points.push_back(generator.normal(point.x, noise));
    points.push_back(generator.normal(point.y, noise));
    labels.push_back(static_cast<double>(label));
  }
  return make_table(name, std::move(points), std::move(labels));
}

Point xor_corner(std::size_t label, double t) {
  const double x = t < 0.5 ? 0 : 1;
  return {x, label == 1 ? 1 - x : x};
}

Point spiral(std::size_t label, double t) {
  const double radius = std::sqrt(t);  // as dense outside as inside
  const double angle = 3 * kPi * radius + kPi * static_cast<double>(label);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

Point moon(std::size_t label, double t) {
  const double x = std::cos(kPi * t);
  const double y = std::sin(kPi * t);
  return label == 0 ? Point{x, y} : Point{1 - x, 0.5 - y};
}

Point circle(std::size_t label, double t) {
  const double radius = label == 0 ? 1 : 0.5;
  return {radius * std::cos(2 * kPi * t), radius * std::sin(2 * kPi * t)};
}

Point blob(std::size_t label, double) {
  constexpr std::array<Point, 3> kCentres = {{{-3, -2}, {3, -2}, {0, 3}}};
  return kCentres.at(label);
}

}  // namespace

std::optional<Table> generate(std::string_view name, std::size_t samples, std::uint64_t seed) {
  constexpr std::size_t kMostSamples = 100'000'000;
  if (samples > kMostSamples) {
    throw Error(ErrorCode::kInvalidArgument,
                "generating " + std::string(name) + ": " + std::to_string(samples) +
                    " samples were asked for; at most " + std::to_string(kMostSamples) + " are drawn");
  }
  const auto count = [samples](std::size_t usual) { return samples == 0 ? usual : samples; };
  if (name == "synth") return synth(count(70'000), seed);
  if (name == "xor") return scattered(name, count(400), 2, 0.15, seed, xor_corner);
  if (name == "spirals") return scattered(name, count(600), 2, 0.02, seed, spiral);
  if (name == "moons") return scattered(name, count(500), 2, 0.1, seed, moon);
  if (name == "circles") return scattered(name, count(500), 2, 0.08, seed, circle);
  if (name == "blobs") return scattered(name, count(600), 3, 1, seed, blob);
  return std::nullopt;
}

}  // namespace gradus::internal
