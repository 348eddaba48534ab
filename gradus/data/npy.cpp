// The format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Magic 93 'NUMPY', version,
// length of the header, a Python dictionary literal {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4),
// }, then the values.
#include "gradus/data/npy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <concepts>
#include <cstring>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "gradus/core/error.h"
#include "gradus/data/shape.h"
#include "gradus/data/utf8.h"

namespace gradus {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxTexts = std::size_t{1} << 24;
constexpr std::size_t kMaxDimensions = 64;  // NumPy's own limit

[[noreturn]] void fail(const std::string& source, const std::string& what,
                       ErrorCode code = ErrorCode::kBadData) {
  throw Error(code, "reading " + source + ": " + what);
}

struct Header {
  std::string descr;
  bool fortran_order = false;
  std::vector<std::size_t> shape;
};

// Reads the dictionary literal and nothing more general: three known keys, each once.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, std::size_t offset, const std::string& source)
      : text_(text), offset_(offset), source_(source) {}

  Header parse() {
    Header header;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !std::exchange(descr, true)) {
        header.descr = type();
      } else if (key == "fortran_order" && !std::exchange(order, true)) {
        header.fortran_order = boolean();
      } else if (key == "shape" && !std::exchange(shape, true)) {
        header.shape = tuple();
      } else {
        damaged("the keys descr, fortran_order and shape, each once");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_blanks();
    if (at_ < text_.size()) damaged("nothing more in the header");
    if (!descr || !order || !shape) damaged("the keys descr, fortran_order and shape, each once");
    return header;
  }

 private:
  [[noreturn]] void damaged(const std::string& expected) const {
    fail(source_, fmt::format("the header is damaged at byte {}; expected {}", offset_ + at_, expected));
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) damaged(std::string("'") + c + "'");
  }
  std::string string() {
    skip_blanks();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    const std::size_t end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : text_.npos;
    if (end == text_.npos) damaged("a text in quotes");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  std::string type() {
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '[') {
      fail(source_, "it is a structured array; save plain arrays of numbers", ErrorCode::kUnsupported);
    }
    return string();
  }
  bool boolean() {
    skip_blanks();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_).starts_with(word)) {
        at_ += word.size();
        return value;
      }
    }
    damaged("True or False");
  }
  std::vector<std::size_t> tuple() {
    std::vector<std::size_t> sizes;
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      std::size_t size = 0;
      const char* begin = text_.data() + at_;
      const auto [stop, error] = std::from_chars(begin, text_.data() + text_.size(), size);
      if (error != std::errc() || sizes.size() == kMaxDimensions) damaged("a shape, such as (3, 4)");
      at_ += static_cast<std::size_t>(stop - begin);
      sizes.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }

  std::string_view text_;
  std::size_t offset_;
  const std::string& source_;
  std::size_t at_ = 0;
};

struct Type {
  bool swapped = false;
  char kind = 0;  // as NumPy writes it: b i u f S U
  std::size_t size = 0;
};

Type parse_type(const std::string& descr, const std::string& source) {
  const auto unsupported = [&](const std::string& what) {
    fail(source,
         fmt::format("its type is {}'{}'; expected whole numbers, float32, float64, truth values or text; "
                     "save it with "
                     "astype",
                     what, descr),
         ErrorCode::kUnsupported);
  };
  Type type;
  std::string_view text = descr;
  if (!text.empty() && std::string_view("<>|=").find(text[0]) != text.npos) {
    type.swapped = text[0] == '>';
    text.remove_prefix(1);
  }
  if (!text.empty()) type.kind = text[0];
  if (type.kind == 'O') unsupported("Python objects, ");
  const char* end = text.data() + text.size();
  const auto [stop, error] =
      std::from_chars(text.data() + std::min<std::size_t>(text.size(), 1), end, type.size);
  if (error != std::errc() || stop != end) unsupported("");

  const auto one_of = [&](std::initializer_list<std::size_t> sizes) {
    return std::ranges::count(sizes, type.size) > 0;
  };
  const bool known =
      (type.kind == 'b' && one_of({1})) || ((type.kind == 'i' || type.kind == 'u') && one_of({1, 2, 4, 8})) ||
      (type.kind == 'f' && one_of({4, 8})) || ((type.kind == 'S' || type.kind == 'U') && type.size > 0);
  if (!known) unsupported("");
  if (type.kind == 'U') {
    if (type.size > std::numeric_limits<std::size_t>::max() / 4) unsupported("");
    type.size *= 4;  // UTF-32
  }
  return type;
}

