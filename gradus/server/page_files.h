// The page itself, as lab/ is built and embedded.
#pragma once

#include "gradus/server/routes.h"

namespace gradus::server {

// "/" and what it loads.
void add_page_routes(Routes& routes);

}  // namespace gradus::server
