#include "registry/remote/cosign_key.h"

#include <gtest/gtest.h>

#include "registry/remote/base64.h"
#include "registry/remote/key.h"
#include "registry/remote/secretbox.h"
#include "tests/support/result_matchers.h"
#include "tests/support/run_program.h"
#include "tests/support/temp_dir.h"

namespace mbuild::remote {
namespace {

using test::FailsWith;
using test::must;

// Made with OpenSSL, scrypt of Python's hashlib and libsodium's secretbox; the password is "secret".
const std::string kKey =
    "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"
    "eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjozMjc2OCwiciI6\n"
    "OCwicCI6MX0sInNhbHQiOiJMc0xOVENodkRYVlBBdmFJckRxbWdRVU5xdGlkTWxD\n"
    "cHZlT2xiTmp6bkRFPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94\n"
    "Iiwibm9uY2UiOiJTWFRJcFFPdjdiaG9LVTZJbVhVNlFCWjF1UzhSME82ayJ9LCJj\n"
    "aXBoZXJ0ZXh0IjoiMEZEMkNhY2R5bVd3Z3lhM3oxQ3JyWWFIUk1BSkE0Z09rQTQw\n"
    "eWxwSGt6YXlxZDY5TmIxVm9uT3VqeG9ZTHNmcXI3d1J4YlpwMVJ0ZXlITVhrSWxZ\n"
    "ZHY4aHdkK1RES1RGeHVETUlYb0ExVFBBc01QeDE1cFlGNXpzVytxQSttNXI5QWdD\n"
    "QTFGRTFrTzVNaTFjaERad3ZMTFNSeEUyRWxXVWxFTFZOZGxkYlpMcjAzMFFWMDhr\n"
    "VFgvUU14UzlPZkFSZFFqQ2t0OUNVRlQwRUE9PSJ9\n"
    "-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n";
const std::string kPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+1esbvXk5eS7D3VcN7TwbNrEoz8Z\n"
    "rnM9tA5yQ5LXXZgyqTD/DONxi8A4YEhF8Z8Z6LZcQZkT+uo02UKsXJUjEg==\n"
    "-----END PUBLIC KEY-----\n";

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}
std::string counted(int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(i);
  return bytes;
}

// Made with libsodium.
TEST(Secretbox, OpensOneOfSeveralBlocks) {
  std::string box = from_hex(
      "69895a95e07d5f548fdf6f7764a7b9d53fdf552ab4b9c377de1ce05848e225e5378532b7ed4b1f8079c747f639a8c28aa3b493"
      "f531d"
      "89022caf992fc1b0b8763502e48eb9bf6a86fc877429d790ee29ba8e58d396879bf8867d2eebff053b8b3c4e0e6cea42916c1f"
      "818f3"
      "6f514886c9e47a6be07fef3d1a4a4aa527f9917f674da902ffbe4dfd02bdad7ca109a1319be8bd7f895af6ff9f53f4a2ae9fe8"
      "40aa2"
      "a7c897448029be5147b0c4d8eadfc4824964a89d09373e9d913b183c0b53161");
  std::string half =
      "a message of more than one block of the stream, so that the counter moves on: 0123456789";
  EXPECT_EQ(open_secretbox(counted(32), counted(24), box), half + half);
  box.back() = static_cast<char>(box.back() ^ 1);
  EXPECT_EQ(open_secretbox(counted(32), counted(24), box), std::nullopt);
}

TEST(Secretbox, RefusesOtherSizes) {
  EXPECT_EQ(open_secretbox(counted(31), counted(24), counted(40)), std::nullopt);
  EXPECT_EQ(open_secretbox(counted(32), counted(8), counted(40)), std::nullopt);
  EXPECT_EQ(open_secretbox(counted(32), counted(24), counted(15)), std::nullopt);
  EXPECT_EQ(open_secretbox(counted(32), counted(24), ""), std::nullopt);
}

TEST(CosignKey, SignsForItsPublicKey) {
  test::TempDir folder;
  PrivateKey key = must(PrivateKey::load(folder.write("cosign.key", kKey), "secret"));
  PublicKey pub = must(PublicKey::load(folder.write("cosign.pub", kPublic)));
  EXPECT_TRUE(pub.verify("data", must(key.sign("data"))));
}

TEST(CosignKey, TakesTheOlderName) {
  std::string older = kKey;
  for (std::size_t at; (at = older.find("SIGSTORE")) != older.npos;) older.replace(at, 8, "COSIGN");
  EXPECT_THAT(decrypt_cosign_key(older, "secret"), test::Succeeds());
}

TEST(CosignKey, SaysWhatIsWrong) {
  test::TempDir folder;
  for (const char* wrong : {"", "other"})
    EXPECT_THAT(PrivateKey::load(folder.write("cosign.key", kKey), wrong),
                FailsWith(ErrorKind::invalid_input, "cosign.key: the password is wrong"));
  auto pem = [](std::string_view json) {
    return "-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n" + base64_encode(json) + "\n-----END";
  };
  EXPECT_THAT(decrypt_cosign_key("-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n!\n-----END", ""),
              FailsWith(ErrorKind::invalid_input, "damaged"));
  EXPECT_THAT(decrypt_cosign_key("-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\nYQ==", ""),
              FailsWith(ErrorKind::invalid_input, "damaged"));
  EXPECT_THAT(decrypt_cosign_key(pem("garbage"), ""), FailsWith(ErrorKind::invalid_input, ""));
  EXPECT_THAT(decrypt_cosign_key(pem("{}"), ""), FailsWith(ErrorKind::invalid_input, "how it is encrypted"));
  EXPECT_THAT(decrypt_cosign_key(pem(R"({"kdf": {"name": "x"}, "cipher": {"name": "nacl/secretbox"}})"), ""),
              FailsWith(ErrorKind::unsupported, "scrypt"));
  EXPECT_THAT(
      decrypt_cosign_key(pem(R"({"kdf": {"name": "scrypt", "params": {"N": 1073741824, "r": 8, "p": 1}},
                                         "cipher": {"name": "nacl/secretbox"}})"),
                         ""),
      FailsWith(ErrorKind::unsupported, "N=1073741824"));
}

TEST(KeyPair, IsMadeOnce) {
  test::TempDir folder;
  std::string prefix = folder.str() + "/new";
  must(generate_key_pair(prefix, ""));
  PublicKey pub = must(PublicKey::load(prefix + ".pub"));
  EXPECT_TRUE(pub.verify("data", must(must(PrivateKey::load(prefix + ".key", "")).sign("data"))));
  EXPECT_THAT(generate_key_pair(prefix, ""), FailsWith(ErrorKind::invalid_input, "exists"));
  must(generate_key_pair(prefix + "2", "pass"));
  EXPECT_THAT(PrivateKey::load(prefix + "2.key", ""), FailsWith(ErrorKind::invalid_input, "password"));
  EXPECT_THAT(PrivateKey::load(prefix + "2.key", "pass"), test::Succeeds());
  auto seen =
      test::run_program({"openssl", "pkey", "-in", prefix + "2.key", "-passin", "pass:pass", "-noout"});
  EXPECT_EQ(seen.code, 0) << seen.output;
}

}  // namespace
}  // namespace mbuild::remote
