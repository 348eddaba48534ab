#include "gradus/data/csv_stream.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "gradus/core/error.h"
#include "gradus/data/csv_dialect.h"

namespace gradus {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 26;

// Behind the last line that is whole; lines end in LF or, in a text without any, in CR.
std::size_t whole_lines(std::string_view text) {
  const std::size_t end = text.rfind('\n');
  return 1 + (end != text.npos ? end : text.rfind('\r'));  // 1 + npos is 0
}

}  // namespace

CsvStream::CsvStream(InputFile& file, std::size_t part_bytes, bool raw, std::size_t deciding_lines)
    : file_(file),
      part_bytes_(part_bytes),
      deciding_lines_(1 + deciding_lines),  // a header too
      parser_(file.name(), raw, deciding_lines) {}

bool CsvStream::next(Table& part) {
  std::size_t wanted = part_bytes_;
  bool full = false;  // and yet without a whole record: a quote is never closed
  std::vector<std::string> notes;
  do {
    fill(wanted);
    if (ended_ && held_.empty() && begun_) return false;
    const std::size_t lines = ended_ ? held_.size() : whole_lines(held_);
    if (lines == 0 && held_.size() >= kMostBytes) {
      throw Error(ErrorCode::kBadData, "reading " + file_.name() + ": line " +
                                           std::to_string(parser_.line()) +
                                           " is longer than 64 MB; expected a table with a line per sample");
    }
    part = parser_.parse(std::string_view(held_).substr(0, lines), ended_ || full);
    notes.insert(notes.end(), part.notes.begin(), part.notes.end());
    full = held_.size() >= kMostBytes;
    held_.erase(0, parser_.used());
    bytes_ += parser_.used();
    wanted = 2 * std::max(wanted, held_.size());
  } while (part.rows == 0);
  part.notes = std::move(notes);
  begun_ = true;
  return true;
}

// Reads until there are `wanted` bytes, and in the first part lines enough.
void CsvStream::fill(std::size_t wanted) {
  while (!ended_ && !enough(wanted)) {
    const std::size_t before = held_.size();
    held_.resize(std::min(kMostBytes, std::max(wanted, before + part_bytes_)));
    const std::size_t count = file_.read(std::span(held_).subspan(before));
    ended_ = before + count < held_.size();
    held_.resize(before + count);
  }
}

bool CsvStream::enough(std::size_t wanted) const {
  if (held_.size() >= kMostBytes) return true;
  return held_.size() >= wanted && (begun_ || first_lines(held_, deciding_lines_).size() < held_.size());
}

}  // namespace gradus
