// gradus serve: predictions of models over HTTP. Two doors: the Open Inference Protocol v2, and records with the names of a
// table's columns.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "gradus/server/model_repository.h"
#include "gradus/server/routes.h"
#include "gradus/server/serve_metrics.h"

namespace gradus::server {

struct ServeOptions {
  std::vector<ModelFile> models;
  std::string version;  // of the program, "0.1.0"
  ModelRepository::Log log = [](const std::string&) {};
};

// Holds what the routes share. It must outlive the server that answers by them.
class Serve {
 public:
  // Throws as ModelRepository does.
  explicit Serve(ServeOptions options);
  Serve(const Serve&) = delete;
  Serve& operator=(const Serve&) = delete;

  [[nodiscard]] Routes routes();
  // Of every answer, refusals too, for /metrics. Any number of threads.
  void count(int status) { responses_.add(status); }
  // Looks for replaced files each second until this ends.
  void watch();
  [[nodiscard]] ModelRepository& models() { return models_; }

 private:
  [[nodiscard]] std::shared_ptr<const ServedModel> model_of(const HttpRequest& request) const;
  void add_server_routes(Routes& routes);
  void add_model_routes(Routes& routes, const std::string& prefix);
  void add_record_routes(Routes& routes);

  ServeOptions options_;
  ModelRepository models_;
  StatusCounts responses_;
  std::jthread watcher_;
};

}  // namespace gradus::server
