// .npy and .npz bytes made by hand, sound or with a planted mistake, for the tests of the reader; not part of
// the library.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "gradus/data/reader_test_support.h"

namespace gradus::test {

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.begin(), bytes.size());
  return bytes;
}

inline std::string little(std::uint64_t value, int size) {
  return std::string(reinterpret_cast<const char*>(&value), static_cast<std::size_t>(size));
}

inline std::string npy_with_header(const std::string& header, const std::string& data) {
  return "\x93NUMPY\x01" + std::string(1, '\0') + little(header.size(), 2) + header + data;
}

inline std::string npy(const std::string& descr, const std::string& shape, const std::string& data) {
  return npy_with_header("{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }   \n",
                         data);
}

struct ZipPart {
  std::string name;
  std::string content;
  bool deflated = false;
  std::uint64_t claimed_size = 0;  // instead of the true one, where not 0
};

struct ZipStyle {
  bool zip64 = false;       // all sizes and places stand in zip64 fields
  bool same_place = false;  // every directory entry points to the first one's data
  std::string comment = {};
};

inline std::string zip(const std::vector<ZipPart>& parts, const ZipStyle& style = {}) {
  std::string file, directory;
  for (const ZipPart& part : parts) {
    const std::string packed = part.deflated ? deflate_raw(part.content) : part.content;
    const std::uint64_t size = part.claimed_size != 0 ? part.claimed_size : part.content.size();
    const std::uint64_t place = style.same_place ? 0 : file.size();
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(part.content.data()), static_cast<uInt>(part.content.size()));
    const std::string method = little(part.deflated ? 8 : 0, 2);
    const std::string extra = style.zip64 ? "\x99\x99" + little(1, 2) + "x" + little(1, 2) + little(24, 2) +
                                                little(size, 8) + little(packed.size(), 8) + little(place, 8)
                                          : "";
    const auto in32 = [&](std::uint64_t value) {
      return style.zip64 ? little(0xffffffff, 4) : little(value, 4);
    };
    const std::string sizes = little(crc, 4) + in32(packed.size()) + in32(size);
    const std::string lengths = little(part.name.size(), 2) + little(extra.size(), 2);
    directory += "PK\x01\x02" + little(45, 2) + little(45, 2) + little(0, 2) + method + little(0, 4) + sizes +
                 lengths + little(0, 2) + little(0, 2) + little(0, 2) + little(0, 4) + in32(place) +
                 part.name + extra;
    file += "PK\x03\x04" + little(45, 2) + little(0, 2) + method + little(0, 4) + sizes + lengths +
            part.name + extra + packed;
  }
  const std::uint64_t at = file.size();
  file += directory;
  if (style.zip64) {
    const std::uint64_t end = file.size();
    file += "PK\x06\x06" + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8) +
            little(parts.size(), 8) + little(parts.size(), 8) + little(directory.size(), 8) + little(at, 8);
    file += "PK\x06\x07" + little(0, 4) + little(end, 8) + little(1, 4);
    file += "PK\x05\x06" + little(0, 4) + little(0xffff, 2) + little(0xffff, 2) + little(0xffffffff, 4) +
            little(0xffffffff, 4);
  } else {
    file += "PK\x05\x06" + little(0, 4) + little(parts.size(), 2) + little(parts.size(), 2) +
            little(directory.size(), 4) + little(at, 4);
  }
  return file + little(style.comment.size(), 2) + style.comment;
}

}  // namespace gradus::test
