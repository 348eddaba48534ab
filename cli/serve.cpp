// gradus serve: predictions of models over HTTP.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/server_commands.h"
#include "cli/server_flags.h"
#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/server/access_log.h"
#include "gradus/server/http_server.h"
#include "gradus/server/serve.h"

namespace gradus::cli {
namespace {

namespace fs = std::filesystem;

struct ServeFlags {
  std::vector<std::string> models;
  ServerFlags server;
  std::string token;
  std::string token_file;
  std::string access_log;
};

std::string opening_text(const std::vector<server::ModelFile>& files, const std::string& address) {
  std::string text;
  for (const server::ModelFile& file : files)
    text += fmt::format("{}  {}/v2/models/{}  {}/predict/{}\n", file.path.string(), address, file.name,
                        address, file.name);
  return text + "Ctrl-C ends it\n";
}

// The first line of a file that nobody else of this machine may read.
std::string token_from(const std::string& path) {
  constexpr std::size_t kLongest = 4096;
  const std::string content = read_file(path, kLongest);
  std::error_code ignored;
  const fs::perms mode = fs::status(path, ignored).permissions();
  if ((mode & (fs::perms::group_all | fs::perms::others_all)) != fs::perms::none) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("--token-file {0}: others of this machine may open it; run chmod 600 {0}", path));
  }
  std::string token = content.substr(0, content.find_first_of("\r\n"));
  if (token.empty()) {
    throw Error(ErrorCode::kInvalidArgument,
                fmt::format("--token-file {}: its first line is empty; expected a token", path));
  }
  return token;
}

int serve_command(const ServeFlags& flags) {
  const std::vector<server::ModelFile> files = server::model_files(flags.models);
  server::ServerOptions options = server_options(flags.server);
  if (!flags.token.empty() && !flags.token_file.empty())
    throw Error(ErrorCode::kInvalidArgument, "--token and --token-file are both given; expected one of them");
  options.token = flags.token_file.empty() ? flags.token : token_from(flags.token_file);
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
  serve.watch();
  run_until_interrupted(
      server,
      opening_text(files, fmt::format("http://{}:{}", shown_address(options.address), server.port())));
  return kDone;
}

}  // namespace

void add_serve(Command& program, Outcome& outcome) {
  Command* command = program.add_command(
      "serve", kServeSummary, "gradus serve runs/1/model.safetensors prices=houses.onnx --port 8080");
  const auto flags = std::make_shared<ServeFlags>();
  command
      ->add_option("MODEL", flags->models,
                   "model files of any format, each FILE or NAME=FILE; a file that is replaced is read again")
      ->required()
      ->expected(1, Option::kAnyNumber);
  add_server_flags(*command, flags->server);
  command
      ->add_option(
          "--token", flags->token,
          "asked of everyone, as 'Authorization: Bearer TOKEN'; the list of processes shows it to all users "
          "of this machine [none]")
      ->type_name("TOKEN");
  command
      ->add_option("--token-file", flags->token_file,
                   "file whose first line is the token; nobody else may be able to read it (chmod 600)")
      ->type_name("FILE");
  command
      ->add_option("--access-log", flags->access_log,
                   "a line of JSON for each answer, appended to FILE; none: no lines [standard error]")
      ->type_name("FILE|none");
  command->callback([flags, &outcome] { outcome.status = serve_command(*flags); });
}

}  // namespace gradus::cli
