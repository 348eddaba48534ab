// gradus: the command-line program. Every error ends here and becomes one line and an exit status.
#include <fmt/format.h>

#include <new>
#include <vector>

#include "cli/command.h"
#include "cli/signals.h"
#include "gradus/core/error.h"
#include "gradus/core/names.h"

namespace gradus::cli {
namespace {

constexpr const char* kDescription =
    "gradus trains, checks, compares and explains dense neural networks.\n"
    "\n"
    "DATA is a built-in set (digits, mnist, synth, xor, spirals, moons, circles, blobs), a .csv, a .npz, or "
    "a folder of IDX files.";

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kBadConfiguration:
    case ErrorCode::kBadData:
    case ErrorCode::kUnsupported:
      return kUserMistake;
    case ErrorCode::kNotFound:
    case ErrorCode::kFile:
    case ErrorCode::kNetwork:
      return kEnvironment;
  }
  return kBug;
}

// The command that was being parsed, for its flags and its --help.
const CLI::App& chosen_command(const CLI::App& program) {
  const CLI::App* app = &program;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : path_of(*app.get_parent()) + " " + app.get_name();
}

// CLI11 names the words it could not place; people want the nearest flag or command.
std::string explain(const CLI::ParseError& error, const CLI::App& program) {
  const CLI::App& app = chosen_command(program);
  const std::vector<std::string> extras = app.remaining();
  std::string text = error.what();
  if (!extras.empty()) {
    const std::string word = extras.front().substr(0, extras.front().find('='));
    std::vector<std::string> names;
    if (word.starts_with('-')) {
      for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
      }
    } else {
      for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string nearest = nearest_name(word, known);
    text = fmt::format("unknown {} '{}'{}", word.starts_with('-') ? "option" : "argument", word,
                       nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
  }
  return fmt::format("{}: {}; see {} --help", path_of(app), text, path_of(app));
}

int run(int count, char** arguments) {
  CLI::App program(kDescription, "gradus");
  program.require_subcommand(1);
  Outcome outcome;
  add_train(program, outcome);
  add_evaluate(program, outcome);
  add_predict(program, outcome);
  add_check(program, outcome);
  add_descend(program, outcome);
  add_data(program, outcome);
  add_model(program, outcome);
  add_version(program, outcome);
  program.footer(
      "gradus COMMAND --help shows a command's flags and an example. Start with: gradus train digits");
  if (count == 1) {
    print(program.help());
    return kUserMistake;
  }
  try {
    program.parse(count, arguments);
  } catch (const CLI::CallForHelp&) {
    print(chosen_command(program).help(path_of(chosen_command(program))));
  } catch (const CLI::ParseError& error) {
    print_error(explain(error, program));
    return kUserMistake;
  }
  return outcome.status;
}

}  // namespace

CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& description,
                      const std::string& example) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  return command;
}

}  // namespace gradus::cli

int main(int count, char** arguments) {
  using namespace gradus;
  cli::catch_interrupts();
  try {
    return cli::run(count, arguments);
  } catch (const Error& error) {
    cli::print_error(std::string("gradus: ") + error.what());
    return cli::status_of(error.code());
  } catch (const std::bad_alloc&) {
    cli::print_error("gradus: out of memory; use a smaller batch, network or data set");
    return cli::kEnvironment;
  } catch (const std::exception& error) {
    cli::print_error(std::string("gradus: a bug in gradus, please report it: ") + error.what());
    return cli::kBug;
  }
}
