// gradus serve: predictions of models over HTTP.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/server_flags.h"
#include "gradus/server/access_log.h"
#include "gradus/server/http_server.h"
#include "gradus/server/serve.h"

namespace gradus::cli {
namespace {

struct ServeFlags {
  std::vector<std::string> models;
  ServerFlags server;
  std::string token;
  std::string access_log;
};

std::string opening_text(const std::vector<server::ModelFile>& files, const std::string& address) {
  std::string text;
  for (const server::ModelFile& file : files)
    text += fmt::format("{}  {}/v2/models/{}  {}/predict/{}\n", file.path.string(), address, file.name,
                        address, file.name);
  return text + "Ctrl-C ends it\n";
}

int serve_command(const ServeFlags& flags) {
  const std::vector<server::ModelFile> files = server::model_files(flags.models);
  server::ServerOptions options = server_options(flags.server);
  options.token = flags.token;
  std::optional<server::AccessLog> log;
  if (flags.access_log.empty()) {
    log.emplace();
  } else if (flags.access_log != "none") {
    log.emplace(flags.access_log);
  }
  server::Serve serve(
      {files, GRADUS_VERSION, [](const std::string& line) { print_error("gradus serve: " + line); }});
  options.log = [&](const server::HttpRequest& request, int status, std::size_t bytes, double seconds) {
    serve.count(status);
    if (log) log->add(request, status, bytes, seconds);
  };
  server::HttpServer server(options, serve.routes());
  print(opening_text(files, fmt::format("http://{}:{}", shown_address(options.address), server.port())));
  serve.watch();
  run_until_interrupted(server);
  return kDone;
}

}  // namespace

void add_serve(Command& program, Outcome& outcome) {
  Command* command = program.add_command(
      "serve", "Predictions over HTTP: the Open Inference Protocol v2, and records with names of columns",
      "gradus serve runs/1/model.safetensors prices=houses.onnx --port 8080");
  const auto flags = std::make_shared<ServeFlags>();
  command
      ->add_option("MODEL", flags->models,
                   "model files of any format, each FILE or NAME=FILE; a file that is replaced is read again")
      ->required()
      ->expected(1, Option::kAnyNumber);
  add_server_flags(*command, flags->server);
  command->add_option("--token", flags->token, "asked of everyone, as 'Authorization: Bearer TOKEN' [none]")
      ->type_name("TOKEN");
  command
      ->add_option("--access-log", flags->access_log,
                   "a line of JSON for each answer, appended to FILE; none: no lines [standard error]")
      ->type_name("FILE|none");
  command->callback([flags, &outcome] { outcome.status = serve_command(*flags); });
}

}  // namespace gradus::cli
