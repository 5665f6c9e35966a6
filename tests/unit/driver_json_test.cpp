#include "driver/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "driver/utf8.h"

namespace gradc::driver {
namespace {

/// Is the whole text one JSON value?
bool is_json(std::string_view text) {
  JsonReader reader(text);
  return reader.skip() && reader.at_end();
}

TEST(JsonReader, AcceptsJson) {
  for (const char* text :
       {"{}", "[]", " [ ] ", "{\"a\":[1,-2.5e+3,0,-0],\"b\":{\"c\":null}}", "\"\\u00e9\\n\\/\"",
        "true", "[false,\"\"]", "1E5", "[[[]]]", "\"\\ud83d\\ude00\"", "\"\x7F\""})
    EXPECT_TRUE(is_json(text)) << text;
}

TEST(JsonReader, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\" 1}",
                           "{\"a\":}",
                           "[1 2]",
                           "01",
                           "-",
                           "1.",
                           ".5",
                           "1e",
                           "+1",
                           "nan",
                           "NaN",
                           "Infinity",
                           "tru",
                           "truex",
                           "\"a",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\u12g4\"",
                           "\"\n\"",
                           "'a'",
                           "1 2",
                           "[1]]",
                           "\"\\ud83d\"",
                           "\"\\ude00\"",
                           "\"\\ud83d\\u0041\"",
                           "\"\x80\"",
                           "\"\xC0\x80\"",
                           "\"\xED\xA0\x80\"",
                           "\"\xF4\x90\x80\x80\"",
                           "\"\xC3\"",
                           "// c\n1",
                           "\"\\",
                           "\"\\u+123\"",
                           "[,1]"})
    EXPECT_FALSE(is_json(text)) << text;
}

TEST(JsonReader, SaysWhereAndWhat) {
  JsonReader reader("{\"a\" 1}");
  EXPECT_FALSE(reader.skip());
  EXPECT_EQ(reader.error(), "expected `:` at byte 5");
  EXPECT_FALSE(reader.at_end());
}

TEST(JsonReader, LimitsNesting) {
  EXPECT_TRUE(is_json(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(is_json(std::string(65, '[') + std::string(65, ']')));
  EXPECT_FALSE(is_json(std::string(1'000'000, '[')));
  std::string wide = "[";
  for (int i = 0; i < 100; ++i) wide += "[],{},";
  EXPECT_TRUE(is_json(wide + "0]"));
}

TEST(JsonReader, PullsValues) {
  JsonReader reader(R"({"name":"a\tb","list":[1,2.5],"on":true,"none":null})");
  std::string log;
  EXPECT_TRUE(reader.object([&](const std::string& key) {
    log += key + ' ';
    if (key == "name") return reader.string() == "a\tb";
    if (key == "on") return reader.boolean() == true;
    if (key == "none") return reader.null();
    return reader.array([&] { return reader.number().has_value(); });
  }));
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(log, "name list on none ");
}

TEST(JsonReader, DecodesEscapes) {
  EXPECT_EQ(JsonReader(R"("\u0041\u00e9\u20ac\ud83d\ude00\"\\\b\f\r")").string(),
            "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"\\\b\f\r");
}

TEST(JsonReader, IntegersAreExact) {
  EXPECT_EQ(JsonReader("9223372036854775807").integer(), INT64_MAX);
  EXPECT_EQ(JsonReader("-12").integer(), -12);
  for (const char* text : {"9223372036854775808", "1.0", "1e3", "\"1\"", ""})
    EXPECT_FALSE(JsonReader(text).integer()) << text;
  EXPECT_FALSE(JsonReader("1e999").number());
}

TEST(JsonReader, StaysFailed) {
  JsonReader reader("x 1");
  EXPECT_FALSE(reader.integer());
  EXPECT_FALSE(reader.integer());
  EXPECT_FALSE(reader.at_end());
}

TEST(JsonWriter, WritesCompactly) {
  JsonWriter json;
  json.begin_object()
      .key("a")
      .integer(1)
      .key("b")
      .begin_array()
      .number(0.1)
      .null()
      .boolean(true)
      .end_array();
  json.key("c").begin_object().end_object().key("d").string("x").end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":[0.1,null,true],"c":{},"d":"x"})");
  EXPECT_TRUE(is_json(json.text()));
}

TEST(JsonWriter, NumbersReadBackTheSame) {
  for (const double value : {0.1, 1e300, -5e-324, 1.0 / 3, 12345678.0, 1e22, -0.0}) {
    const std::string text = JsonWriter().number(value).text();
    EXPECT_TRUE(is_json(text)) << text;
    EXPECT_EQ(JsonReader(text).number(), value) << text;
  }
  EXPECT_EQ(JsonWriter().number(std::numeric_limits<double>::quiet_NaN()).text(), "null");
  EXPECT_EQ(JsonWriter().number(-std::numeric_limits<double>::infinity()).text(), "null");
}

TEST(JsonWriter, EscapesStrings) {
  EXPECT_EQ(json_string("a\"\\\n\r\t\x01\x1F"), R"("a\"\\\n\r\t\u0001\u001f")");
  EXPECT_EQ(json_string("\xC3\xA9"), "\"\xC3\xA9\"");
  EXPECT_EQ(json_string("a\xFF"
                        "b\xC3"),
            "\"a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD\"");
}

TEST(Json, EveryByteSurvivesThatIsText) {
  std::string text;
  for (char c = 1; c < 127; ++c) text += c;
  EXPECT_EQ(JsonReader(json_string(text)).string(), text);
}

TEST(Utf8, AgreesWithItsEncoder) {
  for (const std::uint32_t code :
       {0u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xD7FFu, 0xE000u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    std::string text;
    append_utf8(text, code);
    EXPECT_EQ(utf8_length(text), text.size()) << code;
    EXPECT_EQ(utf8_length(text.substr(0, text.size() - 1)), 0u) << code;
  }
}

}  // namespace
}  // namespace gradc::driver
