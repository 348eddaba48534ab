#include "gradus/report/png_image.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include "gradus/core/error.h"

namespace gradus::report {
namespace {

using testing::StartsWith;

PaletteImage checkered() {
  PaletteImage image{3, 2, {0, 1, 0, 1, 0, 1}, {{10, 20, 30}, {200, 100, 0}}};
  return image;
}

// The content of the chunk of that name; its check sum is checked on the way.
std::string chunk(const std::string& file, const std::string& name) {
  const auto number = [&](std::size_t at) {
    std::size_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(file[i]);
    return value;
  };
  for (std::size_t at = 8; at < file.size();) {
    const std::size_t length = number(at);
    const auto* checked = reinterpret_cast<const Bytef*>(file.data() + at + 4);
    EXPECT_EQ(number(at + 8 + length), crc32(0, checked, static_cast<uInt>(length + 4))) << name;
    if (file.substr(at + 4, 4) == name) return file.substr(at + 8, length);
    at += 12 + length;
  }
  return "missing";
}

TEST(PngImage, HoldsHeaderPaletteAndRows) {
  const std::string file = write_png(checkered());
  EXPECT_THAT(file, StartsWith("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(chunk(file, "IHDR"), std::string("\0\0\0\x03\0\0\0\x02\x08\x03\0\0\0", 13));
  EXPECT_EQ(chunk(file, "PLTE"), std::string("\x0A\x14\x1E\xC8\x64\0", 6));
  const std::string packed = chunk(file, "IDAT");
  std::string rows(8, 'x');
  uLongf size = rows.size();
  ASSERT_EQ(uncompress(reinterpret_cast<Bytef*>(rows.data()), &size,
                       reinterpret_cast<const Bytef*>(packed.data()), static_cast<uLong>(packed.size())),
            Z_OK);
  EXPECT_EQ(rows, std::string("\0\0\1\0\0\1\0\1", 8));
  EXPECT_EQ(chunk(file, "IEND"), "");
}

TEST(PngImage, APictureWithoutPixelsOrColoursIsABug) {
  EXPECT_THROW((void)write_png({}), InternalError);
  PaletteImage image = checkered();
  image.palette.clear();
  EXPECT_THROW((void)write_png(image), InternalError);
}

TEST(Base64, AgreesWithTheStandard) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFF\xFE\xFD"), "//79");
}

}  // namespace
}  // namespace gradus::report
