// A JSON text read piece by piece, without a tree: numbers go straight into the reader's arrays, and what a sender nests or
// repeats costs no memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gradus {

// RFC 8259, strictly; well-formed UTF-8. Whoever uses it asks for the values in their order. Every call throws
// Error(kBadData) with the byte where the text is not what was asked for. One owner; the text must outlive it.
class JsonReader {
 public:
  enum class Kind { kObject, kArray, kString, kNumber, kBoolean, kNull };

  // `name` is what messages call the text: "the request"; `advice` ends them: "; get the file again". Reading begins at byte `begin`.
  JsonReader(std::string_view text, std::string name, std::size_t begin = 0, std::string_view advice = "")
      : text_(text), name_(std::move(name)), advice_(advice), at_(begin) {}

  // Of the value that comes next.
  [[nodiscard]] Kind peek();

  // `member(key)` reads the value, or skips it. Keys may come twice.
  template <class Member>
  void object(Member member);
  // `element()` reads a value, or skips it.
  template <class Element>
  void array(Element element);

  [[nodiscard]] std::string string();
  [[nodiscard]] double number();
  // Digits alone, as far as 64 bits hold them.
  [[nodiscard]] std::uint64_t whole_number();
  [[nodiscard]] bool boolean();
  void null();
  void skip();
  std::string_view text_of_value();  // skips it; as it stands
  // Nothing but white space follows.
  void end();

  [[noreturn]] void fail(const std::string& what) const;

 private:
  [[nodiscard]] char next();  // behind white space; '\0' at the end
  void take(char expected, const char* what);
  [[nodiscard]] bool take_if(char expected);
  [[nodiscard]] bool take_word(std::string_view word);
  [[nodiscard]] std::string_view number_text();
  void digits();
  void enter();

  std::string_view text_;
  std::string name_;
  std::string_view advice_;
  std::size_t at_;
  std::size_t depth_ = 0;
};

template <class Member>
void JsonReader::object(Member member) {
  take('{', "an object");
  enter();
  if (!take_if('}')) {
    do {
      const std::string key = string();
      take(':', "':' after a name");
      member(key);
    } while (take_if(','));
    take('}', "',' or '}'");
  }
  --depth_;
}

template <class Element>
void JsonReader::array(Element element) {
  take('[', "an array");
  enter();
  if (!take_if(']')) {
    do {
      element();
    } while (take_if(','));
    take(']', "',' or ']'");
  }
  --depth_;
}

}  // namespace gradus
