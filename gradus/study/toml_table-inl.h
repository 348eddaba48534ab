// A table of a study file whose values are taken one by one, with errors that name file and line. Internal, and
// for .cpp files alone: it brings toml++ with it.
#pragma once

#include <algorithm>
#include <cmath>

#include "gradus/core/names.h"
#include "gradus/study/study_keys.h"
#include "gradus/train/toml_value-inl.h"

namespace gradus::study::internal {

using gradus::internal::as_text;

class TomlTable {
 public:
  // `section` as in study_keys.h. Both references outlive the object.
  TomlTable(const toml::table& table, std::string_view section, const std::string& source)
      : table_(table), section_(section), source_(source) {}

  [[nodiscard]] const toml::node* find(std::string_view key) const { return table_.get(key); }
  [[nodiscard]] const toml::table& nodes() const { return table_; }
  [[nodiscard]] std::size_t line() const { return table_.source().begin.line; }

  [[nodiscard]] bool knows(std::string_view key) const {
    return std::ranges::any_of(
        keys(), [&](const Key& known) { return known.section == section_ && known.name == key; });
  }

  // Every key is one of its section's.
  void check_keys() const {
    for (const auto& [key, node] : table_) {
      if (knows(key.str())) continue;
      std::vector<std::string_view> names;
      for (const Key& known : keys()) {
        if (known.section == section_) names.push_back(known.name);
      }
      const std::string where = section_.empty() ? std::string("key") : "key of " + heading(section_);
      std::string message = unknown_name_message(where, key.str(), names);
      if (section_.empty() && find_field(key.str()) != nullptr)
        message += "; fields of the configuration stand in [base]";
      refuse(node, message);
    }
  }

  [[nodiscard]] std::string place(const toml::node& node) const {
    return fmt::format("reading {}: line {}", source_, node.source().begin.line);
  }
  [[noreturn]] void refuse(const toml::node& node, const std::string& what) const {
    throw Error(ErrorCode::kBadConfiguration, fmt::format("{}: {}", place(node), what));
  }
  [[noreturn]] void refuse(const std::string& what) const { refuse(table_, what); }

  [[nodiscard]] std::string text(std::string_view key) const {
    const toml::node* node = find(key);
    if (node == nullptr) return "";
    const auto text = node->value_exact<std::string>();
    if (!text) refuse_type(*node, key, "text in quotes");
    return *text;
  }

  // Of a figure: its digits are kept as they are in the file where it is text.
  [[nodiscard]] std::string text_or_number(std::string_view key) const {
    const toml::node* node = find(key);
    if (node == nullptr) return "";
    if (!node->is_string() && !node->is_number()) refuse_type(*node, key, "text or a number");
    return *as_text(*node);
  }

  [[nodiscard]] bool truth(std::string_view key, bool otherwise) const {
    const toml::node* node = find(key);
    if (node == nullptr) return otherwise;
    const auto truth = node->value_exact<bool>();
    if (!truth) refuse_type(*node, key, "true or false");
    return *truth;
  }

  [[nodiscard]] std::optional<std::int64_t> whole(std::string_view key, std::int64_t low,
                                                  std::int64_t high) const {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    return whole(*node, key, low, high);
  }
  [[nodiscard]] std::int64_t whole(const toml::node& node, std::string_view key, std::int64_t low,
                                   std::int64_t high) const {
    const auto number = node.value_exact<std::int64_t>();
    if (!number || *number < low || *number > high)
      refuse_type(node, key, fmt::format("a whole number in [{}, {}]", low, high));
    return *number;
  }

  [[nodiscard]] double number(const toml::node& node, std::string_view key) const {
    const auto number = node.is_number() ? node.value<double>() : std::nullopt;
    if (!number || !std::isfinite(*number)) refuse_type(node, key, "a finite number");
    return *number;
  }

  // The elements of a list; empty where the key is absent.
  [[nodiscard]] std::vector<const toml::node*> list(std::string_view key, std::string_view of) const {
    std::vector<const toml::node*> elements;
    const toml::node* node = find(key);
    if (node == nullptr) return elements;
    if (!node->is_array()) refuse_type(*node, key, fmt::format("a list of {}", of));
    for (const toml::node& element : *node->as_array()) elements.push_back(&element);
    if (elements.empty()) refuse(*node, fmt::format("{} is an empty list; expected {}", key, of));
    return elements;
  }

  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const {
    std::vector<std::string> texts;
    for (const toml::node* element : list(key, "names in quotes")) {
      const auto text = element->value_exact<std::string>();
      if (!text) refuse_type(*element, key, "names in quotes");
      texts.push_back(*text);
    }
    return texts;
  }

  // The index of a word among those that are allowed.
  [[nodiscard]] std::size_t choice(std::string_view key, std::span<const std::string_view> words) const {
    const std::string word = text(key);
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) refuse(*find(key), unknown_name_message(key, word, words));
    return static_cast<std::size_t>(found - words.begin());
  }

  // [[key]], one after another. Of `section` "variant" the keys are not checked: they may be fields.
  [[nodiscard]] std::vector<TomlTable> tables(std::string_view key) const {
    std::vector<TomlTable> result;
    const toml::node* node = find(key);
    if (node == nullptr) return result;
    const std::string expected = fmt::format("tables, each under [[{}]]", key);
    if (!node->is_array()) refuse_type(*node, key, expected);
    for (const toml::node& element : *node->as_array()) {
      if (!element.is_table()) refuse_type(element, key, expected);
      result.emplace_back(*element.as_table(), key, source_);
    }
    return result;
  }

  // Entries in the order of the file.
  [[nodiscard]] std::vector<std::pair<std::string_view, const toml::node*>> entries() const {
    std::vector<std::pair<std::string_view, const toml::node*>> entries;
    for (const auto& [key, node] : table_) entries.emplace_back(key.str(), &node);
    std::ranges::stable_sort(entries, {}, [](const auto& entry) {
      const toml::source_position& begin = entry.second->source().begin;
      return std::pair(begin.line, begin.column);
    });
    return entries;
  }

  // Runs an action whose errors then say where they are.
  template <class Action>
  auto at(const toml::node& node, const Action& action) const {
    try {
      return action();
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("{}: {}", place(node), error.what()));
    }
  }

 private:
  [[noreturn]] void refuse_type(const toml::node& node, std::string_view key,
                                const std::string& expected) const {
    const auto text = node.is_array() ? std::nullopt : as_text(node);
    std::string got = "a list, table or date";
    if (text) got = node.is_string() ? fmt::format("'{}'", *text) : *text;
    refuse(node, fmt::format("{}: got {}; expected {}", key, got, expected));
  }

  const toml::table& table_;
  std::string_view section_;
  const std::string& source_;
};

}  // namespace gradus::study::internal