// The k-th value in C order stands at place order[k] of a file in Fortran order.
class Places {
 public:
  Places(std::span<const std::size_t> shape, bool fortran_order)
      : shape_(shape), fortran_order_(fortran_order) {
    if (!fortran_order_) return;
    index_.assign(shape.size(), 0);
    stride_.assign(shape.size(), 1);
    for (std::size_t d = 1; d < shape.size(); ++d) stride_[d] = stride_[d - 1] * shape[d - 1];
  }
  // The place of the next value.
  std::size_t next() {
    if (!fortran_order_) return place_++;
    const std::size_t result = place_;
    for (std::size_t d = shape_.size(); d-- > 0;) {
      place_ += stride_[d];
      if (++index_[d] < shape_[d]) break;
      place_ -= stride_[d] * shape_[d];
      index_[d] = 0;
    }
    return result;
  }

 private:
  std::span<const std::size_t> shape_;
  bool fortran_order_;
  std::size_t place_ = 0;
  std::vector<std::size_t> index_;
  std::vector<std::size_t> stride_;
};

struct Content {
  Header header;
  Type type;
  std::string_view data;
  std::size_t count = 0;
  const std::string& source;
};

bool is_aligned(const Content& content) {
  return reinterpret_cast<std::uintptr_t>(content.data.data()) % content.type.size == 0;
}

template <class T>
T value_at(const char* bytes, bool swapped) {
  std::array<char, sizeof(T)> copy;
  std::memcpy(copy.data(), bytes, sizeof(T));
  if (swapped != (std::endian::native == std::endian::big)) std::ranges::reverse(copy);
  return std::bit_cast<T>(copy);
}

template <class From, class To>
SharedArray<To> numbers(const Content& content, const std::shared_ptr<const void>& owner) {
  const bool as_stored = std::same_as<From, To> && !content.type.swapped && !content.header.fortran_order &&
                         std::endian::native == std::endian::little;
  if (as_stored && is_aligned(content))
    return {owner, std::span(reinterpret_cast<const To*>(content.data.data()), content.count)};
  std::vector<To> values(content.count);
  if (as_stored) {
    if (!values.empty()) std::memcpy(values.data(), content.data.data(), content.data.size());
    return values;
  }
  Places places(content.header.shape, content.header.fortran_order);
  for (To& value : values) {
    const From from =
        value_at<From>(content.data.data() + places.next() * sizeof(From), content.type.swapped);
    if constexpr (std::integral<To>) {
      if (!std::in_range<To>(from)) {
        fail(content.source,
             fmt::format("{} does not fit 64 signed bits; save it as int64 or float64", from));
      }
    }
    value = static_cast<To>(from);  // NOLINT(bugprone-signed-char-misuse): int8 is a number here
  }
  return values;
}

void append_utf8(std::string& text, std::uint32_t c) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xe0 | c >> 12);
    tail(6), tail(0);
  } else {
    text += static_cast<char>(0xf0 | (c >> 18 & 0x07));
    tail(12), tail(6), tail(0);
  }
}

// Texts end at their trailing NULs.
std::vector<std::string> texts(const Content& content) {
  if (content.count > kMaxTexts)
    fail(content.source, fmt::format("it has {} texts; at most {} are read", content.count, kMaxTexts));
  std::vector<std::string> values(content.count);
  Places places(content.header.shape, content.header.fortran_order);
  for (std::string& value : values) {
    const std::string_view bytes = content.data.substr(places.next() * content.type.size, content.type.size);
    if (content.type.kind == 'S') {
      value = bytes;
    } else {
      for (std::size_t i = 0; i < bytes.size(); i += 4) {
        const auto character = value_at<std::uint32_t>(bytes.data() + i, content.type.swapped);
        if (character > 0x10ffff)
          fail(content.source, fmt::format("0x{:x} is no Unicode character", character));
        append_utf8(value, character);
      }
    }
    value.erase(value.find_last_not_of('\0') + 1);
    if (first_bad_utf8(value) < value.size()) fail(content.source, "a text is not UTF-8; save it as str");
  }
  return values;
}

// Any byte but 0 is true, as NumPy reads them.
SharedArray<std::int64_t> truths(const Content& content) {
  std::vector<std::int64_t> values(content.count);
  Places places(content.header.shape, content.header.fortran_order);
  for (std::int64_t& value : values) value = content.data[places.next()] != 0 ? 1 : 0;
  return values;
}

