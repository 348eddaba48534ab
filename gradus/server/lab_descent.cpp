#include "gradus/server/lab_descent.h"

#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "gradus/optim/minimize.h"
#include "gradus/report/descent_picture.h"
#include "gradus/report/svg.h"
#include "gradus/server/json_body-inl.h"

namespace gradus::server {
namespace {

using internal::field_of;
using nlohmann::json;

constexpr std::size_t kMostSteps = 2000;
constexpr std::size_t kMostContenders = 8;
constexpr double kFarthest = 1e9;
constexpr std::size_t kGridPoints = 160;
constexpr int kLevels = 28;
constexpr double kSide = 1000;       // of the square that level lines are given in
constexpr double kTolerance = 0.35;  // that a line may be off there

json minima_of(const Function2& function) {
  json minima = json::array();
  for (const Point2 point : function.minima) minima.push_back({point.x, point.y, function.value(point)});
  return minima;
}

json functions() {
  json list = json::array();
  for (const Function2& function : functions_of_two_variables()) {
    list.push_back({{"name", function.name},
                    {"formula", function.formula},
                    {"low", function.low},
                    {"high", function.high},
                    {"start", {function.start.x, function.start.y}},
                    {"minima", minima_of(function)}});
  }
  const auto optimizers = optimizer_names();
  return {{"functions", std::move(list)},
          {"optimizers", std::vector<std::string>(optimizers.begin(), optimizers.end())},
          {"most_steps", kMostSteps},
          {"most_contenders", kMostContenders}};
}

// "x" or "y" of the request, else the function's own.
std::pair<double, double> range_of(const json& body, const char* field, const Function2& function) {
  const json& value = field_of(body, field);
  if (value.is_null()) return {function.low, function.high};
  const std::vector<double> range = internal::numbers_of(value, field, 2);
  if (!(range[0] >= -kFarthest && range[0] < range[1] && range[1] <= kFarthest))
    internal::refuse_field(field,
                           fmt::format("two numbers from {} to {}, the lower first", -kFarthest, kFarthest));
  return {range[0], range[1]};
}

std::string path_of_level(const report::HeightGrid& grid, double level) {
  report::SvgPath path;
  for (const std::vector<report::GridPoint>& loop : report::region_borders(grid, level)) {
    std::vector<report::GridPoint> points;
    for (const report::GridPoint& point : loop) {
      points.push_back({kSide * (point.x - grid.x_low) / (grid.x_high - grid.x_low),
                        kSide * (grid.y_high - point.y) / (grid.y_high - grid.y_low)});
    }
    points.push_back(points.front());
    points = report::simplified(points, kTolerance);
    if (points.size() < 4) continue;  // nothing that could be seen
    path.move_to(points[0].x, points[0].y);
    for (std::size_t i = 1; i + 1 < points.size(); ++i) path.line_to(points[i].x, points[i].y);
    path.close();
  }
  return path.data();
}

json contours(const json& body) {
  const Function2 function = function_from_text(internal::text_of(field_of(body, "function"), "function"));
  report::HeightGrid grid;
  std::tie(grid.x_low, grid.x_high) = range_of(body, "x", function);
  std::tie(grid.y_low, grid.y_high) = range_of(body, "y", function);
  grid.columns = grid.rows = kGridPoints;
  report::ContourPicture picture = report::function_picture(function, std::move(grid));
  picture.levels = kLevels;
  json levels = json::array();
  for (const double height : report::contour_heights(picture))
    levels.push_back({{"height", height}, {"path", path_of_level(picture.grid, height)}});
  return {{"name", function.name},
          {"formula", function.formula},
          {"x", {picture.grid.x_low, picture.grid.x_high}},
          {"y", {picture.grid.y_low, picture.grid.y_high}},
          {"start", {function.start.x, function.start.y}},
          {"minima", minima_of(function)},
          {"levels", std::move(levels)}};
}

DescentSpec contender_of(const json& contender, DescentSpec spec) {
  if (!contender.is_object()) internal::refuse_field("contenders", "objects, each with its optimizer");
  spec.optimizer = internal::text_of(field_of(contender, "optimizer"), "optimizer");
  const auto read = [&](const char* field, double& value) {
    const json& given = field_of(contender, field);
    if (!given.is_null()) value = internal::number_of(given, field, 0, kFarthest);
  };
  read("learning_rate", spec.learning_rate);
  read("momentum", spec.momentum);
  read("decay", spec.decay);
  spec.validate();
  return spec;
}

// Columns, since a page draws them as lines; a path that left the finite numbers ends before.
json path_of(const DescentSpec& spec) {
  const Descent descent = minimize(spec);
  std::vector<double> columns[4];
  for (const DescentStep& step : descent.path) {
    columns[0].push_back(step.point.x);
    columns[1].push_back(step.point.y);
    columns[2].push_back(step.value);
    columns[3].push_back(step.learning_rate);
  }
  return {{"diverged", descent.outcome == DescentOutcome::kDiverged},
          {"x", columns[0]},
          {"y", columns[1]},
          {"value", columns[2]},
          {"learning_rate", columns[3]}};
}

json descents(const json& body) {
  DescentSpec spec;
  spec.function = internal::text_of(field_of(body, "function"), "function");
  const std::vector<double> start = internal::numbers_of(field_of(body, "start"), "start", 2);
  spec.start = Point2{start[0], start[1]};
  spec.steps = internal::whole_number_of(field_of(body, "steps"), "steps", 1, kMostSteps);
  const json& contenders = field_of(body, "contenders");
  if (!contenders.is_array() || contenders.size() > kMostContenders)
    internal::refuse_field("contenders", fmt::format("a list of at most {}", kMostContenders));
  json paths = json::array();
  for (const json& contender : contenders) paths.push_back(path_of(contender_of(contender, spec)));
  return {{"paths", std::move(paths)}};
}

}  // namespace

void add_descent_routes(Routes& routes) {
  routes.get("/api/descent/functions", [](const HttpRequest&) { return json_response(functions().dump()); });
  routes.post("/api/descent/contours", [](const HttpRequest& request) {
    return json_response(contours(internal::json_body(request)).dump());
  });
  routes.post("/api/descent", [](const HttpRequest& request) {
    return json_response(descents(internal::json_body(request)).dump());
  });
}

}  // namespace gradus::server
