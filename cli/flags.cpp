#include "cli/flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

namespace gradus::cli {

Check whole_number(std::int64_t low, std::int64_t high) {
  return [=](const std::string& text) {
    std::int64_t value = 0;
    if (CLI::detail::lexical_cast(text, value) && value >= low && value <= high) return std::string();
    return fmt::format("got '{}'; expected a whole number from {} to {}", text, low, high);
  };
}

Check number_above(double low, double high) {
  return [=](const std::string& text) {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && value > low && value <= high) return std::string();
    return fmt::format("got '{}'; expected a number above {}{}", text, low,
                       high < std::numeric_limits<double>::max() ? fmt::format(", at most {}", high) : "");
  };
}

Check one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string& text) {
    if (std::ranges::find(words, text) != words.end()) return std::string();
    return fmt::format("got '{}'; expected {}", text, fmt::join(words, ", "));
  };
}

Option* Option::type_name(const std::string& word) {
  option_->type_name(word);
  return this;
}

Option* Option::group(const std::string& title) {
  option_->group(title);
  return this;
}

Option* Option::check(const Check& check) {
  option_->check(CLI::Validator([check](std::string& text) { return check(text); }, ""));
  return this;
}

Option* Option::required() {
  option_->required();
  return this;
}

Option* Option::delimiter(char between) {
  option_->delimiter(between)->allow_extra_args(
      false);  // what follows is another word, also behind a lone comma
  return this;
}

Option* Option::expected(int least, int most) {
  option_->expected(least, most);
  return this;
}

Option* Option::take_all() {
  option_->take_all();
  return this;
}

template <class T>
Option* Command::add_option(const std::string& name, T& variable, const std::string& help) {
  return &options_.emplace_back(app_->add_option(name, variable, help));
}

template Option* Command::add_option(const std::string&, std::string&, const std::string&);
template Option* Command::add_option(const std::string&, int&, const std::string&);
template Option* Command::add_option(const std::string&, std::int64_t&, const std::string&);
template Option* Command::add_option(const std::string&, std::size_t&, const std::string&);
template Option* Command::add_option(const std::string&, double&, const std::string&);
template Option* Command::add_option(const std::string&, std::vector<std::string>&, const std::string&);
template Option* Command::add_option(const std::string&, std::vector<std::size_t>&, const std::string&);

Option* Command::add_option_function(const std::string& name,
                                     const std::function<void(const std::string&)>& take,
                                     const std::string& help) {
  return &options_.emplace_back(app_->add_option_function<std::string>(name, take, help));
}

Option* Command::add_flag(const std::string& name, bool& variable, const std::string& help) {
  return &options_.emplace_back(app_->add_flag(name, variable, help));
}

Command* Command::add_command(const std::string& name, const std::string& description,
                              const std::string& example) {
  CLI::App* command = app_->add_subcommand(name, description);
  command->footer("Example:\n  " + example);
  return &commands_.emplace_back(command);
}

void Command::require_command() {
  app_->require_subcommand(1);
}

void Command::callback(std::function<void()> work) {
  app_->callback(std::move(work));
}

}  // namespace gradus::cli
