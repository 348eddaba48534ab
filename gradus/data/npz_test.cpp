// Single arrays and the zip container around them.
#include "gradus/data/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/npz_test_support.h"
#include "gradus/data/reader_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using test::bytes_of;
using test::npy;
using test::npy_with_header;
using test::zip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class NpyTest : public testing::Test {
 protected:
  NumpyArray read(const std::string& content) { return read_npy(folder_.write("a.npy", content)); }
  template <class T>
  SharedArray<T> values(const std::string& content) {
    return std::get<SharedArray<T>>(read(content).values);
  }
  std::vector<std::string> texts(const std::string& content) {
    return std::get<std::vector<std::string>>(read(content).values);
  }
  std::string error_of(const std::string& content, ErrorCode code = ErrorCode::kBadData) {
    return test::message_of([&] { (void)read(content); }, folder_.path(), code);
  }
  test::TemporaryFolder folder_;
};

TEST_F(NpyTest, FloatsAndBytesKeepTheirType) {
  const NumpyArray array = read(npy("<f4", "(2, 3)", bytes_of<float>({1, 2, 3, 4, 5, 6.5})));
  EXPECT_THAT(array.shape, ElementsAre(2, 3));
  EXPECT_EQ(array.size(), 6u);
  EXPECT_THAT(std::get<SharedArray<float>>(array.values), ElementsAre(1, 2, 3, 4, 5, 6.5));
  EXPECT_THAT(values<double>(npy("<f8", "(2,)", bytes_of<double>({0.1, -1e300}))), ElementsAre(0.1, -1e300));
  EXPECT_THAT(values<std::uint8_t>(npy("|u1", "(2,)", bytes_of<std::uint8_t>({0, 255}))),
              ElementsAre(0, 255));
}

