#include "gradus/data/json_reader.h"

#include <gmock/gmock.h>

#include <vector>

#include "gradus/core/error.h"

namespace gradus {
namespace {

using testing::HasSubstr;

// Why the text is refused; empty where it is read to its end.
std::string refusal(const std::string& text) {
  try {
    JsonReader reader(text, "it");
    reader.skip();
    reader.end();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

double number(const std::string& text) {
  JsonReader reader(text, "it");
  const double value = reader.number();
  reader.end();
  return value;
}

TEST(JsonReader, ReadsValuesInTheirOrder) {
  JsonReader reader(R"( {"a" : [1, -2.5e2 ,0.1], "b":"\u00e9\n\ud83d\ude00é", "c":{"d":[true,false,null]}} )",
                    "it");
  std::vector<double> numbers;
  std::vector<bool> truths;
  std::string text;
  reader.object([&](const std::string& key) {
    if (key == "a") return reader.array([&] { numbers.push_back(reader.number()); });
    if (key == "b") return void(text = reader.string());
    reader.object([&](const std::string&) {
      reader.array([&] {
        if (reader.peek() == JsonReader::Kind::kNull) return reader.null();
        truths.push_back(reader.boolean());
      });
    });
  });
  reader.end();
  EXPECT_EQ(numbers, (std::vector<double>{1, -250, 0.1}));
  EXPECT_EQ(text, "é\n😀é");
  EXPECT_EQ(truths, (std::vector<bool>{true, false}));
}

TEST(JsonReader, ReadsEveryEscape) {
  const auto text = [](const std::string& inside) { return JsonReader('"' + inside + '"', "it").string(); };
  EXPECT_EQ(text(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text(R"(\u0041\u00e9\u20AC\ud83d\ude00)"), "Aé€😀");
  EXPECT_EQ(text(R"(\u0000)"), std::string(1, '\0'));
  EXPECT_EQ(text(R"(\ud7ff\ue000\ufb01\uffff\udbff\udfff)"), "\ud7ff\ue000\ufb01\uffff\U0010ffff");
  for (const char* bad :
       {R"(\x)", R"(\u12)", R"(\u12g4)", R"(\u+123)", R"(\ud83d)", R"(\ud83dx)", R"(\ud83d\u0041)",
        R"(\ude00)", R"(\ud83d\ue000)", R"(\ud83d\u12g4)", R"(\ud83d\u)"}) {
    EXPECT_THAT(refusal('"' + std::string(bad) + '"'), HasSubstr("has an escape that JSON does not know"))
        << bad;
  }
}

TEST(JsonReader, GivesAValueAsItStands) {
  JsonReader reader(R"({"a": {"b" :[1, "]"]} , "c":2})", "it");
  std::vector<std::string> texts;
  reader.object([&](const std::string&) { texts.emplace_back(reader.text_of_value()); });
  EXPECT_EQ(texts, (std::vector<std::string>{R"({"b" :[1, "]"]})", "2"}));
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "[1 2]",
                           "1 2",
                           "tru",
                           "nul",
                           "NaN",
                           "Infinity",
                           "-Infinity",
                           "inf",
                           "+1",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "1e+",
                           "0x10",
                           "1_0",
                           "\"",
                           "\"a",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\ud800\"",
                           "\"a\nb\"",
                           "\"\\",
                           "\"\xff\"",
                           "\"\xc0\x80\"",
                           "[1}",
                           "/* */1",
                           "\xef\xbb\xbf{}",
                           "[1]]"})
    EXPECT_NE(refusal(text), "") << text;
  EXPECT_NE(refusal(std::string("[1\0]", 4)), "");
  EXPECT_NE(refusal(std::string("\0", 1)), "");
  EXPECT_EQ(refusal(R"([{}, [], "", -0, 1.5E-3, {"a":{"b":null}}])"), "");
}

TEST(JsonReader, BlanksOfEveryKindSayNothing) {
  EXPECT_EQ(refusal("\r\n\t {\r\n\t\"a\"\t:\r[ 1\n,\t2\r] \r\n}\r\n"), "");
  EXPECT_EQ(refusal("[1,\v2]"), "reading it: byte 3: expected a value");
}

TEST(JsonReader, SaysWhere) {
  EXPECT_EQ(refusal("{\"a\": [1, x]}"), "reading it: byte 10: expected a value");
}

TEST(JsonReader, DepthIsLimited) {
  const std::string deep(100'000, '[');
  EXPECT_THAT(refusal(deep), HasSubstr("nested more than"));
  EXPECT_THAT(refusal("{\"a\":" + deep), HasSubstr("nested more than"));
  EXPECT_EQ(refusal("[[[[]]],[[[]]]]"), "");
}

TEST(JsonReader, NumbersAreTheNearestDoubles) {
  EXPECT_EQ(number("0.1"), 0.1);
  EXPECT_EQ(number("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(number("1e-400"), 0.0);
  EXPECT_EQ(number("4.9e-324"), 4.9e-324);
  EXPECT_EQ(number("0." + std::string(10'000, '0') + "1"), 0.0);
  EXPECT_THROW((void)number("1e309"), Error);
  EXPECT_THROW((void)number("-1" + std::string(400, '0')), Error);
}

TEST(JsonReader, SizesAreWholeNumbers) {
  const auto size = [](const std::string& text) {
    JsonReader reader(text, "it");
    return reader.whole_number();
  };
  EXPECT_EQ(size("18446744073709551615"), 18446744073709551615u);
  for (const char* text : {"18446744073709551616", "-1", "1.0", "1e3", "true", "\"1\""})
    EXPECT_THROW((void)size(text), Error) << text;
}

}  // namespace
}  // namespace gradus
