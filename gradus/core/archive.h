// States of objects as bytes, for files from which a later process goes on: numbers little endian, a list as the count of its
// values (u64) and these. An object names its members once, in transfer(archive), for both ways; of a plain struct a
// free function transfer(archive, value) does.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace gradus {

static_assert(std::endian::native == std::endian::little, "archives are written as the values lie in memory");

namespace internal {

// What writing and reading share. Self has kReads, raw(), left() and require().
template <class Self>
class Archive {
 public:
  template <class... Members>
  void operator()(Members&... members) {
    (one(members), ...);
  }

  // As many values as are there already.
  template <class T>
  void values(std::span<T> fixed) {
    std::uint64_t count = fixed.size();
    one(count);
    self().require(count == fixed.size(), "a list of another length");
    self().raw(fixed.data(), fixed.size_bytes());
  }

 private:
  [[nodiscard]] Self& self() { return static_cast<Self&>(*this); }

  template <class T>
  void one(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      auto byte = static_cast<std::uint8_t>(value);
      self().raw(&byte, 1);
      self().require(byte <= 1, "a truth value that is neither");
      value = byte == 1;
    } else if constexpr (!std::is_class_v<T>) {
      static_assert(!std::is_pointer_v<T>);
      self().raw(&value, sizeof(T));
    } else if constexpr (requires { value.transfer(self()); }) {
      value.transfer(self());
    } else if constexpr (requires { value.has_value(); }) {
      optional(value);
    } else if constexpr (requires { value.resize(value.size()); }) {
      list(value);
    } else if constexpr (requires {
                           std::tuple_size<T>::value;
                           value.data();
                         }) {
      for (auto& item : value) one(item);
    } else {
      transfer(self(), value);
    }
  }

  template <class Optional>
  void optional(Optional& value) {
    bool there = value.has_value();
    one(there);
    if constexpr (Self::kReads) {
      value.reset();
      if (there) value.emplace();
    }
    if (there) one(*value);
  }

  // A count that the bytes do not bear out is refused before it costs memory.
  template <class List>
  void list(List& list) {
    using T = typename List::value_type;
    std::uint64_t count = list.size();
    one(count);
    if constexpr (!std::is_class_v<T> && requires { list.data(); }) {
      self().require(count <= self().left() / sizeof(T), "a list that is longer than the file");
      if constexpr (Self::kReads) list.resize(count);
      self().raw(list.data(), list.size() * sizeof(T));
    } else {
      if constexpr (Self::kReads) list.clear();
      for (std::uint64_t i = 0; i < count; ++i) {
        if constexpr (Self::kReads) list.emplace_back();
        one(list[i]);
      }
    }
  }
};

}  // namespace internal

// Appends what it is given to bytes.
class ArchiveWriter : public internal::Archive<ArchiveWriter> {
 public:
  static constexpr bool kReads = false;

  // Behind what stands in `bytes` already.
  explicit ArchiveWriter(std::string bytes = {}) : bytes_(std::move(bytes)) {}

  void raw(const void* from, std::size_t size) { bytes_.append(static_cast<const char*>(from), size); }
  [[nodiscard]] std::size_t left() const { return std::string::npos; }
  void require(bool, const char*) const {}

  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Fills what it is given from bytes, which must outlive it. Whatever they are, it throws Error(kBadData) or returns.
class ArchiveReader : public internal::Archive<ArchiveReader> {
 public:
  static constexpr bool kReads = true;

  // `what` for messages: "the checkpoint runs/3/checkpoint".
  ArchiveReader(std::string_view bytes, std::string what) : bytes_(bytes), what_(std::move(what)) {}

  void raw(void* to, std::size_t size) {
    require(size <= left(), "its end");
    if (size > 0) std::memcpy(to, bytes_.data() + at_, size);
    at_ += size;
  }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }
  // `found` is what stands there instead of what was expected.
  void require(bool right, const char* found) const {
    if (!right) refuse(found);
  }
  // Nothing may be left.
  void finish() const { require(left() == 0, "more bytes than belong there"); }

 private:
  [[noreturn]] void refuse(const char* found) const;

  std::string_view bytes_;
  std::string what_;
  std::size_t at_ = 0;
};

}  // namespace gradus
