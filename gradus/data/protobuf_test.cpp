#include "gradus/data/protobuf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "gradus/core/error.h"

namespace gradus::protobuf {
namespace {

using testing::HasSubstr;

std::string error_of(std::string_view message) {
  const std::string source = "a.onnx";
  MessageReader reader(message, "the graph", source);
  try {
    while (reader.next()) continue;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadData);
    return error.what();
  }
  return "no error";
}

std::string all_kinds() {
  std::string message;
  add_varint(message, 1, 300);
  add_bytes(message, 2, "text");
  add_float(message, 3, 0.5F);
  add_double(message, 1000, -2.25);
  add_varint(message, 4, ~std::uint64_t{0});
  return message;
}

TEST(Protobuf, WritesTheBytesOfTheSpecification) {
  std::string message;
  add_varint(message, 1, 150);
  EXPECT_EQ(message, "\x08\x96\x01");
  message.clear();
  add_bytes(message, 2, "testing");
  EXPECT_EQ(message, "\x12\x07testing");
}

TEST(Protobuf, ReadsBackWhatItWrote) {
  const std::string message = all_kinds();
  const std::string source = "it";
  MessageReader reader(message, "a message", source);
  Field field = reader.next().value();
  EXPECT_EQ(field.number, 1u);
  EXPECT_EQ(reader.number(field), 300u);
  field = reader.next().value();
  EXPECT_EQ(reader.bytes(field), "text");
  field = reader.next().value();
  EXPECT_EQ(std::bit_cast<float>(static_cast<std::uint32_t>(field.value)), 0.5F);
  field = reader.next().value();
  EXPECT_EQ(field.number, 1000u);
  EXPECT_EQ(std::bit_cast<double>(field.value), -2.25);
  EXPECT_EQ(reader.number(reader.next().value()), ~std::uint64_t{0});
  EXPECT_FALSE(reader.next().has_value());
}

TEST(Protobuf, EveryCutIsNoticedOrEndsBehindAField) {
  const std::string message = all_kinds();
  std::size_t whole = 0;
  for (std::size_t length = 0; length < message.size(); ++length) {
    const std::string error = error_of(std::string_view(message).substr(0, length));
    whole += error == "no error" ? 1 : 0;
    EXPECT_TRUE(error == "no error" || error.starts_with("reading a.onnx: the graph is damaged: ")) << error;
  }
  EXPECT_EQ(whole, 5u);
}

TEST(Protobuf, DamageIsNamed) {
  EXPECT_THAT(error_of("\x12\xff\xff\xff\xff\x0f"),
              HasSubstr("the 4294967295 bytes of field 2 at byte 6 reach beyond its 6"));
  EXPECT_THAT(error_of("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), HasSubstr("reach beyond its 11"));
  EXPECT_THAT(error_of("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), HasSubstr("more than 64 bits"));
  EXPECT_THAT(error_of("\x0b"), HasSubstr("there is no wire type 3"));
  EXPECT_THAT(error_of(std::string_view("\x00", 1)), HasSubstr("there is no field 0"));
  EXPECT_THAT(error_of("\x80\x80\x80\x80\x10"), HasSubstr("there is no field 536870912 (byte 0)"));
}

TEST(Protobuf, AFieldOfAnotherTypeIsNoticed) {
  const std::string message = all_kinds();
  const std::string source = "it";
  MessageReader reader(message, "a message", source);
  const Field number = reader.next().value();
  EXPECT_THROW((void)reader.bytes(number), Error);
  const Field text = reader.next().value();
  EXPECT_THROW((void)reader.number(text), Error);
}

TEST(Protobuf, ReadsARepeatedNumberPackedOrAlone) {
  const std::string source = "a.onnx";
  MessageReader packed("\x22\x06\x03\x8e\x02\x9e\xa7\x05", "the graph",
                       source);  // the specification's example
  EXPECT_THAT(packed.numbers(packed.next().value()), testing::ElementsAre(3, 270, 86942));
  MessageReader alone("\x20\x03", "the graph", source);
  EXPECT_THAT(alone.numbers(alone.next().value()), testing::ElementsAre(3));
  MessageReader cut("\x22\x02\x03\x8e", "the graph", source);
  const Field field = cut.next().value();
  EXPECT_THROW((void)cut.numbers(field), Error);
}

TEST(Protobuf, ListsOfTooManyNumbersAreRefused) {
  const std::string source = "a.onnx";
  for (const std::size_t count : {100'000u, 100'001u}) {
    std::string message;
    add_bytes(message, 4, std::string(count, '\1'));
    MessageReader reader(message, "the graph", source);
    const Field field = reader.next().value();
    if (count == 100'000) {
      EXPECT_EQ(reader.numbers(field), std::vector<std::uint64_t>(count, 1));
    } else {
      EXPECT_THAT(
          [&] { (void)reader.numbers(field); },
          testing::ThrowsMessage<Error>(
              "reading a.onnx: a list of numbers is damaged: it has more than 100000 numbers; get the "
              "file again"));
    }
  }
}

}  // namespace
}  // namespace gradus::protobuf
