#include "gradus/server/lab.h"

#include <utility>

#include "gradus/server/lab_arithmetic.h"
#include "gradus/server/lab_descent.h"
#include "gradus/server/page_files.h"

namespace gradus::server {

// One member for each part of the page that keeps something; each adds its routes in a file of its own.
struct Lab::State {
  LabOptions options;
};

Lab::Lab(LabOptions options) : state_(std::make_unique<State>(State{std::move(options)})) {}

Lab::~Lab() = default;

Routes Lab::routes() {
  Routes routes;
  add_page_routes(routes);
  add_arithmetic_routes(routes);
  add_descent_routes(routes);
  return routes;
}

}  // namespace gradus::server
