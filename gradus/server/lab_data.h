// Routes of the lab about data: what there is, a look into it, and tables that people bring.
#pragma once

#include <string>

#include "gradus/data/source.h"
#include "gradus/server/routes.h"
#include "gradus/server/uploads.h"

namespace gradus::server {

// What training calls the data that the page calls `name`: a built-in set's own name, an upload's path. Throws
// Error(kBadConfiguration) for anything else: a page opens no files.
[[nodiscard]] std::string data_source(const std::string& name, const Uploads& uploads);

// GET /api/data: {"sets": [{name, description}], "uploads": [{id, name, bytes, path}]}
// POST /api/data?name=houses.csv with a CSV as the body: the upload
// GET /api/data/{name or id}/preview?target=: columns, first rows, what training would make of them
void add_data_routes(Routes& routes, const Uploads& uploads, const SourceOptions& source);

}  // namespace gradus::server
