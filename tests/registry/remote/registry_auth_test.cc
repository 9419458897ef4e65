// Against docker-registry with passwords, tokens, TLS, client certificates, and as a pull-through cache.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "registry/remote/base64.h"
#include "registry/remote/client.h"
#include "registry/remote/login.h"
#include "tests/support/registry_fixture.h"
#include "tests/support/result_matchers.h"
#include "tests/support/test_ca.h"
#include "tests/support/test_image.h"
#include "tests/support/token_server.h"

namespace mbuild::remote {
namespace {

using namespace std::chrono_literals;
using test::FailsWith;
using test::LocalRegistry;
using test::must;
using test::Succeeds;
using test::TestImage;
using test::TokenServer;

const oci::Platform kAmd64{"linux", "amd64", "", "", {}};

class RegistryAuth : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_docker_registry()) GTEST_SKIP() << "docker-registry is not installed";
    options.docker_config_dir = folder.str();
    options.environment = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
    options.retry = {.attempts = 2, .first_delay = 10ms, .total = 5s};
  }
  void log_in(const std::string& host, const std::string& user, const std::string& password) {
    folder.write("config.json", fmt::format(R"({{"auths": {{"{}": {{"auth": "{}"}}}}}})", host,
                                            base64_encode(user + ":" + password)));
  }
  RegistryClient& client() {
    if (!client_) client_ = must(RegistryClient::create(options));
    return *client_;
  }
  Result<void> push(const LocalRegistry& registry, const std::string& name = "app:1") {
    return client().push(reference(registry, name), image.image, image.provider(), {});
  }
  Result<ResolvedImage> pull(const LocalRegistry& registry, const std::string& name = "app:1") {
    return client().resolve(reference(registry, name), kAmd64);
  }
  oci::Reference reference(const LocalRegistry& registry, const std::string& name) {
    return must(oci::Reference::parse(registry.host() + "/" + name));
  }
  std::string pull_blob(const oci::Reference& from) {
    auto source = must(client().open_blob(from, image.manifest.layers[0]));
    return must(test::read_all(*source));
  }
  const std::string& layer() { return image.contents.at(image.manifest.layers[0].digest); }
  // Trust and client certificates for a registry.
  void copy_certificate(const LocalRegistry& registry, const std::string& from, const std::string& name) {
    folder.write("certs.d/" + registry.host() + "/" + name, test::TempDir::read_file(from));
    options.certificates_dir = folder.str() + "/certs.d";
  }

  test::TempDir folder;
  ClientOptions options;
  TestImage image{{test::random_bytes(200'000, 9)}};

 private:
  std::unique_ptr<RegistryClient> client_;
};

LocalRegistry::Options with_password(const test::TempDir& folder) {
  auto made = test::run_program({"htpasswd", "-Bbn", "user", "pass"});
  if (made.code != 0) throw std::runtime_error("htpasswd: " + made.output);
  std::string file = folder.write("htpasswd", made.output);
  return {.http = "", .storage = "", .extra = "auth:\n  htpasswd: {realm: test, path: " + file + "}\n"};
}

TEST_F(RegistryAuth, LogsInWithAPassword) {
  LocalRegistry registry(with_password(folder));
  log_in(registry.host(), "user", "pass");
  EXPECT_THAT(push(registry), Succeeds());
  EXPECT_THAT(pull(registry), Succeeds());
  EXPECT_TRUE(pull_blob(reference(registry, "app:1")) == layer());
}

TEST_F(RegistryAuth, SaysHowToLogIn) {
  LocalRegistry registry(with_password(folder));
  auto anonymous = pull(registry);
  EXPECT_THAT(anonymous, FailsWith(ErrorKind::unauthorized, "401 unauthorized: UNAUTHORIZED"));
  EXPECT_NE(anonymous.error().hint().find("mbuild login " + registry.host()), std::string::npos);
}

TEST_F(RegistryAuth, ReportsAWrongPasswordWithoutShowingIt) {
  LocalRegistry registry(with_password(folder));
  log_in(registry.host(), "user", "topsecret");
  auto refused = pull(registry);
  EXPECT_THAT(refused, FailsWith(ErrorKind::unauthorized, "401"));
  EXPECT_EQ(refused.error().message().find("topsecret"), std::string::npos);
}

TEST_F(RegistryAuth, GetsTokens) {
  TokenServer tokens;
  LocalRegistry registry({.http = "", .storage = "", .extra = tokens.registry_config()});
  EXPECT_THAT(push(registry), FailsWith(ErrorKind::unauthorized, "")) << "anonymous clients may pull alone";
  log_in(registry.host(), "user", "wrong");
  EXPECT_THAT(must(RegistryClient::create(options))->resolve(reference(registry, "app:1"), kAmd64),
              FailsWith(ErrorKind::unauthorized, "incorrect username or password"));
  log_in(registry.host(), "user", "pass");
  auto known = must(RegistryClient::create(options));
  EXPECT_THAT(known->push(reference(registry, "app:1"), image.image, image.provider(), {}), Succeeds());
  EXPECT_THAT(pull(registry), Succeeds());
}

TEST_F(RegistryAuth, ExchangesAnIdentityToken) {
  TokenServer tokens;
  LocalRegistry registry({.http = "", .storage = "", .extra = tokens.registry_config()});
  folder.write("config.json",
               fmt::format(R"({{"auths": {{"{}": {{"identitytoken": "refresh"}}}}}})", registry.host()));
  EXPECT_THAT(push(registry), Succeeds());
  EXPECT_EQ(tokens.requests().at(0).method, "POST");
}

TEST_F(RegistryAuth, ChecksALoginWithTheTokenServer) {
  TokenServer tokens;
  LocalRegistry registry({.http = "", .storage = "", .extra = tokens.registry_config()});
  auto refused = mbuild::remote::log_in(options, registry.host(), {"user", "topsecret"});
  EXPECT_THAT(refused, FailsWith(ErrorKind::unauthorized, "incorrect username or password"));
  EXPECT_EQ(refused.error().message().find("topsecret"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "config.json"));
  EXPECT_THAT(mbuild::remote::log_in(options, registry.host(), {"user", "pass"}), Succeeds());
  EXPECT_THAT(push(registry), Succeeds()) << "with what was stored";
  EXPECT_TRUE(must(log_out(options, registry.host())));
  EXPECT_FALSE(must(log_out(options, registry.host())));
}

TEST(RegistryName, TakesWhatPeopleWrite) {
  for (const char* hub :
       {"docker.io", "index.docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"})
    EXPECT_EQ(must(registry_name(hub)), "docker.io") << hub;
  EXPECT_EQ(must(registry_name("http://127.0.0.1:5000/v2/")), "127.0.0.1:5000");
  EXPECT_EQ(must(registry_name("Reg.Example:443")), "reg.example");
  for (const char* bad : {"", "a b", "https://user:pw@reg.example"})
    EXPECT_THAT(registry_name(bad), FailsWith(ErrorKind::invalid_input, "registry")) << bad;
}

TEST_F(RegistryAuth, MountsWithAScopeForEachRepository) {
  TokenServer tokens;
  LocalRegistry registry({.http = "", .storage = "", .extra = tokens.registry_config()});
  log_in(registry.host(), "user", "pass");
  EXPECT_THAT(push(registry, "base:1"), Succeeds());
  auto provider = image.provider();
  provider.mount_from = [](const oci::Descriptor&) { return std::vector<std::string>{"base"}; };
  provider.open = [](const oci::Descriptor&) -> Result<std::unique_ptr<ByteSource>> {
    return fail(ErrorKind::internal, "nothing should be uploaded");
  };
  EXPECT_THAT(client().push(reference(registry, "app:1"), image.image, provider, {}), Succeeds());
}

// docker-registry allows 60 s of clock skew, so that a token which is past its time for us still works there:
// what is shown is that a new one is asked for.
TEST_F(RegistryAuth, AsksForANewTokenWhenOneExpires) {
  TokenServer tokens({.lifetime = 1s});
  LocalRegistry registry({.http = "", .storage = "", .extra = tokens.registry_config()});
  log_in(registry.host(), "user", "pass");
  EXPECT_THAT(push(registry), Succeeds());
  std::size_t before = tokens.requests().size();
  std::this_thread::sleep_for(1100ms);
  EXPECT_THAT(push(registry, "app:2"), Succeeds());
  EXPECT_GT(tokens.requests().size(), before);
}

TEST_F(RegistryAuth, TrustsACaInCertsD) {
  test::TestCa ca;
  ca.issue("server", "IP:127.0.0.1");
  LocalRegistry registry({.http = fmt::format("  tls: {{certificate: {}, key: {}}}\n", ca.file("server.crt"),
                                              ca.file("server.key")),
                          .storage = "",
                          .extra = ""});
  copy_certificate(registry, ca.file("ca.crt"), "ca.crt");
  EXPECT_THAT(push(registry), Succeeds());
  EXPECT_TRUE(pull_blob(reference(registry, "app:1")) == layer());
}

TEST_F(RegistryAuth, DistrustsAnotherCa) {
  test::TestCa ca, other;
  ca.issue("server", "IP:127.0.0.1");
  LocalRegistry registry({.http = fmt::format("  tls: {{certificate: {}, key: {}}}\n", ca.file("server.crt"),
                                              ca.file("server.key")),
                          .storage = "",
                          .extra = ""});
  copy_certificate(registry, other.file("ca.crt"), "ca.crt");
  auto refused = pull(registry);
  EXPECT_THAT(refused, FailsWith(ErrorKind::invalid_input, "is not trusted: "));
  EXPECT_NE(refused.error().hint().find("certs.d"), std::string::npos) << refused.error().hint();
}

TEST_F(RegistryAuth, DistrustsAWrongNameAndAnExpiredCertificate) {
  test::TestCa ca;
  ca.issue("wrong", "DNS:other.example,IP:127.0.0.9");
  ca.issue("expired", "IP:127.0.0.1", -1);
  for (std::string name : {"wrong", "expired"}) {
    LocalRegistry registry({.http = fmt::format("  tls: {{certificate: {}, key: {}}}\n",
                                                ca.file(name + ".crt"), ca.file(name + ".key")),
                            .storage = "",
                            .extra = ""});
    copy_certificate(registry, ca.file("ca.crt"), "ca.crt");
    auto refused = must(RegistryClient::create(options))->resolve(reference(registry, "app:1"), kAmd64);
    EXPECT_THAT(refused, FailsWith(ErrorKind::invalid_input, name == "wrong" ? "mismatch" : "expired"));
  }
}

TEST_F(RegistryAuth, TakesAnyCertificateOnLoopback) {
  test::TestCa ca;
  ca.issue("server", "DNS:other.example");
  LocalRegistry registry({.http = fmt::format("  tls: {{certificate: {}, key: {}}}\n", ca.file("server.crt"),
                                              ca.file("server.key")),
                          .storage = "",
                          .extra = ""});
  EXPECT_THAT(push(registry), Succeeds());
}

TEST_F(RegistryAuth, ShowsAClientCertificate) {
  test::TestCa ca;
  ca.issue("server", "IP:127.0.0.1");
  ca.issue("client", "DNS:client");
  LocalRegistry registry(
      {.http = fmt::format("  tls: {{certificate: {}, key: {}, clientcas: [{}]}}\n", ca.file("server.crt"),
                           ca.file("server.key"), ca.file("ca.crt")),
       .storage = "",
       .extra = ""});
  copy_certificate(registry, ca.file("ca.crt"), "ca.crt");
  auto without = must(RegistryClient::create(options))->resolve(reference(registry, "app:1"), kAmd64);
  EXPECT_THAT(without, FailsWith(ErrorKind::unavailable, "certificate"));
  copy_certificate(registry, ca.file("client.crt"), "client.cert");
  EXPECT_THAT(must(RegistryClient::create(options))->resolve(reference(registry, "app:1"), kAmd64),
              FailsWith(ErrorKind::invalid_input, "client.cert has no client.key"));
  copy_certificate(registry, ca.file("client.key"), "client.key");
  EXPECT_THAT(push(registry), Succeeds());
  EXPECT_THAT(pull(registry), Succeeds());
}

TEST_F(RegistryAuth, SaysThatARegistryIsReadOnly) {
  LocalRegistry registry(
      {.http = "", .storage = "  maintenance: {readonly: {enabled: true}}\n", .extra = ""});
  EXPECT_THAT(push(registry), FailsWith(ErrorKind::unsupported, "405 method not allowed"));
}

TEST_F(RegistryAuth, PullsThroughACache) {
  LocalRegistry upstream;
  EXPECT_THAT(push(upstream, "library/debian:1"), Succeeds());
  LocalRegistry cache(
      {.http = "", .storage = "", .extra = "proxy: {remoteurl: \"http://" + upstream.host() + "\"}\n"});
  options.registries_file =
      folder.write("registries.json", fmt::format(R"({{"mirrors": {{"docker.io": ["http://{}"]}},
                                                       "fallback": {{"docker.io": false}}}})",
                                                  cache.host()));
  auto mirrored = must(RegistryClient::create(options));
  oci::Reference debian = must(oci::Reference::parse("debian:1"));
  EXPECT_EQ(must(mirrored->resolve(debian, kAmd64)).manifest_json, image.image.manifest_json);
  auto source = must(mirrored->open_blob(debian, image.manifest.layers[0]));
  EXPECT_TRUE(must(test::read_all(*source)) == layer());
  EXPECT_THAT(mirrored->resolve(must(oci::Reference::parse("absent:1")), kAmd64),
              FailsWith(ErrorKind::not_found, "404"));
}

}  // namespace
}  // namespace mbuild::remote
