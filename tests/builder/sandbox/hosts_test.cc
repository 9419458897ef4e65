#include "builder/sandbox/hosts.h"

#include <gtest/gtest.h>

#include <vector>

namespace mbuild::builder {
namespace {

TEST(HostsTest, NamesTheHostAndTheExtraOnes) {
  EXPECT_EQ(hosts_file("buildkitsandbox", {}),
            "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n");
  const std::vector<ExtraHost> extra{{"db", "10.0.0.7"}, {"db6", "fd00::7"}};
  EXPECT_EQ(
      hosts_file("h", extra),
      "127.0.0.1\tlocalhost h\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.7\tdb\nfd00::7\tdb6\n");
}

}  // namespace
}  // namespace mbuild::builder
