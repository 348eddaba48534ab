#include "gradus/report/librsvg.h"

#include <dlfcn.h>

#include <string>

#include "gradus/core/error.h"

namespace gradus::internal {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::kUnsupported,
              "writing a PNG: " + what +
                  "; pictures become PNG through librsvg 2.52 or newer: install librsvg2-2, or keep "
                  "the SVG");
}

// dlsym looks in the libraries that this one needs, too: cairo and GLib are found through librsvg.
template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) fail(::dlerror());
}

}  // namespace

Librsvg open_librsvg(const char* library) {
  void* opened = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) fail(::dlerror());
  Librsvg found;
  find(opened, "rsvg_handle_new_from_data", found.read);
  find(opened, "rsvg_handle_get_intrinsic_size_in_pixels", found.size);
  find(opened, "rsvg_handle_render_document", found.render);
  find(opened, "cairo_image_surface_create", found.create_surface);
  find(opened, "cairo_surface_status", found.surface_status);
  find(opened, "cairo_surface_destroy", found.destroy_surface);
  find(opened, "cairo_create", found.create_cairo);
  find(opened, "cairo_destroy", found.destroy_cairo);
  find(opened, "cairo_surface_write_to_png_stream", found.write_png);
  find(opened, "g_object_unref", found.unref);
  find(opened, "g_error_free", found.free_error);
  return found;
}

const Librsvg& librsvg() {
  static const Librsvg opened = open_librsvg("librsvg-2.so.2");
  return opened;
}

}  // namespace gradus::internal
