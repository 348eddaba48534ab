// librsvg, opened when the first picture is asked for as PNG: it drags in some fifty libraries. Its functions
// are declared here, because its headers would bring three dozen packages to every machine that builds gradus
// and eleven functions are called; their binary interface is stable since librsvg 2.52.
#pragma once

#include <cstddef>

namespace gradus::internal {

struct RsvgRectangle {
  double x, y, width, height;
};
struct GlibError {
  unsigned domain;
  int code;
  char* message;
};
using CairoWrite = int (*)(void* closure, const unsigned char* data, unsigned length);  // 0: written

// The functions that svg_to_png calls, of librsvg, cairo and GLib. They live as long as the process.
struct Librsvg {
  void* (*read)(const unsigned char* data, std::size_t size, GlibError** error) = nullptr;
  int (*size)(void* handle, double* width, double* height) = nullptr;
  int (*render)(void* handle, void* cairo, const RsvgRectangle* place, GlibError** error) = nullptr;
  void* (*create_surface)(int format, int width, int height) = nullptr;
  int (*surface_status)(void* surface) = nullptr;
  void (*destroy_surface)(void* surface) = nullptr;
  void* (*create_cairo)(void* surface) = nullptr;
  void (*destroy_cairo)(void* cairo) = nullptr;
  int (*write_png)(void* surface, CairoWrite write, void* closure) = nullptr;
  void (*unref)(void* object) = nullptr;
  void (*free_error)(GlibError* error) = nullptr;
};

// Throws Error(kUnsupported) that says what to install.
[[nodiscard]] Librsvg open_librsvg(const char* library);

// Opened once, by the first call. Throws as above; the next call then tries again.
[[nodiscard]] const Librsvg& librsvg();

}  // namespace gradus::internal
