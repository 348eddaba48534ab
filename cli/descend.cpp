// gradus descend: gradient descent on a function of two variables, with the contour picture.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/command.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/optim/minimize.h"
#include "gradus/report/descent_picture.h"
#include "gradus/report/format_numbers.h"
#include "gradus/report/text_table.h"
#include "gradus/train/json_text.h"

namespace gradus::cli {

namespace {

using report::NamedDescent;

struct DescendOptions {
  DescentSpec spec;  // of every descent; starts and optimizers are those below
  std::vector<std::string> starts;
  std::vector<std::string> optimizers = {"sgd"};
  std::size_t grid = 200;
  std::string out = "descent.svg";
  bool json = false;
};

Point2 parse_point(const std::string& text) {
  Point2 point;
  const char* end = text.data() + text.size();
  const auto x = std::from_chars(text.data(), end, point.x);
  const bool comma = x.ec == std::errc() && x.ptr != end && *x.ptr == ',';
  if (comma) {
    const auto y = std::from_chars(x.ptr + 1, end, point.y);
    if (y.ec == std::errc() && y.ptr == end && std::isfinite(point.x) && std::isfinite(point.y)) return point;
  }
  throw Error(ErrorCode::kInvalidArgument,
              fmt::format("setting --start: got '{}'; expected two numbers such as 3,2", text));
}

std::vector<NamedDescent> run_all(const DescendOptions& options) {
  std::vector<std::optional<Point2>> starts;
  for (const std::string& text : options.starts) starts.emplace_back(parse_point(text));
  if (starts.empty()) starts.emplace_back();
  std::vector<NamedDescent> descents;
  for (const std::string& name : options.optimizers) {
    DescentSpec spec = options.spec;
    spec.optimizer = name;
    for (const std::optional<Point2>& start : starts) {
      spec.start = start;
      const std::string from = starts.size() == 1 ? "" : fmt::format(" from ({}, {})", start->x, start->y);
      descents.push_back({name + from, minimize(spec)});
    }
  }
  return descents;
}

void print_steps(const Function2& function, const DescendOptions& options, const NamedDescent& one) {
  using report::Align;
  print(wrapped(fmt::format("\n{} on {}: f(x, y) = {}, learning rate {}\n", one.name, function.name,
                            function.formula, rate_text(options.spec)),
                2));
  report::TextTable table({{"step", Align::kRight},
                           {"x", Align::kRight},
                           {"y", Align::kRight},
                           {"f(x, y)", Align::kRight},
                           {"rate", Align::kRight}});
  for (const DescentStep& step : one.descent.path) {
    table.add_row({fmt::format("{}", step.step), report::format_fixed(step.point.x, 6),
                   report::format_fixed(step.point.y, 6), report::format_fixed(step.value, 6),
                   step.step == 0 ? "" : report::format_significant(step.learning_rate)});
  }
  print(table.render(console().width));
  if (one.descent.outcome == DescentOutcome::kDiverged)
    print_line("diverged: the next point is no longer finite; try a smaller --learning-rate");
}

void print_json(const Function2& function, const NamedDescent& one) {
  const std::string name = nlohmann::json(one.name).dump();
  for (const DescentStep& step : one.descent.path) {
    print(
        fmt::format("{{\"event\":\"descent\",\"function\":\"{}\",\"run\":{},\"step\":{},\"x\":{},\"y\":{},"
                    "\"value\":{},\"learning_rate\":{}}}\n",
                    function.name, name, step.step, json_number(step.point.x), json_number(step.point.y),
                    json_number(step.value), json_number(step.learning_rate)));
  }
}

void write_picture(const Function2& function, const DescendOptions& options,
                   const std::vector<NamedDescent>& descents) {
  const DescentSpec& spec = options.spec;
  report::ContourPicture picture = report::descent_picture(function, descents, options.grid);
  picture.title = fmt::format("Descent on {}", function.name);
  picture.subtitle = fmt::format("{} steps, learning rate {}{}", spec.steps, spec.learning_rate,
                                 spec.decay == 1 ? "" : fmt::format(", decay {}", spec.decay));
  write_file_atomically(options.out, report::svg_contour(picture));
}

int descend_command(const DescendOptions& options) {
  const Function2& function = function_from_name(options.spec.function);
  const std::vector<NamedDescent> descents = run_all(options);
  write_picture(function, options, descents);
  for (const NamedDescent& one : descents) {
    if (options.json) {
      print_json(function, one);
    } else {
      print_steps(function, options, one);
    }
  }
  if (!options.json) print_line("\npicture  " + options.out);
  return kDone;
}

std::string function_names() {
  std::string names;
  for (const Function2& function : functions_of_two_variables())
    names += (names.empty() ? "" : ", ") + std::string(function.name);
  return names;
}

}  // namespace

void add_descend(Command& program, Outcome& outcome) {
  Command* command = program.add_command(
      "descend", "Gradient descent on a function of two variables, with the contour picture",
      "gradus descend radboud --learning-rate 0.2 --decay 0.95 --steps 10\n"
      "  gradus descend rosenbrock --optimizer momentum --optimizer adam \\\n"
      "      --start=-1.5,2 --steps 200 --learning-rate 0.001");
  const auto options = std::make_shared<DescendOptions>();
  command->add_option("FUNCTION", options->spec.function, "one of " + function_names())->required();
  command->add_option("--start", options->starts, "where to begin; may be repeated [the function's own]")
      ->type_name("X,Y")
      ->take_all();
  command
      ->add_option("--optimizer", options->optimizers,
                   "sgd, momentum, nesterov, rmsprop, adagrad, adam or adamw; may be repeated [sgd]")
      ->type_name("NAME")
      ->take_all();
  command->add_option("--steps", options->spec.steps, "steps [20]")
      ->type_name("N")
      ->check(whole_number(1, 1000000));
  command->add_option("--learning-rate", options->spec.learning_rate, "step size [0.1]")
      ->type_name("X")
      ->check(number_above(0));
  command->add_option("--decay", options->spec.decay, "the rate of step t is learning rate * decay^t [1]")
      ->type_name("X")
      ->check(number_above(0, 1));
  command->add_option("--momentum", options->spec.momentum, "of momentum and nesterov [0.9]")->type_name("X");
  command->add_option("--grid", options->grid, "points of the picture's grid along each side [200]")
      ->type_name("N")
      ->check(whole_number(10, 1000));
  command->add_option("--out", options->out, "the picture [descent.svg]")->type_name("FILE");
  command->add_flag("--json", options->json, "JSON lines on standard output");
  command->callback([options, &outcome] { outcome.status = descend_command(*options); });
}

}  // namespace gradus::cli
