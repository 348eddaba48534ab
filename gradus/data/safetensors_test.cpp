#include "gradus/data/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <limits>

#include "gradus/core/error.h"
#include "gradus/core/files.h"
#include "gradus/data/reader_test_support.h"
#include "tests/support/test_support.h"

namespace gradus {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string file_of(const std::string& header, const std::string& data = "") {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + header + data;
}

std::string error_of(const std::string& bytes, ErrorCode code = ErrorCode::kBadData) {
  return test::message_of([&] { (void)parse_safetensors(bytes, "m"); }, "none", code);
}

std::string tensor(const std::string& name, const std::string& type, const std::string& shape,
                   const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}";
}

Safetensors example() {
  Safetensors content;
  content.tensors.emplace_back("0.weight", Tensor{{2, 3}, std::vector<float>{1, 2, 3, 4, 5, 6.5f}});
  content.tensors.emplace_back("0.bias",
                               Tensor{{2}, std::vector<float>{-1, std::numeric_limits<float>::infinity()}});
  content.tensors.emplace_back("scalar", Tensor{{}, std::vector<double>{0.1}});
  content.tensors.emplace_back("empty", Tensor{{0, 4}, std::vector<double>{}});
  content.metadata = {{"note", "\u00e4 \"quoted\"\n"}, {"format", "pt"}};
  return content;
}

TEST(SafetensorsTest, WhatWasWrittenIsReadBack) {
  const test::TemporaryFolder folder;
  const Safetensors content = example();
  write_safetensors(folder.path() / "m.safetensors", content);
  const Safetensors read = read_safetensors(folder.path() / "m.safetensors");
  EXPECT_EQ(read.metadata, content.metadata);
  ASSERT_EQ(read.tensors.size(), content.tensors.size());
  for (std::size_t i = 0; i < read.tensors.size(); ++i) {
    EXPECT_EQ(read.tensors[i].first, content.tensors[i].first);
    EXPECT_EQ(read.tensors[i].second.shape, content.tensors[i].second.shape) << read.tensors[i].first;
    EXPECT_EQ(read.tensors[i].second.values, content.tensors[i].second.values) << read.tensors[i].first;
  }
  EXPECT_EQ(read.find("scalar")->size(), 1u);
  EXPECT_EQ(read.find("2.weight"), nullptr);
}

TEST(SafetensorsTest, TheSameContentGivesTheSameAlignedBytes) {
  const std::string bytes = format_safetensors(example());
  EXPECT_EQ(format_safetensors(parse_safetensors(bytes, "m")), bytes);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  EXPECT_EQ(length % 8, 0u);
  EXPECT_EQ(bytes.substr(8, 15), "{\"__metadata__\"");
  EXPECT_EQ(format_safetensors({}), file_of("{}      "));
}

TEST(SafetensorsTest, TensorsComeInTheOrderOfTheirData) {
  const std::string header =
      "{" + tensor("b", "F32", "[1]", "[4,8]") + "," + tensor("a", "F32", "[1]", "[0,4]") + "}";
  const Safetensors content = parse_safetensors(file_of(header, "12345678"), "m");
  EXPECT_EQ(content.tensors[0].first, "a");
  EXPECT_EQ(content.tensors[1].first, "b");
}

TEST(SafetensorsTest, ACutAnywhereIsNoticed) {
  const std::string bytes = format_safetensors(example());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_NE(error_of(bytes.substr(0, length)), "no error") << length << " bytes";
  }
  EXPECT_EQ(error_of("1234"),
            "reading m: it has 4 bytes; a safetensors file begins with the 8 of its header's length");
  EXPECT_EQ(error_of(bytes.substr(0, 20)), "reading m: it ends at byte 20, inside the header of " +
                                               std::to_string(static_cast<unsigned char>(bytes[0]) +
                                                              256 * static_cast<unsigned char>(bytes[1])) +
                                               " bytes; get the file again");
}

TEST(SafetensorsTest, AFlippedByteIsAnErrorOrHarmless) {
  const std::string bytes = format_safetensors(example());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {1, 0x20, 0xff}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      (void)test::message_of([&] { (void)parse_safetensors(damaged, "m"); }, "none");
    }
  }
}

TEST(SafetensorsTest, HeadersThatAreTooLargeAreRefusedBeforeReading) {
  EXPECT_EQ(error_of(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10)),
            "reading m: the header's length at byte 0 is 18446744073709551615; at most 100000000 is read");
}

