#include "gradus/server/page_files.h"

#include <cstddef>
#include <string>

// Made at build time from lab/, compressed by gzip.
namespace gradus::internal {
extern const unsigned char page_html[];
extern const std::size_t page_html_size;
extern const unsigned char page_script[];
extern const std::size_t page_script_size;
extern const unsigned char page_style[];
extern const std::size_t page_style_size;
}  // namespace gradus::internal

namespace gradus::server {
namespace {

// Every browser takes gzip. A new build of the program is a new page: nothing is kept.
void add_file(Routes& routes, const char* path, const char* type, const unsigned char* bytes,
              std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(bytes), size);
  routes.get(path, [body, type](const HttpRequest&) {
    HttpResponse response;
    response.type = type;
    response.body = body;
    response.headers.emplace_back("Content-Encoding", "gzip");
    return response;
  });
}

}  // namespace

void add_page_routes(Routes& routes) {
  using namespace internal;
  add_file(routes, "/", "text/html; charset=utf-8", page_html, page_html_size);
  add_file(routes, "/lab.js", "text/javascript; charset=utf-8", page_script, page_script_size);
  add_file(routes, "/lab.css", "text/css; charset=utf-8", page_style, page_style_size);
}

}  // namespace gradus::server
