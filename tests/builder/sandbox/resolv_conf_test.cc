#include "builder/sandbox/resolv_conf.h"

#include <gtest/gtest.h>

namespace mbuild::builder {
namespace {

TEST(ResolvConfTest, IsTheHostsOnTheHostsNetwork) {
  const std::string text = "nameserver 127.0.0.53\noptions edns0\n# no newline";
  EXPECT_EQ(resolv_conf(text, NetworkMode::host), text);
}

TEST(ResolvConfTest, LeavesOutLoopbackServersElsewhere) {
  EXPECT_EQ(resolv_conf("search example.org\nnameserver 127.0.0.1\nnameserver\t10.0.0.2 \nnameserver ::1\n"
                        "nameserver fe80::1\noptions ndots:2",
                        NetworkMode::none),
            "search example.org\nnameserver\t10.0.0.2 \nnameserver fe80::1\noptions ndots:2\n");
}

TEST(ResolvConfTest, FallsBackToPublicServers) {
  const std::string text = resolv_conf("# empty\nnameserver 127.1.2.3\n", NetworkMode::none);
  EXPECT_EQ(text.find("127."), std::string::npos);
  EXPECT_NE(text.find("# empty\nnameserver 8.8.8.8\n"), std::string::npos);
  EXPECT_NE(resolv_conf("", NetworkMode::none).find("nameserver 2001:4860:4860::8888\n"), std::string::npos);
}

TEST(ResolvConfTest, ForwardsToLoopbackServersFromANetworkApart) {
  EXPECT_EQ(resolv_conf("nameserver 127.0.0.53\noptions edns0\n", NetworkMode::apart),
            "options edns0\nnameserver 169.254.1.1\n");
  EXPECT_EQ(resolv_conf("nameserver 127.0.0.53\nnameserver 10.0.0.2\n", NetworkMode::apart),
            "nameserver 10.0.0.2\n");
}

TEST(ResolvConfTest, IsNotConfusedByOtherLines) {
  const std::string text = "nameservers 127.0.0.1\n nameserver 127.0.0.1\nnameserver\nnameserver localhost\n";
  EXPECT_EQ(resolv_conf(text, NetworkMode::none), text);
}

}  // namespace
}  // namespace mbuild::builder
