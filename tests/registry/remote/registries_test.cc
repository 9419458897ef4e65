#include "registry/remote/registries.h"

#include <gtest/gtest.h>

#include "tests/support/result_matchers.h"
#include "tests/support/temp_dir.h"

namespace mbuild::remote {
namespace {

using test::FailsWith;
using test::must;

std::vector<std::string> places(const Registries& registries, const std::string& reference, Use use) {
  std::vector<std::string> result;
  for (const Place& place : must(registries.pull_places(must(oci::Reference::parse(reference)), use)))
    result.push_back(place.scheme + "|" + place.host + "|" + place.repository + "|" + place.namespace_hint +
                     (place.api_root == "/v2" ? "" : "|" + place.api_root));
  return result;
}
std::vector<std::string> places(const std::string& json, const std::string& reference) {
  Registries registries = must(Registries::parse(json, "r"));
  EXPECT_EQ(places(registries, reference, Use::tag), places(registries, reference, Use::content));
  return places(registries, reference, Use::tag);
}
using Places = std::vector<std::string>;

TEST(Registries, SendsDockerHubToItsHost) {
  EXPECT_EQ(places("{}", "debian"), Places{"https|registry-1.docker.io|library/debian|"});
  EXPECT_EQ(places("{}", "quay.io/a/b"), Places{"https|quay.io|a/b|"});
}

TEST(Registries, LeavesTheSchemeOfInsecureHostsOpen) {
  EXPECT_EQ(places("{}", "localhost:5000/a"), Places{"|localhost:5000|a|"});
  EXPECT_EQ(places(R"({"insecure": ["r.local:5000"]})", "r.local:5000/a"), Places{"|r.local:5000|a|"});
  EXPECT_EQ(places(R"({"insecure": ["r.local"]})", "r.local:5000/a"), Places{"https|r.local:5000|a|"});
}

TEST(Registries, AsksMirrorsFirst) {
  EXPECT_EQ(
      places(R"({"mirrors": {"docker.io": ["http://127.0.0.1:5000", "cache.corp/hub/"]}})", "debian"),
      (Places{"http|127.0.0.1:5000|library/debian|docker.io", "https|cache.corp|hub/library/debian|docker.io",
              "https|registry-1.docker.io|library/debian|"}));
}

TEST(Registries, RewritesNamespacesByTheLongestKey) {
  const char* json =
      R"({"mirrors": {"ghcr.io": ["a"], "ghcr.io/team": ["https://m/x/team"], "ghcr.io/team/app": []},
                         "fallback": {"ghcr.io/team": false}})";
  EXPECT_EQ(places(json, "ghcr.io/team/tool"), Places{"https|m|x/team/tool|ghcr.io"});
  EXPECT_EQ(places(json, "ghcr.io/team/app"), Places{"https|ghcr.io|team/app|"});
  EXPECT_EQ(places(json, "ghcr.io/teams/tool"),
            (Places{"https|a|teams/tool|ghcr.io", "https|ghcr.io|teams/tool|"}));
}

TEST(Registries, HasAMirrorForEverythingElse) {
  const char* json = R"({"mirrors": {"*": ["http://all:1"], "quay.io": ["q"]}})";
  EXPECT_EQ(places(json, "gcr.io/a"), (Places{"http|all:1|a|gcr.io", "https|gcr.io|a|"}));
  EXPECT_EQ(places(json, "quay.io/a").front(), "https|q|a|quay.io");
}

TEST(Registries, SaysWhatIsWrong) {
  EXPECT_THAT(Registries::parse("{", "file"), FailsWith(ErrorKind::invalid_input, "file: malformed JSON"));
  EXPECT_THAT(Registries::parse(R"({"mirror": {}})", "f"),
              FailsWith(ErrorKind::invalid_input, "mirror: unknown"));
  EXPECT_THAT(Registries::parse(R"({"mirrors": {"a": "b"}})", "f"),
              FailsWith(ErrorKind::invalid_input, "mirrors.a"));
  EXPECT_THAT(Registries::parse(R"({"mirrors": {"a": ["ftp://x"]}})", "f"),
              FailsWith(ErrorKind::invalid_input, "ftp"));
  EXPECT_THAT(Registries::parse(R"({"mirrors": {"a": ["http://x/v2/"]}})", "f"),
              FailsWith(ErrorKind::invalid_input, "leave out"));
  EXPECT_THAT(Registries::parse(R"({"fallback": {"a": "no"}})", "f"),
              FailsWith(ErrorKind::invalid_input, "fallback.a"));
}

TEST(Registries, FollowsHostsToml) {
  test::TempDir dir;
  dir.write("quay.io/hosts.toml", R"(server = "https://quay.io"
[host."https://cache.corp/quay"]
  capabilities = ["pull"]
  skip_verify = true
[host."http://10.0.0.1:5000"]
  override_path = true
)");
  dir.write("_default/hosts.toml", "[host.\"https://all.corp/x\"]\noverride_path = true\nca = \"ca.pem\"\n");
  Registries registries = must(Registries::parse(R"({"hosts_toml": ")" + dir.str() + R"("})", "r"));
  EXPECT_EQ(
      places(registries, "quay.io/a", Use::content),
      (Places{"https|cache.corp|a|quay.io|/quay/v2", "http|10.0.0.1:5000|a|quay.io|", "https|quay.io|a|"}));
  EXPECT_EQ(places(registries, "quay.io/a", Use::tag),
            (Places{"http|10.0.0.1:5000|a|quay.io|", "https|quay.io|a|"}))
      << "a host that may only give content is not asked what a tag means";
  EXPECT_EQ(places(registries, "debian", Use::tag), (Places{"https|all.corp|library/debian|docker.io|/x",
                                                            "https|registry-1.docker.io|library/debian|"}));

  TlsConfig config;
  must(add_hosts_tls(dir.str(), must(Url::parse("https://all.corp/")), config));
  EXPECT_EQ(config.ca_files, std::vector<std::string>{dir.str() + "/_default/ca.pem"});
  EXPECT_TRUE(config.verify);
  must(add_hosts_tls(dir.str(), must(Url::parse("https://cache.corp/")), config));
  EXPECT_FALSE(config.verify);
}

TEST(Registries, PrefersItsOwnMirrorsToHostsToml) {
  test::TempDir dir;
  dir.write("quay.io/hosts.toml", "broken");
  Registries registries = must(
      Registries::parse(R"({"mirrors": {"quay.io": ["m"]}, "hosts_toml": ")" + dir.str() + R"("})", "r"));
  EXPECT_EQ(places(registries, "quay.io/a", Use::tag).front(), "https|m|a|quay.io");
  registries = must(Registries::parse(R"({"hosts_toml": ")" + dir.str() + R"("})", "r"));
  EXPECT_THAT(registries.pull_places(must(oci::Reference::parse("quay.io/a")), Use::tag),
              FailsWith(ErrorKind::invalid_input, "hosts.toml:1"));
}

TEST(Registries, LoadsFromTheDefaultPlaces) {
  test::TempDir dir;
  dir.write("mbuild/registries.json", R"({"insecure": ["from.config"]})");
  auto none = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
  auto config = [&](const std::string& name) -> std::optional<std::string> {
    return name == "XDG_CONFIG_HOME" ? std::optional(dir.str()) : std::nullopt;
  };
  EXPECT_TRUE(must(Registries::load("", config)).is_insecure("from.config"));
  EXPECT_THAT(Registries::load(dir.str() + "/absent", none),
              FailsWith(ErrorKind::invalid_input, "no such file"));
}

}  // namespace
}  // namespace mbuild::remote
