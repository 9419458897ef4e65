#include "parser/suggest.h"

#include <gtest/gtest.h>

#include <string>

namespace mbuild::parser {
namespace {

constexpr std::string_view names[] = {"FROM", "RUN", "COPY", "ENTRYPOINT", "ENV"};

TEST(Suggest, NearestByEdits) {
  EXPECT_EQ(closest("FORM", names), "FROM");
  EXPECT_EQ(closest("frm", names), "FROM");
  EXPECT_EQ(closest("RUNN", names), "RUN");
  EXPECT_EQ(closest("ENTRYPIONT", names), "ENTRYPOINT");
  EXPECT_EQ(closest("ENB", names), "ENV");
}

TEST(Suggest, NothingNear) {
  EXPECT_EQ(closest("", names), "");
  EXPECT_EQ(closest("X", names), "");
  EXPECT_EQ(closest("foo", names), "");
  EXPECT_EQ(closest("abcdef", names), "");
  EXPECT_EQ(closest(std::string(100000, 'R'), names), "");
}

}  // namespace
}  // namespace mbuild::parser
