#include "registry/base/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace mbuild {
namespace {

std::string quoted(std::string_view text) {
  return JsonWriter().value(text).str();
}

TEST(JsonWriter, EscapesAsGoDoes) {
  EXPECT_EQ(quoted("plain é 😀 /'"), "\"plain é 😀 /'\"");
  EXPECT_EQ(quoted("\"\\\b\f\n\r\t"), R"("\"\\\b\f\n\r\t")");
  EXPECT_EQ(quoted("<a>&"), R"("\u003ca\u003e\u0026")");
  EXPECT_EQ(quoted(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
  EXPECT_EQ(quoted("\u2027\u2028\u2029\u202A"), "\"\u2027\\u2028\\u2029\u202A\"");
  EXPECT_EQ(quoted("a\xff\xe2\x82z"), R"("a\ufffd\ufffd\ufffdz")");
  EXPECT_EQ(quoted("\uFFFD"), "\"\uFFFD\"");
}

TEST(JsonWriter, WritesScalars) {
  JsonWriter writer;
  writer.begin_array();
  writer.value(std::numeric_limits<std::int64_t>::min()).value(std::numeric_limits<std::uint64_t>::max());
  writer.value(true).value(false).null().raw("{\"a\":1}").value("x");
  writer.end_array();
  EXPECT_EQ(writer.str(), R"([-9223372036854775808,18446744073709551615,true,false,null,{"a":1},"x"])");
}

void write_sample(JsonWriter& writer) {
  writer.begin_object();
  writer.key("a").begin_array().end_array();
  writer.key("b").begin_object().end_object();
  writer.key("c").begin_array().value("x").begin_object().key("y").null().end_object().end_array();
  writer.end_object();
}

TEST(JsonWriter, WritesCompactly) {
  JsonWriter writer;
  write_sample(writer);
  EXPECT_EQ(writer.take(), R"({"a":[],"b":{},"c":["x",{"y":null}]})");
}

TEST(JsonWriter, IndentsAsMarshalIndent) {
  JsonWriter writer(2);
  write_sample(writer);
  EXPECT_EQ(writer.take(), R"({
  "a": [],
  "b": {},
  "c": [
    "x",
    {
      "y": null
    }
  ]
})");
}

TEST(JsonWriter, LeavesEmptyMembersOut) {
  JsonWriter writer;
  writer.begin_object();
  writer.nonempty("a", "").nonempty("b", std::int64_t{0}).nonempty("c", std::vector<std::string>());
  writer.nonempty("d", std::map<std::string, std::string>());
  writer.nonempty("e", "x").nonempty("f", std::int64_t{-1}).nonempty("g", std::vector<std::string>{""});
  writer.nonempty("h", std::map<std::string, std::string>{{"z", ""}, {"a", "1"}});
  writer.end_object();
  EXPECT_EQ(writer.str(), R"({"e":"x","f":-1,"g":[""],"h":{"a":"1","z":""}})");
}

}  // namespace
}  // namespace mbuild
