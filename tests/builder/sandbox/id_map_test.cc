#include "builder/sandbox/id_map.h"

#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

TEST(IdMapTest, PutsTheRangesBehindTheUser) {
  EXPECT_EQ(id_map_text(map_ranges(1000, {{100000, 65536}, {300000, 1000}})),
            "0 1000 1\n1 100000 65536\n65537 300000 1000\n");
  EXPECT_EQ(id_map_text(map_ranges(7, {})), "0 7 1\n");
}

TEST(IdMapTest, MapsAContainersIdsToThemselves) {
  EXPECT_EQ(
      id_map_text(map_to_itself("         0     100000      65536\n     65536          0          1\n")),
      "0 0 65536\n65536 65536 1\n");
  EXPECT_EQ(id_map_text(map_to_itself("0 0 4294967295\n")), "0 0 4294967295\n");
  EXPECT_EQ(id_map_text(map_to_itself("")), "");
}

}  // namespace
}  // namespace mbuild::builder
