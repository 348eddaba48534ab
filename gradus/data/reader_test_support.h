// What the tests of readers share: compressed bytes, and the message of an error. Not part of the library.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "gradus/core/error.h"

namespace gradus::test {

inline std::string deflate_with(std::string_view text, int window_bits) {
  z_stream stream{};
  if (deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("deflateInit2 failed");
  }
  std::string packed(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int status = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("deflate failed");
  return packed;
}

inline std::string gzip(std::string_view text) {
  return deflate_with(text, MAX_WBITS + 16);
}
inline std::string deflate_raw(std::string_view text) {
  return deflate_with(text, -MAX_WBITS);
}

// What the action complains of, without the folder's path; "no error".
template <class Action>
std::string message_of(const Action& action, const std::filesystem::path& folder) {
  try {
    action();
    return "no error";
  } catch (const Error& error) {
    std::string message = error.what();
    const std::string prefix = folder.string() + "/";
    if (const std::size_t at = message.find(prefix); at != message.npos) message.erase(at, prefix.size());
    return message;
  }
}

// The same; the error has to be of that code.
template <class Action>
std::string message_of(const Action& action, const std::filesystem::path& folder, ErrorCode code) {
  const auto coded = [&] {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code) << error.what();
      throw;
    }
  };
  return message_of(coded, folder);
}

}  // namespace gradus::test
