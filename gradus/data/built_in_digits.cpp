// The 8x8 digits: data/digits.csv.gz, embedded by the build.
#include <array>
#include <charconv>
#include <string>

#include "gradus/core/error.h"
#include "gradus/data/built_in.h"
#include "gradus/data/gzip.h"

namespace gradus::internal {

extern const unsigned char digits_csv_gz[];
extern const std::size_t digits_csv_gz_size;

namespace {

constexpr std::size_t kSide = 8;
constexpr std::size_t kPixels = kSide * kSide;

std::string inflate() {
  GzipReader reader({reinterpret_cast<const char*>(digits_csv_gz), digits_csv_gz_size},
                    "the built-in digits");
  std::string text;
  std::array<std::byte, 65536> piece;
  while (const std::size_t count = reader.read(piece)) {
    text.append(reinterpret_cast<const char*>(piece.data()), count);
  }
  return text;
}

}  // namespace

Table built_in_digits() {
  const std::string text = inflate();
  std::vector<std::uint8_t> pixels;
  std::vector<double> digits;
  const char* const end = text.data() + text.size();
  std::size_t field = 0;
  for (const char* at = text.data(); at < end; ++at) {  // each number and the comma or line end after it
    std::uint8_t number = 0;
    at = std::from_chars(at, end, number).ptr;
    if (field++ % (kPixels + 1) == kPixels) {
      digits.push_back(number);
    } else {
      pixels.push_back(number);
    }
  }
  GRADUS_ASSERT(pixels.size() == kPixels * digits.size(), pixels.size(), digits.size());

  Table table;
  table.source = "digits";
  table.rows = digits.size();
  auto block = std::make_shared<FeatureBlock>();
  block->prefix = "pixel";
  block->cols = kPixels;
  block->picture_rows = kSide;
  block->picture_cols = kSide;
  block->values = std::move(pixels);
  table.block = std::move(block);
  Column& column = table.columns.emplace_back();
  column.name = "digit";
  column.numbers = std::move(digits);
  table.default_target = column.name;
  return table;
}

}  // namespace gradus::internal
