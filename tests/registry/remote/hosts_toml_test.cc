#include "registry/remote/hosts_toml.h"

#include <gtest/gtest.h>

#include "registry/remote/toml.h"
#include "tests/support/result_matchers.h"

namespace mbuild::remote {
namespace {

using test::FailsWith;
using test::must;

HostsFile parse(const std::string& text) {
  return must(parse_hosts_toml(text, "f", "/certs"));
}

TEST(HostsToml, ReadsWhatContainerdDocuments) {
  HostsFile file = parse(R"(
server = "https://registry-1.docker.io"    # asked last
ca = "/etc/ca.pem"

[host."https://mirror.registry"]
  capabilities = ["pull"]
  ca = ["a.pem", '/b.pem']
  client = [["/c.cert", "c.key"],
            ["both.pem", "both.pem"],]
  skip_verify = true
  dial_timeout = "1s"

  [host."https://mirror.registry".header]
    x-custom-1 = "value"
    x-custom-2 = ["one", "two"]

[host."http://plain:5000/v2"]
  override_path = true
[host.'bare.example']
)");
  ASSERT_TRUE(file.server);
  EXPECT_EQ(file.server->url.host, "registry-1.docker.io");
  EXPECT_EQ(file.server->ca_files, std::vector<std::string>{"/etc/ca.pem"});
  ASSERT_EQ(file.hosts.size(), 3u);
  const ConfiguredHost& mirror = file.hosts[0];
  EXPECT_TRUE(mirror.pull);
  EXPECT_FALSE(mirror.resolve);
  EXPECT_TRUE(mirror.skip_verify);
  EXPECT_EQ(mirror.ca_files, (std::vector<std::string>{"/certs/a.pem", "/b.pem"}));
  EXPECT_EQ(mirror.client_certificates[0], (std::pair<std::string, std::string>{"/c.cert", "/certs/c.key"}));
  EXPECT_EQ(mirror.client_certificates.size(), 2u);
  EXPECT_EQ(mirror.headers.get("X-Custom-1"), "value");
  EXPECT_EQ(mirror.headers.all("x-custom-2").size(), 2u);
  EXPECT_EQ(mirror.api_root(), "/v2");
  EXPECT_EQ(file.hosts[1].url.str(), "http://plain:5000/v2");
  EXPECT_EQ(file.hosts[1].api_root(), "/v2");
  EXPECT_EQ(file.hosts[2].url.str(), "https://bare.example/");
}

TEST(HostsToml, TakesEveryFormOfClient) {
  auto pairs = [](const std::string& value) {
    return parse("[host.\"a\"]\nclient = " + value + "\n").hosts.at(0).client_certificates;
  };
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(pairs("\"/x\""), (Pairs{{"/x", "/x"}}));
  EXPECT_EQ(pairs("[\"/x\", \"/y\"]"), (Pairs{{"/x", "/y"}}));
  EXPECT_EQ(pairs("[[\"/x\", \"/y\"]]"), (Pairs{{"/x", "/y"}}));
}

TEST(HostsToml, NamesTheLineThatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"server = ", "f:1: expected a string"},
      {"\n\nserver = \"x", "f:3: the string is not closed"},
      {"[host.\"a\"\n", "f:1: expected \"]\""},
      {"[[host]]\n", "f:1: arrays of tables"},
      {"a = 1 b = 2\n", "f:1: more than one thing"},
      {"= 1\n", "f:1: expected a name"},
      {"a 1\n", "f:1: expected \"=\""},
      {"a = [1 2]\n", "f:1: expected \",\""},
      {"a = [[[[[[[[[[[[", "f:1: arrays are nested too deeply"},
      {"a = \"\\q\"\n", "f:1: unknown escape"},
      {"a = 1.5\n", "f:1: "},
      {"[host.\"a\"]\nskip_verify = \"no\"\n", "f:2: skip_verify: expected true or false"},
      {"[host.\"a\"]\ncapabilities = 5\n", "f:2: capabilities: expected"},
      {"[host.\"a\"]\nclient = [[\"x\"]]\n", "f:2: client: expected pairs"},
      {"[host.\"ftp://a\"]\n", "f: URL \"ftp://a\""},
      {"server = 5\n", "f:1: server: expected a string"},
  };
  for (const auto& [text, message] : cases)
    EXPECT_THAT(parse_hosts_toml(text, "f", "/"), FailsWith(ErrorKind::invalid_input, message)) << text;
}

TEST(Toml, KeepsTablesAndDottedKeys) {
  TomlDocument document = must(parse_toml("[a.\"b.c\"]\r\nd.e = -5 # x\r\ng = []\n", "f"));
  ASSERT_EQ(document.entries.size(), 2u);
  EXPECT_EQ(document.entries[0].table, (std::vector<std::string>{"a", "b.c", "d"}));
  EXPECT_EQ(document.entries[0].key, "e");
  EXPECT_EQ(std::get<std::int64_t>(document.entries[0].value.value), -5);
  EXPECT_EQ(document.entries[1].line, 3u);
}

}  // namespace
}  // namespace mbuild::remote