TEST(SafetensorsTest, HeadersThatAreNoJsonNameTheByte) {
  EXPECT_EQ(error_of(file_of("[]")),
            "reading m: the header at byte 8 does not begin with '{'; expected safetensors");
  EXPECT_EQ(error_of(file_of("{\"a\":}")),
            "reading m: the header: byte 13: expected a value; get the file again");
  EXPECT_THAT(error_of(file_of("{\"\xff\":1}")),
              HasSubstr("the header: byte 12: the text before is not UTF-8"));
  EXPECT_THAT(error_of(file_of("{} x")), HasSubstr("the header: byte 11: expected the end"));
  EXPECT_THAT(error_of(file_of("{\"a\":" + std::string(100'000, '['))),
              HasSubstr("nested more than 32 deep"));
}

TEST(SafetensorsTest, ANameMayStandOnlyOnce) {
  const std::string a = tensor("a", "F32", "[1]", "[0,4]");
  EXPECT_EQ(error_of(file_of("{" + a + "," + a + "}", "1234")),
            "reading m: the key \"a\" stands twice in the header");
  EXPECT_EQ(
      error_of(file_of("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                       "1234")),
      "reading m: the key \"dtype\" stands twice in the header");
  EXPECT_EQ(error_of(file_of("{\"__metadata__\":{\"x\":\"1\",\"x\":\"2\"}}")),
            "reading m: the key \"x\" stands twice in the header");
  const std::string both = "{" + a + "," + tensor("b", "F32", "[1]", "[4,8]") + "}";
  EXPECT_EQ(error_of(file_of(both, "12345678")), "no error")
      << "the same keys in two tensors are no duplicates";
}

TEST(SafetensorsTest, EntriesHaveExactlyTheirThreeKeys) {
  const std::string expected = "reading m: tensor a does not have exactly dtype, shape and data_offsets";
  for (const std::string entry :
       {"1", "{}", "{\"dtype\":\"F32\",\"shape\":[1]}", "{\"dtype\":1,\"shape\":[],\"data_offsets\":[]}",
        "{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}"}) {
    EXPECT_EQ(error_of(file_of("{\"a\":" + entry + "}", "1234")), expected) << entry;
  }
}

TEST(SafetensorsTest, HeadersThatSayTooMuchAreRefused) {
  std::string ones = "[1";
  for (int i = 0; i < 50'000; ++i) ones += ",1";
  EXPECT_EQ(error_of(file_of("{" + tensor("a", "F32", ones + "]", "[0,4]") + "}", "1234")),
            "reading m: the header holds more than 50000 values; expected the tensors of a network");
  const std::string long_one(5000, 'x');
  EXPECT_EQ(error_of(file_of("{" + tensor(long_one, "F32", "[1]", "[0,4]") + "}", "1234")),
            "reading m: a name in the header has 5000 bytes; at most 4096 are read");
  EXPECT_EQ(error_of(file_of("{" + tensor("a", long_one, "[1]", "[0,4]") + "}", "1234")),
            "reading m: tensor a does not have exactly dtype, shape and data_offsets");
}

TEST(SafetensorsTest, OtherTypesAreUnsupported) {
  EXPECT_EQ(
      error_of(file_of("{" + tensor("a", "BF16", "[2]", "[0,4]") + "}", "1234"), ErrorCode::kUnsupported),
      "reading m: tensor a is of type BF16; only F32 and F64 are read; convert it");
}

TEST(SafetensorsTest, ShapeAndDataHaveToAgree) {
  const auto with = [](const std::string& shape, const std::string& offsets) {
    return error_of(file_of("{" + tensor("a", "F32", shape, offsets) + "}", std::string(16, 'x')));
  };
  EXPECT_EQ(with("[5]", "[0,16]"), "reading m: tensor a has shape (5,) and type F32, but 16 bytes of data");
  EXPECT_EQ(
      with("[4194305,4194305,211106198978564]", "[0,16]"),
      "reading m: tensor a has shape (4194305, 4194305, 211106198978564) and type F32, but 16 bytes of data");
  EXPECT_EQ(with("[-1]", "[0,16]"), "reading m: the shape of tensor a is [-1]; expected a list of sizes");
  EXPECT_THAT(with("[1.5]", "[0,16]"), HasSubstr("expected a list of sizes"));
  EXPECT_THAT(with("4", "[0,16]"), HasSubstr("expected a list of sizes"));
  EXPECT_EQ(with("[4]", "[16,0]"),
            "reading m: the data_offsets of tensor a are [16,0]; expected [begin, end]");
  EXPECT_THAT(with("[4]", "[0,16,32]"), HasSubstr("expected [begin, end]"));
  EXPECT_THAT(with("[4]", "[-16,0]"), HasSubstr("expected [begin, end]"));
  EXPECT_EQ(with("[4]", "[0,16]"), "no error");
}

TEST(SafetensorsTest, HolesOverlapsAndTrailingBytesAreNoticed) {
  const auto with = [](const std::string& first, const std::string& second, std::size_t size) {
    return error_of(
        file_of("{" + tensor("a", "F32", "[1]", first) + "," + tensor("b", "F32", "[1]", second) + "}",
                std::string(size, 'x')));
  };
  EXPECT_EQ(with("[0,4]", "[8,12]", 12),
            "reading m: tensor b begins at byte 8 of the data; expected 4: no hole and no overlap");
  EXPECT_EQ(with("[0,4]", "[2,6]", 6),
            "reading m: tensor b begins at byte 2 of the data; expected 4: no hole and no overlap");
  EXPECT_EQ(with("[0,4]", "[0,4]", 4),
            "reading m: tensor b begins at byte 0 of the data; expected 4: no hole and no overlap");
  EXPECT_EQ(with("[4,8]", "[8,12]", 12),
            "reading m: tensor a begins at byte 4 of the data; expected 0: no hole and no overlap");
  EXPECT_EQ(with("[0,4]", "[4,8]", 9),
            "reading m: the tensors need 8 bytes of data; 9 follow the header; get the file again");
  EXPECT_EQ(with("[0,4]", "[4,8]", 7),
            "reading m: the tensors need 8 bytes of data; 7 follow the header; get the file again");
}

TEST(SafetensorsTest, AnEmptyTensorHasItsOwnPlaceToo) {
  const std::string header =
      "{" + tensor("a", "F32", "[1]", "[0,4]") + "," + tensor("b", "F32", "[0]", "[2,2]") + "}";
  EXPECT_THAT(error_of(file_of(header, "1234")),
              HasSubstr("tensor b begins at byte 2 of the data; expected 4"));
}

TEST(SafetensorsTest, MetadataIsTextOnly) {
  EXPECT_EQ(error_of(file_of("{\"__metadata__\":{\"epoch\":3}}")),
            "reading m: __metadata__ \"epoch\" is no text");
  EXPECT_EQ(error_of(file_of("{\"__metadata__\":[]}")), "reading m: __metadata__ is no object of texts");
}

TEST(SafetensorsTest, TextsComeBackWhateverTheyHold) {
  Safetensors content;
  std::string& text = content.metadata["a \"name\""] = "\\ / \" \u00e9 \U0001F600 \x7f";
  for (char c = 0; c < 0x20; ++c) text += c;
  const std::string bytes = format_safetensors(content);
  EXPECT_THAT(bytes, HasSubstr(R"("a \"name\"":"\\ / \" é 😀)"));
  EXPECT_THAT(bytes, HasSubstr(R"(\u0000\u0001)"));
  EXPECT_THAT(bytes, HasSubstr(R"(\u0007\b\t\n\u000b\f\r\u000e)"));
  EXPECT_EQ(parse_safetensors(bytes, "m").metadata, content.metadata);
}

TEST(SafetensorsTest, TextThatIsNotUtf8CannotBeWritten) {
  Safetensors content;
  content.metadata["x"] = "\xff";
  EXPECT_THROW((void)format_safetensors(content), Error);
}

TEST(SafetensorsTest, ShapesThatDoNotFitTheirValuesAreOurMistake) {
  Safetensors content;
  content.tensors.emplace_back("a", Tensor{{3}, std::vector<float>{1, 2}});
  EXPECT_THROW((void)format_safetensors(content), InternalError);
}

TEST(SafetensorsTest, PythonReadsWhatWasWritten) {
  const test::TemporaryFolder folder;
  write_safetensors(folder.path() / "m.safetensors", example());
  const std::string script =
      "import json, struct, sys\n"
      "b = open(sys.argv[1], 'rb').read()\n"
      "n = struct.unpack('<Q', b[:8])[0]\n"
      "h = json.loads(b[8:8 + n]); d = b[8 + n:]\n"
      "assert h['__metadata__'] == {'format': 'pt', 'note': '\\u00e4 \"quoted\"\\n'}, h\n"
      "w = h['0.weight']; assert (w['dtype'], w['shape']) == ('F32', [2, 3]), w\n"
      "assert struct.unpack('<6f', d[slice(*w['data_offsets'])]) == (1, 2, 3, 4, 5, 6.5)\n"
      "s = h['scalar']; assert struct.unpack('<d', d[slice(*s['data_offsets'])]) == (0.1,)\n"
      "assert max(t['data_offsets'][1] for k, t in h.items() if k != '__metadata__') == len(d)\n";
  if (std::system("python3 -c pass 2>/dev/null") != 0) GTEST_SKIP() << "python3 is not found";
  const std::string command =
      "python3 " + folder.write("r.py", script).string() + " " + (folder.path() / "m.safetensors").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(SafetensorsTest, OtherTypesAreRefusedOrLeftOutByName) {
  const std::string header = "{" + tensor("1.num_batches_tracked", "I64", "[]", "[0,8]") + "," +
                             tensor("1.weight", "F32", "[1]", "[8,12]") + "}";
  const std::string file = file_of(header, std::string(12, '\0'));
  EXPECT_THAT(error_of(file, ErrorCode::kUnsupported), HasSubstr("is of type I64"));
  const Safetensors content = parse_safetensors(file, "m", OtherTypes::kLeftOut);
  EXPECT_THAT(content.left_out, ElementsAre("1.num_batches_tracked"));
  EXPECT_EQ(content.tensors.size(), 1u);
}

}  // namespace
}  // namespace gradus
