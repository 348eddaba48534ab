// Words of C: numbers that read back as they were, tables, and text of people made harmless. Internal to formats/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gradus::c_source {

// The shortest decimal that a compiler reads back as the same float: "0.1f", "3.0f", "1e-30f".
[[nodiscard]] std::string literal(float value);
[[nodiscard]] std::string literal(double value);  // "0.1"
[[nodiscard]] std::string literal(std::int64_t value);

// A string literal in plain ASCII: whatever the text, it ends where it is to end.
[[nodiscard]] std::string string_literal(std::string_view text);
// Text that cannot end a comment, or begin one.
[[nodiscard]] std::string comment_text(std::string_view text);
// " * " and the text, wrapped at spaces.
[[nodiscard]] std::string comment_lines(std::string_view text, std::size_t indent);

// "static const TYPE NAME[N] = {...};", wrapped.
template <class T>
[[nodiscard]] std::string table(std::string_view type, std::string_view name, std::span<const T> values);

// C of floats as C of doubles: their types, literals and functions of <math.h>.
[[nodiscard]] std::string in_double(std::string_view text);

// $ becomes the name, @ the name in capitals.
[[nodiscard]] std::string with_name(std::string_view text, std::string_view name);
[[nodiscard]] std::string upper(std::string_view name);

// What the kinds of numbers contribute to a source, all of it with $ and @ for the name.
struct Parts {
  std::string input_type;   // of a raw number
  std::string output_type;  // of a probability or value
  std::string macros;       // behind those of the widths
  std::string members;      // of the memory that the caller lends
  std::string tables;
  std::vector<std::string> functions;  // each once, in order
  std::string body;                    // statements of $_predict
  std::string numbers_text;            // a sentence for the comment that opens the file
  bool needs_math = false;
  std::size_t flash_bytes = 0;
  std::size_t ram_bytes = 0;

  void use(std::string_view function);
  template <class T>
  void add_table(std::string_view type, std::string_view name, std::span<const T> values) {
    tables += table(type, name, values);
    flash_bytes += values.size() * sizeof(T);
  }
  void add_member(std::string_view type, std::string_view name, std::size_t count, std::size_t bytes);
};

}  // namespace gradus::c_source
