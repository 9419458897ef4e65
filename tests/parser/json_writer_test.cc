#include "parser/json_writer.h"

#include <gtest/gtest.h>

namespace mbuild::parser {
namespace {

TEST(JsonWriter, BlocksAndLines) {
  JsonWriter writer;
  writer.begin_object();
  writer.key("a");
  writer.begin_array();
  writer.number(-1);
  writer.begin_object(JsonWriter::Layout::line);
  writer.key("b");
  writer.boolean(true);
  writer.key("c");
  writer.begin_array();
  writer.string("x");
  writer.string("y");
  writer.end();
  writer.end();
  writer.end();
  writer.key("d");
  writer.begin_array();
  writer.end();
  writer.end();
  EXPECT_EQ(writer.text(),
            "{\n  \"a\": [\n    -1,\n    {\"b\": true, \"c\": [\"x\", \"y\"]}\n  ],\n  \"d\": []\n}");
}

TEST(JsonWriter, Strings) {
  JsonWriter writer;
  writer.string("\"\\/\b\f\n\r\t\x01\x1f\x7f é\xFF");
  EXPECT_EQ(writer.text(), R"("\"\\/\b\f\n\r\t\u0001\u001f)"
                           "\x7f é\uFFFD\"");
}

}  // namespace
}  // namespace mbuild::parser
