#include "gradus/report/svg_to_png.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "gradus/core/error.h"
#include "gradus/report/librsvg.h"
#include "gradus/report/svg_theme.h"

namespace gradus::report {

namespace {

using internal::GlibError;
using internal::Librsvg;

using Owned = std::unique_ptr<void, void (*)(void*)>;

[[noreturn]] void fail(ErrorCode code, const std::string& what) {
  throw Error(code, "writing a PNG: " + what);
}

[[noreturn]] void fail_with(const Librsvg& rsvg, GlibError* error) {
  const std::string message = error == nullptr ? "no reason given" : error->message;
  if (error != nullptr) rsvg.free_error(error);
  fail(ErrorCode::kBadData, "librsvg cannot draw the picture: " + message);
}

// librsvg knows nothing of a reader's preference for light or dark.
std::string in_theme(std::string_view svg, Theme theme) {
  std::string document(svg);
  const std::size_t style = document.find(svg_style());
  if (style != std::string::npos) document.replace(style, svg_style().size(), svg_style(theme));
  return document;
}

Owned read_document(const Librsvg& rsvg, const std::string& document) {
  GlibError* error = nullptr;
  void* handle = rsvg.read(reinterpret_cast<const unsigned char*>(document.data()), document.size(), &error);
  if (handle == nullptr) fail_with(rsvg, error);
  return {handle, rsvg.unref};
}

int append(void* bytes, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(bytes)->append(reinterpret_cast<const char*>(data), length);
  return 0;
}

}  // namespace

std::string svg_to_png(std::string_view svg, const PngOptions& options) {
  constexpr double kLargestScale = 16;
  constexpr double kMostPixels = 16384;
  if (!(options.scale > 0 && options.scale <= kLargestScale)) {
    fail(ErrorCode::kInvalidArgument,
         fmt::format("a scale of {}; expected more than 0, at most {}", options.scale, kLargestScale));
  }
  const Librsvg& rsvg = internal::librsvg();
  const Owned handle = read_document(rsvg, in_theme(svg, options.theme));
  internal::RsvgRectangle place{0, 0, 0, 0};
  if (rsvg.size(handle.get(), &place.width, &place.height) == 0) {
    fail(ErrorCode::kBadData, "the picture has no size; expected width and height in pixels");
  }
  place.width *= options.scale;
  place.height *= options.scale;
  // Whole pixels only: one that is covered in part would shine through.
  const double width = std::floor(place.width);
  const double height = std::floor(place.height);
  if (!(width >= 1 && height >= 1 && std::max(width, height) <= kMostPixels)) {
    fail(ErrorCode::kInvalidArgument,
         fmt::format("{} by {} pixels; expected 1 to {} a side, take another scale", width, height,
                     kMostPixels));
  }

  constexpr int kArgb32 = 0;
  const Owned surface(rsvg.create_surface(kArgb32, static_cast<int>(width), static_cast<int>(height)),
                      rsvg.destroy_surface);
  if (rsvg.surface_status(surface.get()) != 0) fail(ErrorCode::kUnsupported, "no memory for the pixels");
  GlibError* error = nullptr;
  {
    const Owned cairo(rsvg.create_cairo(surface.get()), rsvg.destroy_cairo);
    if (rsvg.render(handle.get(), cairo.get(), &place, &error) == 0) fail_with(rsvg, error);
  }
  std::string png;
  const int status = rsvg.write_png(surface.get(), append, &png);
  if (status != 0) fail(ErrorCode::kUnsupported, fmt::format("cairo gave up with status {}", status));
  return png;
}

}  // namespace gradus::report
