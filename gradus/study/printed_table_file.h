// [[table]]: printed figures as CSV. Internal to the room.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "gradus/study/study.h"

namespace gradus::study::internal {

class TomlTable;

// Throws Error where the contender cannot know the measure.
using MeasureCheck = std::function<void(const Contender&, const Measure&)>;

// Reads the tables of a study whose contenders and figures are known into study.tables; their files lie in
// `folder`. Throws Error(kBadConfiguration) `reading printed.csv: line 7: ...`.
void read_printed_tables(const TomlTable& top, const std::filesystem::path& folder, const MeasureCheck& check,
                         Study& study);

// Tables that the claim counts cells of are known and have cells of the contenders that it names; else
// Error(kBadConfiguration). Numbers of cells are put in.
void bind_tables(Statement& statement, std::string_view text, const Study& study);

}  // namespace gradus::study::internal
