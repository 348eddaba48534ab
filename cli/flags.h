// Commands and their flags. CLI11 parses them, behind this header alone: its own takes longer to compile than most commands.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace gradus::cli {

// What is wrong with a flag's text: "" or "got ..; expected ..".
using Check = std::function<std::string(const std::string& text)>;

[[nodiscard]] Check whole_number(std::int64_t low, std::int64_t high);
[[nodiscard]] Check number_above(double low, double high = std::numeric_limits<double>::max());
[[nodiscard]] Check one_of(std::vector<std::string> words);

// A flag or, without dashes, an argument. Its calls return it again.
class Option {
 public:
  static constexpr int kAnyNumber = 1 << 29;

  explicit Option(CLI::Option* option) : option_(option) {}

  Option* type_name(const std::string& word);  // N, FILE: what follows the flag, in the help
  Option* group(const std::string& title);     // its section of the help
  Option* check(const Check& check);           // of each value
  Option* required();
  Option* delimiter(char between);        // several values in one word
  Option* expected(int least, int most);  // so many values
  Option* take_all();                     // may be repeated

 private:
  CLI::Option* option_;
};

// The program, or a command of it.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // Texts, whole numbers, double, and vectors of them; `variable` must live until the command line is parsed.
  template <class T>
  Option* add_option(const std::string& name, T& variable, const std::string& help);
  Option* add_option_function(const std::string& name, const std::function<void(const std::string&)>& take,
                              const std::string& help);
  Option* add_flag(const std::string& name, bool& variable, const std::string& help);

  // A subcommand with its description and, under the flags, an example.
  Command* add_command(const std::string& name, const std::string& description, const std::string& example);
  [[nodiscard]] std::deque<Command>& commands() { return commands_; }
  void require_command();
  void callback(std::function<void()> work);  // when it is the chosen one

 private:
  CLI::App* app_;
  std::deque<Option> options_;
  std::deque<Command> commands_;
};

}  // namespace gradus::cli