TEST_F(NpyTest, OtherWholeNumbersAndTruthValuesBecomeInt64) {
  using I = std::int64_t;
  EXPECT_THAT(values<I>(npy("|b1", "(2,)", bytes_of<std::uint8_t>({0, 1}))), ElementsAre(0, 1));
  EXPECT_THAT(values<I>(npy("|i1", "(2,)", bytes_of<std::int8_t>({-128, 127}))), ElementsAre(-128, 127));
  EXPECT_THAT(values<I>(npy("<i2", "(1,)", bytes_of<std::int16_t>({-300}))), ElementsAre(-300));
  EXPECT_THAT(values<I>(npy("<i4", "(1,)", bytes_of<std::int32_t>({-70'000}))), ElementsAre(-70'000));
  EXPECT_THAT(values<I>(npy("<i8", "(1,)", bytes_of<I>({-5'000'000'000}))), ElementsAre(-5'000'000'000));
  EXPECT_THAT(values<I>(npy("<u2", "(1,)", bytes_of<std::uint16_t>({65'535}))), ElementsAre(65'535));
  EXPECT_THAT(values<I>(npy("<u4", "(1,)", bytes_of<std::uint32_t>({4'000'000'000}))),
              ElementsAre(4'000'000'000));
  EXPECT_THAT(values<I>(npy("<u8", "(1,)", bytes_of<std::uint64_t>({7}))), ElementsAre(7));
}

TEST_F(NpyTest, BigEndianValuesAreTurned) {
  EXPECT_THAT(values<std::int64_t>(npy(">i2", "(2,)", std::string("\x01\x02\xff\xfe", 4))),
              ElementsAre(258, -2));
  EXPECT_THAT(values<double>(npy(">f8", "(1,)", std::string("\x3f\xf8\0\0\0\0\0\0", 8))), ElementsAre(1.5));
  EXPECT_THAT(texts(npy(">U1", "(1,)", std::string("\0\0\0A", 4))), ElementsAre("A"));
}

TEST_F(NpyTest, TextBecomesUtf8WithoutItsPadding) {
  EXPECT_THAT(texts(npy("|S4", "(2,)", std::string("ab\0\0abcd", 8))), ElementsAre("ab", "abcd"));
  const std::string wide = bytes_of<std::uint32_t>({'Z', 0xfc, 0, 0x20ac, 0x1f600, 0});
  EXPECT_THAT(texts(npy("<U3", "(2,)", wide)), ElementsAre("Z\u00fc", "\u20ac\U0001F600"));
}

TEST_F(NpyTest, FortranOrderIsTurnedIntoCOrder) {
  const std::string header = "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3, 2), }";
  // Value = its C index; in Fortran order the first index runs fastest.
  const std::string data = bytes_of<std::int32_t>({0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11});
  EXPECT_THAT(values<std::int64_t>(npy_with_header(header, data)),
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
}

TEST_F(NpyTest, ScalarsAndEmptyArraysAreRead) {
  EXPECT_THAT(values<double>(npy("<f8", "()", bytes_of<double>({4}))), ElementsAre(4));
  EXPECT_EQ(read(npy("<f8", "(0, 5)", "")).size(), 0u);
}

TEST_F(NpyTest, HeadersOfVersionsTwoAndThreeAreRead) {
  for (const char version : {'\2', '\3'}) {
    const std::string header = "{\"descr\": \"<f8\", \"fortran_order\":False,\"shape\":(1,)}\n";
    const std::string content = std::string("\x93NUMPY") + version + '\0' +
                                bytes_of<std::uint32_t>({static_cast<std::uint32_t>(header.size())}) +
                                header + bytes_of<double>({9});
    EXPECT_THAT(values<double>(content), ElementsAre(9));
  }
}

TEST_F(NpyTest, ObjectsAreRefusedByName) {
  EXPECT_EQ(error_of(npy("|O", "(1,)", "xxxx"), ErrorCode::kUnsupported),
            "reading a.npy: its type is Python objects, '|O'; expected whole numbers, float32, float64, "
            "truth values or text; "
            "save it with astype");
}

TEST_F(NpyTest, OtherTypesAreRefusedByName) {
  for (const std::string descr :
       {"<c16", "<f2", "<f16", "<M8[ns]", "|V8", "<i3", "<U0", "", "<", "<f", "<f8x", "<i-4"}) {
    EXPECT_THAT(error_of(npy(descr, "(1,)", "xxxxxxxx"), ErrorCode::kUnsupported),
                HasSubstr("'" + descr + "'; expected whole"));
  }
  EXPECT_THAT(error_of(npy_with_header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
                                       "12345678"),
                       ErrorCode::kUnsupported),
              HasSubstr("it is a structured array"));
}

TEST_F(NpyTest, DataThatDoNotFitTheShapeNameBothSizes) {
  const std::string content = npy("<f8", "(2, 3)", std::string(47, 'x'));
  const std::string begin = std::to_string(content.size() - 47);
  EXPECT_EQ(error_of(content),
            "reading a.npy: its shape (2, 3) of type '<f8' needs 48 bytes of data; 47 follow the header at "
            "byte " +
                begin + "; the file is damaged");
  EXPECT_THAT(error_of(npy("<f8", "(1,)", "123456789")), HasSubstr("needs 8 bytes of data; 9 follow"));
}

TEST_F(NpyTest, AShapeWhoseProductWrapsIsNoticed) {
  EXPECT_THAT(error_of(npy("<f4", "(4194305, 4194305, 211106198978564)", bytes_of<float>({1, 2, 3, 4}))),
              HasSubstr("needs too many bytes of data; 16 follow"));
  EXPECT_THAT(error_of(npy("<f4", "(99999999999999999999,)", "")), HasSubstr("expected a shape"));
  EXPECT_THAT(error_of(npy("<f4", "(-1,)", "")), HasSubstr("expected a shape"));
}

TEST_F(NpyTest, ADamagedHeaderNamesTheByteAndWhatWasExpected) {
  const auto damaged = [&](const std::string& header) {
    return error_of(npy_with_header(header, "12345678"));
  };
  EXPECT_EQ(damaged("{'descr': 'f8' 'shape'"),
            "reading a.npy: the header is damaged at byte 25; expected '}'");
  EXPECT_THAT(damaged("['descr']"), HasSubstr("at byte 10; expected '{'"));
  EXPECT_THAT(damaged("{'descr': 'f8"), HasSubstr("expected a text in quotes"));
  EXPECT_THAT(damaged("{'descr': '<f8', 'fortran_order': 1, 'shape': (1,)}"),
              HasSubstr("expected True or False"));
  EXPECT_THAT(damaged("{'descr': '<f8', 'fortran_order': False}"), HasSubstr("each once"));
  EXPECT_THAT(damaged("{'descr':"), HasSubstr("at byte 19; expected a text in quotes"));
  for (const char* keys : {"'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)",
                           "'descr': '<f8', 'fortran_order': False, 'fortran_order': False, 'shape': (1,)",
                           "'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'shape': (1,)",
                           "'fortran_order': False, 'shape': (1,)", "'descr': '<f8', 'shape': (1,)", ""})
    EXPECT_THAT(damaged("{" + std::string(keys) + "}"), HasSubstr("each once")) << keys;
  EXPECT_THAT(damaged("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'x': 1}"),
              HasSubstr("each once"));
  EXPECT_THAT(damaged("{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} + __import__"),
              HasSubstr("nothing more"));
  EXPECT_THAT(damaged("{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::string(300, '1') + ",)}"),
              HasSubstr("expected a shape"));
}

TEST_F(NpyTest, EveryCutIsNoticed) {
  const std::string content = npy("<f8", "(2,)", bytes_of<double>({1, 2}));
  for (std::size_t length = 0; length < content.size(); ++length) {
    const std::string message =
        test::message_of([&] { (void)read(content.substr(0, length)); }, folder_.path());
    EXPECT_THAT(message, StartsWith("reading a.npy: ")) << length << " bytes";
  }
  EXPECT_EQ(error_of("not numpy"),
            "reading a.npy: it does not begin with 93 'NUMPY'; expected a NumPy array (.npy)");
  EXPECT_THAT(error_of("\x93NUMPY\x09" + content.substr(7), ErrorCode::kUnsupported),
              HasSubstr("version 9 of the format"));
  EXPECT_EQ(error_of("\x93NUMPY\x01\x01" + content.substr(8), ErrorCode::kUnsupported),
            "reading a.npy: the minor version of the format is not 0");
}

TEST_F(NpyTest, ValuesThatHaveNoPlaceAreNamed) {
  EXPECT_THAT(error_of(npy("<u8", "(1,)", bytes_of<std::uint64_t>({1ull << 63}))),
              HasSubstr("9223372036854775808 does not fit 64 signed bits"));
  EXPECT_THAT(error_of(npy("<U1", "(1,)", bytes_of<std::uint32_t>({0x110000}))),
              HasSubstr("0x110000 is no Unicode character"));
  EXPECT_THAT(error_of(npy("<U1", "(1,)", bytes_of<std::uint32_t>({0xd800}))),
              HasSubstr("a text is not UTF-8"));
  EXPECT_THAT(error_of(npy("|S1", "(1,)", "\xfc")), HasSubstr("a text is not UTF-8; save it as str"));
}

TEST_F(NpyTest, TextsBeyondTheMostAreRefused) {
  constexpr std::size_t kMost = std::size_t{1} << 24;
  EXPECT_EQ(error_of(npy("|S1", "(16777217,)", std::string(kMost + 1, 'a'))),
            "reading a.npy: it has 16777217 texts; at most 16777216 are read");
}

class NpzTest : public testing::Test {
 protected:
  std::string error_of(const std::string& content, ErrorCode code = ErrorCode::kBadData) {
    return test::message_of([&] { (void)read_npz(folder_.write("a.npz", content)); }, folder_.path(), code);
  }
  const std::string one_ = npy("<f8", "(1,)", bytes_of<double>({1}));
  const std::string zeros_ = npy("<f8", "(1000,)", std::string(8000, '\0'));
  test::TemporaryFolder folder_;
};

TEST_F(NpzTest, StoredAndDeflatedEntriesAreRead) {
  const auto arrays = read_npz(folder_.write("a.npz", zip({{"b.npy", one_}, {"zeros.npy", zeros_, true}})));
  ASSERT_EQ(arrays.size(), 2u);
  EXPECT_THAT(std::get<SharedArray<double>>(arrays.at("b").values), ElementsAre(1));
  EXPECT_EQ(arrays.at("zeros").size(), 1000u);
}

TEST_F(NpzTest, Zip64SizesAndPlacesAreRead) {
  const auto arrays =
      read_npz(folder_.write("a.npz", zip({{"a.npy", one_}, {"b.npy", zeros_, true}}, {.zip64 = true})));
  EXPECT_EQ(arrays.at("a").size(), 1u);
  EXPECT_EQ(arrays.at("b").size(), 1000u);
}

TEST_F(NpzTest, ACommentMayFollow) {
  EXPECT_EQ(
      read_npz(folder_.write("a.npz", zip({{"a.npy", one_}}, {.comment = "with PK\x05\x06 inside"}))).size(),
      1u);
}

TEST_F(NpzTest, EveryCutIsNoticed) {
  const std::string content = zip({{"a.npy", one_}, {"b.npy", zeros_, true}});
  for (std::size_t length = 0; length < content.size(); ++length) {
    EXPECT_EQ(error_of(content.substr(0, length)),
              "reading a.npz: no end record of a zip file; it is cut short or no .npz")
        << length << " bytes";
  }
}

TEST_F(NpzTest, AnEndRecordThatDoesNotEndTheFileIsNone) {
  const std::string none = "reading a.npz: no end record of a zip file; it is cut short or no .npz";
  const std::string content = zip({{"a.npy", one_}});
  EXPECT_EQ(error_of(content + std::string(70'000, 'x')), none) << "further back than any comment";
  EXPECT_EQ(error_of("PK\x05\x06" + std::string(40, 'x')), none);
  EXPECT_EQ(error_of(content + "x"), none);
}

TEST_F(NpzTest, CountsOfEntriesThatCannotBeAreRefused) {
  std::string content = zip({{"a.npy", one_}});
  content.replace(content.size() - 12, 2, "\xff\xff");
  EXPECT_THAT(error_of(content), HasSubstr("no zip64 locator at byte"));
  content.replace(content.size() - 12, 2, "\x11\x11");
  EXPECT_THAT(error_of(content), HasSubstr("4369 entries cannot stand in a directory of "));

  content = "PK\x05\x06" + test::little(0, 4) + std::string(12, '\xff') + test::little(0, 2);
  EXPECT_EQ(error_of(content), "reading a.npz: the zip64 end record is missing; the file is damaged");

  const std::uint64_t entries = 65'537;
  content = std::string(46 * entries, 'x');
  const std::uint64_t end = content.size();
  content += "PK\x06\x06" + test::little(44, 8) + test::little(0, 8) + test::little(0, 4) +
             test::little(entries, 8) + test::little(entries, 8) + test::little(46 * entries, 8) +
             test::little(0, 8);
  content += "PK\x06\x07" + test::little(0, 4) + test::little(end, 8) + test::little(1, 4);
  content += "PK\x05\x06" + test::little(0, 4) + std::string(12, '\xff') + test::little(0, 2);
  EXPECT_EQ(error_of(content, ErrorCode::kUnsupported),
            "reading a.npz: it has 65537 entries; at most 65536 are read");
}

TEST_F(NpzTest, EveryFlippedByteIsAnErrorOrHarmless) {
  const std::string content = zip({{"a.npy", one_}, {"b.npy", zeros_, true}}, {.zip64 = true});
  for (std::size_t at = 0; at < content.size(); ++at) {
    std::string damaged = content;
    damaged[at] = static_cast<char>(~damaged[at]);
    (void)test::message_of([&] { (void)read_npz(folder_.write("a.npz", damaged)); }, folder_.path());
  }
}

TEST_F(NpzTest, AWrongChecksumNamesTheEntry) {
  std::string content = zip({{"a.npy", one_}});
  content[content.find("NUMPY")] = 'M';
  EXPECT_THAT(error_of(content), StartsWith("reading a.npz: the checksum of a.npy is "));
}

TEST_F(NpzTest, DamagedDeflateNamesTheEntry) {
  std::string content = zip({{"b.npy", zeros_, true}});
  content[40] = static_cast<char>(content[40] ^ 0x55);
  EXPECT_EQ(error_of(content), "reading a.npz: the deflated data of b.npy at byte 35 are damaged");
}

TEST_F(NpzTest, SizesThatCannotBeCostNoMemory) {
  EXPECT_THAT(error_of(zip({{"b.npy", zeros_, true, 0x70000000}})),
              HasSubstr("b.npy claims 1879048192 bytes in"));
  EXPECT_THAT(error_of(zip({{"b.npy", zeros_, false, 0x70000000}})),
              HasSubstr("that cannot be; the zip file is damaged"));
}

TEST_F(NpzTest, EntriesMayNotOverlapOrShareAName) {
  EXPECT_EQ(error_of(zip({{"a.npy", one_}, {"a.npy", one_}})),
            "reading a.npz: two entries are called a.npy; the zip file is damaged");
  EXPECT_THAT(error_of(zip({{"a.npy", one_}, {"b.npy", one_}}, {.same_place = true})),
              HasSubstr("b.npy has another name at byte 30"));
}

TEST_F(NpzTest, OtherEntriesAndPackingsAreRefused) {
  EXPECT_THAT(error_of(zip({{"readme.txt", "hello"}})), HasSubstr("the entry readme.txt is no .npy"));
  std::string content = zip({{"a.npy", one_}});
  const std::size_t directory = content.find("PK\x01\x02");
  content[directory + 10] = 12;
  EXPECT_THAT(error_of(content, ErrorCode::kUnsupported), HasSubstr("a.npy is packed by method 12"));
  content[directory + 8] = 1;
  EXPECT_THAT(error_of(content, ErrorCode::kUnsupported), HasSubstr("a.npy is encrypted"));
}

TEST_F(NpzTest, AnErrorInsideNamesTheArray) {
  EXPECT_THAT(error_of(zip({{"X.npy", npy("|O", "(1,)", "x")}}), ErrorCode::kUnsupported),
              StartsWith("reading a.npz: X: its type is Python objects"));
}

TEST(NumpyTest, ReadsWhatNumpyWrites) {
  const test::TemporaryFolder folder;
  const std::string script =
      "import numpy as np\n"
      "a = dict(f=np.arange(6.).reshape(2, 3), g=np.asfortranarray(np.arange(6, dtype='f4').reshape(2, 3)),\n"
      "  i=np.array([-1, 2], '>i4'), b=np.array([True, False]), t=np.array(['x', 'z\\u00fc']), "
      "u=np.arange(3, dtype='u1'))\n"
      "np.savez('" +
      folder.path().string() +
      "/s.npz', **a)\n"
      "np.savez_compressed('" +
      folder.path().string() + "/c.npz', **a)\n";
  const std::string rest = " " + folder.write("w.py", script).string() + " 2>/dev/null";
  // The system's own first: another one on PATH may have no NumPy.
  if (std::system(("/usr/bin/python3" + rest).c_str()) != 0 && std::system(("python3" + rest).c_str()) != 0) {
    GTEST_SKIP() << "python3 with NumPy is not found";
  }
  for (const char* name : {"s.npz", "c.npz"}) {
    const auto arrays = read_npz(folder.path() / name);
    ASSERT_EQ(arrays.size(), 6u) << name;
    EXPECT_THAT(std::get<SharedArray<double>>(arrays.at("f").values), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(std::get<SharedArray<float>>(arrays.at("g").values), ElementsAre(0, 1, 2, 3, 4, 5));
    EXPECT_THAT(std::get<SharedArray<std::int64_t>>(arrays.at("i").values), ElementsAre(-1, 2));
    EXPECT_THAT(std::get<SharedArray<std::int64_t>>(arrays.at("b").values), ElementsAre(1, 0));
    EXPECT_THAT(std::get<std::vector<std::string>>(arrays.at("t").values), ElementsAre("x", "z\u00fc"));
    EXPECT_THAT(std::get<SharedArray<std::uint8_t>>(arrays.at("u").values), ElementsAre(0, 1, 2));
  }
}

}  // namespace
}  // namespace gradus
