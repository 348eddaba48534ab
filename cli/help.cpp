#include "cli/help.h"

#include <fmt/format.h>

#include "gradus/report/display_text.h"

namespace gradus::cli {

namespace {

constexpr int kWidth = 80;
constexpr int kTextColumn = 29;  // where descriptions begin

// "  left      right", the right part wrapped within its column; a long left part stands on its own line.
std::string entry(const std::string& left, const std::string& right) {
  const int used = 2 + report::display_width(left);
  std::string text = "  " + left;
  if (used + 2 > kTextColumn) {
    text += "\n" + report::repeat(" ", kTextColumn);
  } else {
    text += report::repeat(" ", kTextColumn - used);
  }
  return report::wrap(text + right, kWidth, kTextColumn) + "\n";
}

std::string section(const std::string& title, const std::string& entries) {
  return entries.empty() ? "" : fmt::format("\n{}:\n{}", title, entries);
}

std::string usage_word(const CLI::Option& argument) {
  return argument.get_required() ? " " + argument.get_name(true)
                                 : fmt::format(" [{}]", argument.get_name(true));
}

std::string flag_words(const CLI::Option& flag) {
  std::string words;
  for (const std::string& name : flag.get_snames()) words += (words.empty() ? "-" : ", -") + name;
  for (const std::string& name : flag.get_lnames()) words += (words.empty() ? "--" : ", --") + name;
  if (flag.get_type_size() != 0) words += " " + flag.get_type_name();
  return words;
}

}  // namespace

std::string HelpPage::make_help(const CLI::App* command, std::string usage,
                                CLI::AppFormatMode /*mode*/) const {
  std::string arguments;
  std::string commands;
  for (const CLI::App* child : command->get_subcommands({}))
    commands += entry(child->get_name(), child->get_description());
  if (!commands.empty()) usage += " COMMAND";
  for (const CLI::Option* option : command->get_options()) {
    if (!option->get_positional()) continue;
    usage += usage_word(*option);
    arguments += entry(option->get_name(true), option->get_description());
  }
  std::string text =
      fmt::format("{}\n\nusage: {} [OPTIONS]\n", report::wrap(command->get_description(), kWidth, 0), usage);
  text += section("Arguments", arguments) + section("Commands", commands);
  for (const std::string& group : command->get_groups()) {
    std::string flags;
    for (const CLI::Option* option : command->get_options()) {
      if (!option->get_positional() && option->get_group() == group)
        flags += entry(flag_words(*option), option->get_description());
    }
    text += section(group, flags);
  }
  return command->get_footer().empty() ? text : text + "\n" + command->get_footer() + "\n";
}

}  // namespace gradus::cli
