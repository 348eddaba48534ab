// CSV as people have it (RFC 4180 and its relatives) into a Table.
//
// Separator , ; tab or | (the one that splits the first lines most evenly); CRLF, BOM and quoted fields with
// line breaks are understood. Missing: empty, ?, NA, N/A, nan, null (any case). A column of numbers is
// kNumber, of true/false or yes/no kBoolean (0/1 stays a number), anything else kCategory. Beside other
// separators than the comma a column may have decimal commas. The first line is a header when none of its
// fields is a number and either some column below it holds numbers, or all its fields differ from each other
// and from what stands below them.
#pragma once

#include <filesystem>
#include <string_view>

#include "gradus/data/table.h"

namespace gradus {

// Throws Error(kNotFound), kFile, or kBadData with line and column: ragged row, no rows, unclosed quote, inf,
// a text cell in a column of numbers. The first 1,000 cells that are not missing decide: numbers when all of
// them are, or at least 95 % and more than 20; a text among or below them is an error that names both.
[[nodiscard]] Table read_csv(const std::filesystem::path& path);
// `source` stands in messages.
[[nodiscard]] Table parse_csv(std::string_view text, const std::string& source);

}  // namespace gradus
