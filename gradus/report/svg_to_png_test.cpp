#include "gradus/report/svg_to_png.h"

#include <gmock/gmock.h>

#include <functional>

#include "gradus/core/error.h"
#include "gradus/report/librsvg.h"
#include "gradus/report/svg.h"

namespace gradus::report {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string message_of(const std::function<void()>& act, ErrorCode code) {
  try {
    act();
    return "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    return error.what();
  }
}

std::string picture() {
  return Svg(40, 30, "title", "description").finish();
}

// Width and height in the header of a PNG file.
std::pair<int, int> size_of(const std::string& png) {
  const auto number = [&](std::size_t at) {
    return static_cast<unsigned char>(png[at + 2]) << 8 | static_cast<unsigned char>(png[at + 3]);
  };
  return {number(16), number(20)};
}

TEST(SvgToPng, AMissingLibraryIsNamedWithWhatToInstall) {
  const std::string message =
      message_of([] { (void)internal::open_librsvg("libnowhere.so.2"); }, ErrorCode::kUnsupported);
  EXPECT_THAT(message, HasSubstr("writing a PNG: libnowhere.so.2: cannot open shared object file"));
  EXPECT_THAT(message, HasSubstr("install librsvg2-2, or keep the SVG"));
}

TEST(SvgToPng, AnotherLibraryIsNotTakenForLibrsvg) {
  EXPECT_THAT(message_of([] { (void)internal::open_librsvg("libm.so.6"); }, ErrorCode::kUnsupported),
              HasSubstr("undefined symbol: rsvg_handle_new_from_data"));
}

TEST(SvgToPng, RefusesScalesAndSizesOutOfRange) {
  for (const double scale : {0.0, -1.0, 17.0}) {
    EXPECT_THAT(message_of([&] { (void)svg_to_png(picture(), {scale}); }, ErrorCode::kInvalidArgument),
                HasSubstr("expected more than 0, at most 16"));
  }
}

class SvgToPngDrawn : public testing::Test {
 protected:
  void SetUp() override {
    try {
      (void)internal::librsvg();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }
};

TEST_F(SvgToPngDrawn, GivesAPngOfTheScaledSize) {
  const std::string png = svg_to_png(picture());
  EXPECT_THAT(png, StartsWith("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(size_of(png), std::make_pair(80, 60));
  EXPECT_EQ(size_of(svg_to_png(picture(), {0.5})), std::make_pair(20, 15));
  EXPECT_EQ(png, svg_to_png(picture()));
}

TEST_F(SvgToPngDrawn, LightAndDarkDiffer) {
  EXPECT_NE(svg_to_png(picture(), {1, Theme::kLight}), svg_to_png(picture(), {1, Theme::kDark}));
}

TEST_F(SvgToPngDrawn, RefusesWhatIsNoPictureOrTooLarge) {
  EXPECT_THAT(message_of([] { (void)svg_to_png("no picture"); }, ErrorCode::kBadData),
              HasSubstr("librsvg cannot draw the picture"));
  EXPECT_THAT(
      message_of([] { (void)svg_to_png(Svg(9000, 30, "", "").finish(), {4}); }, ErrorCode::kInvalidArgument),
      HasSubstr("36000 by 120 pixels; expected 1 to 16384 a side"));
}

}  // namespace
}  // namespace gradus::report
