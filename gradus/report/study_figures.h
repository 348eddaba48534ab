// The pictures that a study asks for. Internal to the room.
#pragma once

#include <optional>
#include <vector>

#include "gradus/report/model_pictures.h"
#include "gradus/report/study_report.h"

namespace gradus::report::internal {

// Of one [[plot]].
[[nodiscard]] Pictures plot_pictures(const StudyOutcome& outcome, const study::Plot& plot,
                                     ModelPictures& models);

// What a study without any [[plot]] shows: curves and results, of a search or a grid also over its fields.
[[nodiscard]] Pictures usual_pictures(const StudyOutcome& outcome, ModelPictures& models);

// The claims that have an interval, each kind of quantity in a panel of its own; nothing where none has.
[[nodiscard]] std::optional<HtmlFigure> claims_figure(const StudyOutcome& outcome);

[[nodiscard]] VerdictMark mark_of(study::Verdict verdict);

}  // namespace gradus::report::internal
