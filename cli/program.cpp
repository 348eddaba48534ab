#include "cli/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <system_error>
#include <vector>

#include "cli/help.h"
#include "cli/signals.h"
#include "gradus/core/error.h"
#include "gradus/core/names.h"

namespace gradus::cli {
namespace {

constexpr const char* kOutOfMemory = "gradus: out of memory; use a smaller batch, network or data set\n";
constexpr const char* kDescription =
    "gradus trains, checks, compares and explains dense neural networks.\n"
    "\n"
    "DATA is a built-in set (digits, mnist, synth, xor, spirals, moons, circles, blobs), a .csv, a .npz, "
    "or a folder of X.npy and y.npy (used where they lie, whatever their size) or of IDX files.";

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

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// A word that has no place, with the nearest flag or command that has.
std::string unknown_word(const CLI::App& app, const std::string& word) {
  const bool flag = word.starts_with('-');
  const std::vector<std::string> names = flag ? flag_names(app) : command_names(app);
  const std::string nearest = nearest_name(word, std::vector<std::string_view>(names.begin(), names.end()));
  const char* what = flag ? "option" : names.empty() ? "argument" : "command";
  std::string text = fmt::format("unknown {} '{}'", what, word);
  if (!nearest.empty()) return fmt::format("{}; did you mean {}?", text, nearest);
  if (!flag && !names.empty()) text += fmt::format("; expected {}", fmt::join(names, ", "));
  return text;
}

// CLI11's messages in our words.
std::string explain(const CLI::ParseError& error, const CLI::App& program) {
  const CLI::App& app = chosen_command(program);
  const std::vector<std::string> extras = app.remaining();
  std::string text = error.what();
  const std::string subject = text.substr(0, text.find(':'));
  if (!extras.empty()) {
    text = unknown_word(app, extras.front().substr(0, extras.front().find('=')));
  } else if (text == "A subcommand is required") {
    text = fmt::format("no command given; expected {}", fmt::join(command_names(app), ", "));
  } else if (text.find("At Most 1 required") != std::string::npos) {
    text = subject + " is given more than once; expected once";
  } else if (text.find(" required ") != std::string::npos && text.ends_with(" missing")) {
    text = subject + ": nothing follows it; expected a value";
  }
  return fmt::format("{}: {}; see {} --help", path_of(app), text, path_of(app));
}

void print_help(const CLI::App& app) {
  print(app.help(app.get_parent() == nullptr ? "" : path_of(*app.get_parent())));
}

// gradus help [COMMAND ..]
void add_help(Command& root, CLI::App& program) {
  Command* help =
      root.add_command("help", "The page of a command, the same as COMMAND --help", "gradus help data fetch");
  const auto words = std::make_shared<std::vector<std::string>>();
  help->add_option("COMMAND", *words, "the command, in one or two words");
  help->callback([words, &program] {
    const CLI::App* app = &program;
    for (const std::string& word : *words) {
      const std::vector<const CLI::App*> children =
          app->get_subcommands([](const CLI::App*) { return true; });
      const auto found = std::ranges::find(children, word, &CLI::App::get_name);
      if (found == children.end()) {
        throw Error(ErrorCode::kInvalidArgument,
                    fmt::format("{}; see {} --help", unknown_word(*app, word), path_of(*app)));
      }
      app = *found;
    }
    print_help(*app);
  });
}

int run(int count, char** arguments, AddCommands add_commands) {
  CLI::App program(kDescription, "gradus");
  program.formatter(std::make_shared<HelpPage>());
  program.set_help_flag("-h,--help", "this page");
  program.require_subcommand(1);
  Command root(&program);
  Outcome outcome;
  add_commands(root, outcome);
  add_help(root, program);
  program.set_version_flag("--version", "gradus " GRADUS_VERSION, "the version alone");
  program.footer(
      "gradus COMMAND --help shows a command's flags and an example.\nStart with: gradus train digits");
  if (count == 1) {
    print_help(program);
    return kUserMistake;
  }
  try {
    program.parse(count, arguments);
  } catch (const CLI::CallForHelp&) {
    print_help(chosen_command(program));
  } catch (const CLI::CallForVersion& version) {
    print_line(version.what());
  } catch (const CLI::ParseError& error) {
    print_error(explain(error, program));
    return kUserMistake;
  }
  return outcome.status;
}

// Memory may run out while an error is being told, too: std::bad_alloc is thrown on.
int run_and_tell_errors(int count, char** arguments, AddCommands add_commands) {
  try {
    return run(count, arguments, add_commands);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    const LastWords last = last_words(error);
    if (!last.text.empty()) print_error("gradus: " + last.text);
    return last.status;
  }
}

}  // namespace

LastWords last_words(const std::exception& error) {
  if (const auto* mistake = dynamic_cast<const Error*>(&error))
    return {mistake->what(), status_of(mistake->code())};
  if (dynamic_cast<const std::bad_alloc*>(&error) != nullptr)
    return {"out of memory; use a smaller batch, network or data set", kEnvironment};
  if (dynamic_cast<const std::system_error*>(&error) != nullptr)
    return {fmt::format("the system refused: {}; end other programs and run again", error.what()),
            kEnvironment};
  return {fmt::format("a bug in gradus, please report it: {}", error.what()), kBug};
}

// No memory is asked for, nothing is unwound.
void end_in_order() {
  std::set_terminate([] {
    int status = kBug;
    try {
      if (const std::exception_ptr error = std::current_exception()) std::rethrow_exception(error);
    } catch (const std::bad_alloc&) {
      status = kEnvironment;
    } catch (...) {
    }
    std::fputs(status == kEnvironment ? kOutOfMemory : "gradus: a bug in gradus, please report it\n", stderr);
    if (status == kBug) std::abort();
    std::_Exit(status);
  });
}

int run_program(int count, char** arguments, AddCommands add_commands) {
  catch_interrupts();
  try {
    return run_and_tell_errors(count, arguments, add_commands);
  } catch (const std::bad_alloc&) {
    std::fputs(kOutOfMemory, stderr);
    return kEnvironment;
  }
}

}  // namespace gradus::cli
