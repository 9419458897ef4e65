// Ports, signals and remote sources: tables of what their texts mean.
#include <gtest/gtest.h>

#include "parser/ports.h"
#include "parser/signal_name.h"

namespace mbuild::parser {
namespace {

using Ports = std::vector<std::string>;

std::string problem(std::string_view text) {
  auto ports = parse_port(text);
  return ports ? "none" : ports.error();
}

TEST(Ports, Forms) {
  EXPECT_EQ(*parse_port("80"), (Ports{"80/tcp"}));
  EXPECT_EQ(*parse_port("80/UDP"), (Ports{"80/udp"}));
  EXPECT_EQ(*parse_port("80/"), (Ports{"80/tcp"}));
  EXPECT_EQ(*parse_port("0-2/sctp"), (Ports{"0/sctp", "1/sctp", "2/sctp"}));
  EXPECT_EQ(*parse_port("8080:80"), (Ports{"80/tcp"}));
  EXPECT_EQ(*parse_port("127.0.0.1:8080:80/tcp"), (Ports{"80/tcp"}));
  EXPECT_EQ(*parse_port("[::1]:8080:80"), (Ports{"80/tcp"}));
  EXPECT_EQ(*parse_port(":80"), (Ports{"80/tcp"}));
  EXPECT_EQ(*parse_port("8000-8001:80-81"), (Ports{"80/tcp", "81/tcp"}));
  EXPECT_EQ(*parse_port("8000-8009:80"), (Ports{"80/tcp"}));
  EXPECT_EQ(parse_port("0-65535")->size(), 65536u);
}

TEST(Ports, Problems) {
  EXPECT_EQ(problem("x"), "invalid containerPort: x");
  EXPECT_EQ(problem("8x"), "invalid containerPort: 8x");
  EXPECT_EQ(problem("-1"), "invalid containerPort: -1");
  EXPECT_EQ(problem("80-"), "invalid containerPort: 80-");
  EXPECT_EQ(problem("65536"), "invalid containerPort: 65536: value out of range (0–65535)");
  EXPECT_EQ(problem("99999999999999999999"),
            "invalid containerPort: 99999999999999999999: value out of range (0–65535)");
  EXPECT_EQ(problem("80/icmp"), "invalid proto: icmp");
  EXPECT_EQ(problem("81-80"), "invalid port range: 81-80: the end comes before the start");
  EXPECT_EQ(problem(""), "no port specified: ");
  EXPECT_EQ(problem("80:/tcp"), "no port specified: 80:/tcp");
  EXPECT_EQ(problem("x:80"), "invalid hostPort: x");
  EXPECT_EQ(problem("8000-8002:80-81"), "invalid ranges specified for container and host ports: 8000-8002");
}

TEST(SignalName, NamesAndNumbers) {
  for (const char* text :
       {"TERM", "SIGTERM", "sigterm", "9", "64", "SIGRTMIN", "RTMIN+3", "SIGRTMAX-14", "USR1"})
    EXPECT_TRUE(is_signal(text)) << text;
  for (const char* text : {"", "0", "-1", "9x", "SIGFOO", "SIG", "RTMIN+16", "RTMIN+", "TERM ", "RTMAX-15"})
    EXPECT_FALSE(is_signal(text)) << text;
}

}  // namespace
}  // namespace mbuild::parser
