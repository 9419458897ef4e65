#include "registry/remote/cosign.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "registry/base/copy_stream.h"
#include "registry/remote/base64.h"
#include "tests/support/registry_fixture.h"
#include "tests/support/result_matchers.h"
#include "tests/support/test_ca.h"
#include "tests/support/test_image.h"

namespace mbuild::remote {
namespace {

using test::FailsWith;
using test::must;
using test::openssl;
using test::Succeeds;

const oci::Platform kAmd64{"linux", "amd64", "", "", {}};

// A key pair as <name>.key and <name>.pub.
void make_keys(const test::TempDir& folder, const std::string& name,
               const std::vector<std::string>& algorithm) {
  std::vector<std::string> arguments{"genpkey", "-out", folder.str() + "/" + name + ".key"};
  arguments.insert(arguments.end(), algorithm.begin(), algorithm.end());
  openssl(arguments);
  openssl({"pkey", "-in", folder.str() + "/" + name + ".key", "-pubout", "-out",
           folder.str() + "/" + name + ".pub"});
}
const std::vector<std::string> kP256{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"};

TEST(Key, SignsWithEveryAlgorithmThatCosignHas) {
  test::TempDir folder;
  make_keys(folder, "ec", kP256);
  make_keys(folder, "rsa", {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"});
  make_keys(folder, "ed", {"-algorithm", "ED25519"});
  for (std::string name : {"ec", "rsa", "ed"}) {
    PrivateKey key = must(PrivateKey::load(folder.str() + "/" + name + ".key", ""));
    PublicKey pub = must(PublicKey::load(folder.str() + "/" + name + ".pub"));
    std::string signature = must(key.sign("data"));
    EXPECT_TRUE(pub.verify("data", signature)) << name;
    EXPECT_FALSE(pub.verify("Data", signature)) << name;
    EXPECT_FALSE(pub.verify("data", "garbage")) << name;
    EXPECT_FALSE(pub.verify("data", "")) << name;
  }
}

TEST(Key, AgreesWithOpenssl) {
  test::TempDir folder;
  make_keys(folder, "ec", kP256);
  auto data = folder.write("data", "to be signed");
  auto signature = folder.write(
      "signature", must(must(PrivateKey::load(folder.str() + "/ec.key", "")).sign("to be signed")));
  auto checked = test::run_program(
      {"openssl", "dgst", "-sha256", "-verify", folder.str() + "/ec.pub", "-signature", signature, data});
  EXPECT_EQ(checked.code, 0) << checked.output;
}

TEST(Key, OpensAnEncryptedOne) {
  test::TempDir folder;
  std::vector<std::string> arguments = kP256;
  arguments.insert(arguments.end(), {"-aes256", "-pass", "pass:secret"});
  openssl([&] {
    std::vector<std::string> all{"genpkey", "-out", folder.str() + "/k"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }());
  EXPECT_THAT(PrivateKey::load(folder.str() + "/k", "secret"), Succeeds());
  for (const char* wrong : {"", "other"})
    EXPECT_THAT(PrivateKey::load(folder.str() + "/k", wrong), FailsWith(ErrorKind::invalid_input, "/k"));
}

TEST(Key, SaysWhatItCannotRead) {
  test::TempDir folder;
  EXPECT_THAT(PublicKey::load(folder.str() + "/absent"), FailsWith(ErrorKind::invalid_input, "no such file"));
  EXPECT_THAT(PublicKey::load(folder.write("x", "garbage")),
              FailsWith(ErrorKind::invalid_input, "no public key"));
}

class CosignTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::has_docker_registry()) GTEST_SKIP() << "docker-registry is not installed";
    registry = std::make_unique<test::LocalRegistry>();
    options.environment = [](const std::string&) -> std::optional<std::string> { return std::nullopt; };
    client = must(RegistryClient::create(options));
    reference = must(oci::Reference::parse(registry->host() + "/app:1"));
    must(client->push(reference, image.image, image.provider(), {}));
    for (std::string name : {"ours", "theirs"}) make_keys(folder, name, kP256);
  }
  PrivateKey secret(const std::string& name) {
    return must(PrivateKey::load(folder.str() + "/" + name + ".key", ""));
  }
  PublicKey pub(const std::string& name) { return must(PublicKey::load(folder.str() + "/" + name + ".pub")); }

  test::TempDir folder;
  ClientOptions options;
  std::unique_ptr<test::LocalRegistry> registry;
  std::unique_ptr<RegistryClient> client;
  oci::Reference reference;
  test::TestImage image{{"layer"}};
};

TEST_F(CosignTest, VerifiesWhatItSigned) {
  EXPECT_THAT(verify_image(*client, reference, image.digest(), {pub("ours")}),
              FailsWith(ErrorKind::not_found, "no signature"));
  must(sign_image(*client, reference, image.digest(), secret("theirs")));
  EXPECT_THAT(verify_image(*client, reference, image.digest(), {pub("ours")}),
              FailsWith(ErrorKind::corrupt, "another key"));
  must(sign_image(*client, reference, image.digest(), secret("ours")));
  EXPECT_THAT(verify_image(*client, reference, image.digest(), {pub("ours")}), Succeeds());
  EXPECT_THAT(verify_image(*client, reference, image.digest(), {pub("theirs")}), Succeeds());
}

TEST_F(CosignTest, StoresSignaturesWhereCosignLooks) {
  must(sign_image(*client, reference, image.digest(), secret("ours")));
  oci::Reference tag = reference;
  tag.tag = "sha256-" + image.digest().hex() + ".sig";
  oci::Manifest manifest = must(oci::Manifest::parse(must(client->manifest(tag)).second));
  ASSERT_EQ(manifest.layers.size(), 1u);
  EXPECT_EQ(manifest.layers[0].media_type, "application/vnd.dev.cosign.simplesigning.v1+json");
  auto source = must(client->open_blob(tag, manifest.layers[0]));
  std::string statement = must(read_all(*source, 1 << 20));
  EXPECT_EQ(statement,
            fmt::format(R"({{"critical":{{"identity":{{"docker-reference":"{}/app"}},"image":)"
                        R"({{"docker-manifest-digest":"{}"}},"type":"cosign container image signature"}},)"
                        R"("optional":null}})",
                        registry->host(), image.digest().str()));
  auto signature = base64_decode(manifest.layers[0].annotations.at("dev.cosignproject.cosign/signature"));
  EXPECT_TRUE(pub("ours").verify(statement, *signature));
}

TEST_F(CosignTest, DoesNotTakeOneImagesSignatureForAnothers) {
  must(sign_image(*client, reference, image.digest(), secret("ours")));
  test::TestImage other({"other"});
  must(client->push(reference, other.image, other.provider(), {}));
  // The signature is moved to where the other's would be.
  oci::Reference from = reference, to = reference;
  from.tag = "sha256-" + image.digest().hex() + ".sig";
  to.tag = "sha256-" + other.digest().hex() + ".sig";
  std::string json = must(client->manifest(from)).second;
  RegistryClient::PushImage moved;
  moved.manifest_json = json;
  moved.media_type = oci::media_type::kOciManifest;
  must(client->push(to, moved, {}, {}));
  EXPECT_THAT(verify_image(*client, reference, other.digest(), {pub("ours")}),
              FailsWith(ErrorKind::corrupt, "another image"));
}

TEST_F(CosignTest, PullsOnlyWhatThePolicyTakes) {
  options.registries_file = folder.write(
      "registries.json", fmt::format(R"({{"verify": {{"{0}": ["{1}/ours.pub"], "{0}/free": []}}}})",
                                     registry->host(), folder.str()));
  client = must(RegistryClient::create(options));
  EXPECT_THAT(client->resolve(reference, kAmd64), FailsWith(ErrorKind::corrupt, "verify policy: verify "));
  must(sign_image(*client, reference, image.digest(), secret("theirs")));
  EXPECT_THAT(client->resolve(reference, kAmd64), FailsWith(ErrorKind::corrupt, "another key"));
  must(sign_image(*client, reference, image.digest(), secret("ours")));
  EXPECT_THAT(client->resolve(reference, kAmd64), Succeeds());
  oci::Reference free = must(oci::Reference::parse(registry->host() + "/free/app:1"));
  must(client->push(free, image.image, image.provider(), {}));
  EXPECT_THAT(client->resolve(free, kAmd64), Succeeds());
}

}  // namespace
}  // namespace mbuild::remote
