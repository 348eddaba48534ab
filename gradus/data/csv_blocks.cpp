#include "gradus/data/csv_blocks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace gradus {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 18;  // its cells stay in a core's own cache
constexpr std::size_t kBytesPerThread = std::size_t{1} << 20;

// -12.5 without blanks, in at most 15 digits: digits and power of ten are exact doubles, so their quotient is
// rounded once, as from_chars does. Returns where it ends; null where it is written otherwise.
const char* read_plain_decimal(const char* at, double& number, bool& point) {
  constexpr std::array<double, 16> kPowers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  constexpr std::array<double, 2> kSigns = {1, -1};
  const bool negative = *at == '-';
  at += negative;
  std::uint64_t digits = 0;
  const auto read_digits = [&digits](const char* from) {
    while (*from >= '0' && *from <= '9') digits = 10 * digits + static_cast<std::uint64_t>(*from++ - '0');
    return from;
  };
  const char* end = read_digits(at);
  std::ptrdiff_t count = end - at;
  std::ptrdiff_t decimals = 0;
  point = *end == '.';
  if (point) {
    const char* behind = end + 1;
    end = read_digits(behind);
    decimals = end - behind;
    count += decimals;
  }
  if (count == 0 || count > 15) return nullptr;
  const double magnitude = static_cast<double>(digits) / kPowers[static_cast<std::size_t>(decimals)];
  number = kSigns[negative] * magnitude;  // signs follow no pattern that a branch could learn
  return end;
}

bool ends_line(const char* at) {
  return *at == '\n' || (*at == '\r' && at[1] == '\n');
}

// The cell from `at` on, without the blanks around it; null data where it is none that a plain line has.
std::string_view plain_cell(const char* at, char separator, const char*& end) {
  const auto is_blank = [separator](char c) { return c == ' ' || (c == '\t' && separator != '\t'); };
  while (is_blank(*at)) ++at;
  end = at;
  while (*end != separator && *end != '\n' && *end != '\r' && *end != '"') ++end;
  if (*end != separator && !ends_line(end)) return {};
  const char* last = end;
  while (last > at && is_blank(last[-1])) --last;
  return {at, last};
}

}  // namespace

bool CsvBlock::read(std::string_view text, char separator, const std::vector<CsvColumn>& columns) {
  rows_ = 0;
  lines_ = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  numbers_.resize(lines_ * columns.size());
  if (std::ranges::any_of(columns, &CsvColumn::holds_text)) texts_.resize(lines_ * columns.size());
  const char* end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    if (!ends_line(at)) {
      at = read_row(at, separator, columns);
      if (at == nullptr) return false;
      ++rows_;
    }
    at += *at == '\r' ? 2 : 1;
  }
  return true;
}

// Returns the line's end; null where it is not plain.
const char* CsvBlock::read_row(const char* at, char separator, const std::vector<CsvColumn>& columns) {
  std::size_t place = rows_;
  for (std::size_t c = 0; c < columns.size(); ++c, place += lines_) {
    const char* end = nullptr;
    if (columns[c].holds_text()) {
      texts_[place] = plain_cell(at, separator, end);
      if (texts_[place].data() == nullptr) return nullptr;
    } else {
      end = read_number(at, separator, columns[c], numbers_[place]);
      if (end == nullptr) return nullptr;
    }
    const bool last = c + 1 == columns.size();
    if (last ? !ends_line(end) : *end != separator) return nullptr;
    at = last ? end : end + 1;
  }
  return at;
}

// Returns the cell's end; null where the column has to look at the cell together with its line.
const char* CsvBlock::read_number(const char* at, char separator, const CsvColumn& column,
                                  double& number) const {
  bool point = false;
  const char* end = read_plain_decimal(at, number, point);
  if (end != nullptr && (*end == separator || ends_line(end))) {
    return !point || column.takes_points() ? end : nullptr;
  }
  const std::string_view text = plain_cell(at, separator, end);
  return text.data() != nullptr && column.parse_plain(text, number) ? end : nullptr;
}

void CsvBlock::add_to(CsvColumn& column, std::size_t index) const {
  if (column.holds_text()) {
    column.add_texts(std::span(texts_).subspan(index * lines_, rows_));
  } else {
    column.add_numbers(std::span(numbers_).subspan(index * lines_, rows_));
  }
}

CsvBlocks::CsvBlocks(std::string_view text, char separator, std::vector<CsvColumn>& columns)
    : text_(text), separator_(separator), columns_(columns), next_attempt_(kBlockBytes) {
  // A line without a separator may be a blank one: that is for CsvRecords to tell.
  if (columns.size() < 2) next_attempt_ = text.size();
}

std::size_t CsvBlocks::read_on(CsvRecords& records, std::size_t rows_before) {
  if (records.position() < next_attempt_) return 0;
  next_attempt_ = records.position() + kBlockBytes;
  if (!std::ranges::all_of(columns_, &CsvColumn::decided)) return 0;

  if (pool_ == nullptr) {
    const std::size_t threads =
        std::clamp<std::size_t>(text_.size() / kBytesPerThread, 1, available_processors());
    pool_ = std::make_unique<ThreadPool>(threads);
    parts_.resize(threads);
    // As many rows to a byte as so far, and some more.
    const double share = static_cast<double>(text_.size()) / static_cast<double>(records.position());
    const auto expected = static_cast<std::size_t>(1.02 * share * static_cast<double>(rows_before)) + 1000;
    for (CsvColumn& column : columns_) column.reserve(expected);
  }
  std::size_t rows = 0;
  while (const std::size_t count = cut(records.position())) {
    const std::size_t plain = read_parts(count);
    for (std::size_t i = 0; i < plain; ++i) {
      rows += parts_[i].block.rows();
      records.skip(parts_[i].text.size(), parts_[i].block.lines());
    }
    if (plain < count) {
      next_attempt_ = records.position() + parts_[plain].text.size();
      return rows;
    }
  }
  next_attempt_ = text_.size();
  return rows;
}

// A block for each thread, whole lines all of them; returns how many there are.
std::size_t CsvBlocks::cut(std::size_t position) {
  std::size_t count = 0;
  for (; count < parts_.size() && text_.size() - position > kBlockBytes; ++count) {
    const std::size_t line_end = text_.find('\n', position + kBlockBytes - 1);
    if (line_end == std::string_view::npos) break;
    parts_[count].text = text_.substr(position, line_end + 1 - position);
    position = line_end + 1;
  }
  return count;
}

// Adds the first blocks that are plain to the columns; returns their number.
std::size_t CsvBlocks::read_parts(std::size_t count) {
  pool_->run([&](const TeamMember& member) {
    if (member.index() >= count) return;
    Part& part = parts_[member.index()];
    part.plain = part.block.read(part.text, separator_, columns_);
  });
  const auto first_other = std::ranges::find(std::span(parts_).first(count), false, &Part::plain);
  const auto plain = static_cast<std::size_t>(first_other - std::span(parts_).begin());
  pool_->run([&](const TeamMember& member) {
    const auto [begin, end] = member.share(columns_.size());
    for (std::size_t c = begin; c < end; ++c) {
      for (std::size_t i = 0; i < plain; ++i) parts_[i].block.add_to(columns_[c], c);
    }
  });
  return plain;
}

}  // namespace gradus