decltype(NumpyArray::values) convert(const Content& content, const std::shared_ptr<const void>& owner) {
  const Type& type = content.type;
  if (type.kind == 'S' || type.kind == 'U') return texts(content);
  if (type.kind == 'f') {
    if (type.size == 4) return numbers<float, float>(content, owner);
    return numbers<double, double>(content, owner);
  }
  if (type.kind == 'i') {
    if (type.size == 1) return numbers<std::int8_t, std::int64_t>(content, owner);
    if (type.size == 2) return numbers<std::int16_t, std::int64_t>(content, owner);
    if (type.size == 4) return numbers<std::int32_t, std::int64_t>(content, owner);
    return numbers<std::int64_t, std::int64_t>(content, owner);
  }
  if (type.kind == 'b') return truths(content);
  if (type.size == 1) return numbers<std::uint8_t, std::uint8_t>(content, owner);
  if (type.size == 2) return numbers<std::uint16_t, std::int64_t>(content, owner);
  if (type.size == 4) return numbers<std::uint32_t, std::int64_t>(content, owner);
  return numbers<std::uint64_t, std::int64_t>(content, owner);
}

// The header's text and the byte where it begins.
std::pair<std::string_view, std::size_t> header_text(std::string_view bytes, const std::string& source) {
  if (!bytes.starts_with(kMagic))
    fail(source, "it does not begin with 93 'NUMPY'; expected a NumPy array (.npy)");
  if (bytes.size() == kMagic.size())
    fail(source, fmt::format("it ends at byte {}, inside the header", bytes.size()));
  const unsigned version = static_cast<unsigned char>(bytes[kMagic.size()]);
  if (version < 1 || version > 3) {
    fail(source, fmt::format("version {} of the format is not known; expected 1 to 3", version),
         ErrorCode::kUnsupported);
  }
  if (bytes.size() > kMagic.size() + 1 && bytes[kMagic.size() + 1] != 0)
    fail(source, "the minor version of the format is not 0", ErrorCode::kUnsupported);
  const std::size_t begin = version == 1 ? 10 : 12;
  if (bytes.size() < begin) fail(source, fmt::format("it ends at byte {}, inside the header", bytes.size()));
  const std::size_t length = version == 1 ? value_at<std::uint16_t>(bytes.data() + 8, false)
                                          : value_at<std::uint32_t>(bytes.data() + 8, false);
  if (length > bytes.size() - begin) {
    fail(source, fmt::format("it ends at byte {}, inside the header of {} bytes", bytes.size(), length));
  }
  return {bytes.substr(begin, length), begin};
}

Content read_content(std::string_view bytes, const std::string& source) {
  const auto [text, begin] = header_text(bytes, source);
  Header header = HeaderParser(text, begin, source).parse();
  const Type type = parse_type(header.descr, source);
  const std::string_view data = bytes.substr(begin + text.size());
  const std::optional<std::size_t> expected = checked_bytes(header.shape, type.size);
  if (expected != data.size()) {
    fail(source,
         fmt::format(
             "its shape {} of type '{}' needs {} bytes of data; {} follow the header at byte {}; the file is "
             "damaged",
             shape_text(header.shape), header.descr, expected ? std::to_string(*expected) : "too many",
             data.size(), begin + text.size()));
  }
  return {std::move(header), type, data, data.size() / type.size, source};
}

}  // namespace

NumpyArray parse_npy(std::string_view bytes, const std::string& source,
                     const std::shared_ptr<const void>& owner) {
  const Content content = read_content(bytes, source);
  return {content.header.shape, convert(content, owner)};
}

void require_values_in_place(std::string_view bytes, const std::string& source) {
  const Content content = read_content(bytes, source);
  const Type& type = content.type;
  const std::string& descr = content.header.descr;
  const auto unsupported = [&](const std::string& what) { fail(source, what, ErrorCode::kUnsupported); };
  if (type.swapped || !(type.kind == 'f' || (type.kind == 'u' && type.size == 1))) {
    unsupported(fmt::format(
        "its type is '{}'; it is used where it lies, so expected little-endian float32, float64 or "
        "uint8; save it with astype(\"float32\")",
        descr));
  }
  if (content.header.fortran_order) {
    unsupported(
        "its values are in Fortran order; it is used where it lies, so expected C order; save it with "
        "numpy.ascontiguousarray");
  }
  if (!is_aligned(content)) {
    unsupported(fmt::format(
        "its values begin at byte {}, no multiple of their {} bytes; save it again with numpy.save",
        bytes.size() - content.data.size(), type.size));
  }
}

}  // namespace gradus
