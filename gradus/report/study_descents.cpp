#include "gradus/report/study_descents.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gradus/report/descent_picture.h"

namespace gradus::report::internal {

Pictures descent_pictures(const StudyOutcome& outcome, const study::Plot& plot) {
  constexpr double kNarrowMap = 200;  // pixels
  std::map<std::string, std::vector<NamedDescent>> by_function;
  for (const study::Contender& contender : outcome.study.contenders) {
    const auto* spec = std::get_if<DescentSpec>(&contender.work);
    const bool asked = plot.contenders.empty() ||
                       std::ranges::find(plot.contenders, contender.name) != plot.contenders.end();
    if (spec != nullptr && asked) by_function[spec->function].push_back({contender.name, minimize(*spec)});
  }
  Pictures pictures;
  for (const auto& [name, descents] : by_function) {
    const Function2 function = function_from_text(name);
    ContourPicture picture = descent_picture(function, descents);
    picture.title = plot.title.empty() ? fmt::format("Descent on {}", name) : plot.title;
    HtmlFigure figure{fmt::format("f(x, y) = {}. A ring is the start, a diamond the end.", function.formula),
                      svg_contour(picture),
                      {}};
    picture.size = kNarrowMap;
    figure.narrow_svg = svg_contour(picture);
    pictures.figures.push_back(std::move(figure));
  }
  return pictures;
}

}  // namespace gradus::report::internal
