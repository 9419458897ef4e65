#include "registry/remote/cosign_key.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>

#include "registry/base/json.h"
#include "registry/remote/base64.h"
#include "registry/remote/secretbox.h"

namespace mbuild::remote {

namespace {

constexpr std::array<std::string_view, 2> kTypes = {"ENCRYPTED SIGSTORE PRIVATE KEY",
                                                    "ENCRYPTED COSIGN PRIVATE KEY"};
constexpr std::uint64_t kMaxMemory = 256 << 20;

std::string begin_line(std::string_view type) {
  return fmt::format("-----BEGIN {}-----", type);
}

// What is between the PEM's lines, decoded.
Result<std::string> pem_content(std::string_view pem) {
  for (std::string_view type : kTypes) {
    std::size_t begin = pem.find(begin_line(type));
    if (begin == pem.npos) continue;
    begin += begin_line(type).size();
    std::size_t end = pem.find("-----END", begin);
    if (end == pem.npos) break;
    std::string base64;
    for (char c : pem.substr(begin, end - begin))
      if (c != '\n' && c != '\r' && c != ' ') base64 += c;
    if (auto content = base64_decode(base64)) return std::move(*content);
  }
  return fail(ErrorKind::invalid_input, "the PEM file is damaged");
}

Result<std::string> binary(const JsonObject& object, std::string_view key) {
  auto decoded = base64_decode(MBUILD_TRY(object.text(key)));
  if (!decoded) return object.wrong(key, "not base64");
  return std::move(*decoded);
}

Result<std::string> derive_key(const JsonObject& kdf, const std::string& password) {
  if (MBUILD_TRY(kdf.text("name")) != "scrypt")
    return fail(ErrorKind::unsupported, "a key derivation other than scrypt");
  auto parameters = MBUILD_TRY(kdf.object("params"));
  if (!parameters) return kdf.wrong("params", "missing");
  std::uint64_t n = MBUILD_TRY(parameters->natural("N")), r = MBUILD_TRY(parameters->natural("r")),
                p = MBUILD_TRY(parameters->natural("p"));
  std::string salt = MBUILD_TRY(binary(kdf, "salt"));
  std::string key(32, '\0');
  int made = EVP_PBE_scrypt(password.data(), password.size(),
                            reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), n, r, p,
                            kMaxMemory, reinterpret_cast<unsigned char*>(key.data()), key.size());
  ERR_clear_error();
  if (made != 1) return fail(ErrorKind::unsupported, fmt::format("scrypt with N={}, r={}, p={}", n, r, p));
  return key;
}

}  // namespace

bool is_cosign_key(std::string_view pem) {
  for (std::string_view type : kTypes)
    if (pem.find(begin_line(type)) != pem.npos) return true;
  return false;
}

Result<std::string> decrypt_cosign_key(std::string_view pem, const std::string& password) {
  auto file = JsonObject::parse(MBUILD_TRY(pem_content(pem)), "cosign key");
  if (!file) return fail(ErrorKind::invalid_input, file.error().message());
  auto kdf = MBUILD_TRY(file->object("kdf"));
  auto cipher = MBUILD_TRY(file->object("cipher"));
  if (!kdf || !cipher) return fail(ErrorKind::invalid_input, "the file does not say how it is encrypted");
  if (MBUILD_TRY(cipher->text("name")) != "nacl/secretbox")
    return fail(ErrorKind::unsupported, "a cipher other than nacl/secretbox");
  std::string key = MBUILD_TRY(derive_key(*kdf, password));
  auto der =
      open_secretbox(key, MBUILD_TRY(binary(*cipher, "nonce")), MBUILD_TRY(binary(*file, "ciphertext")));
  OPENSSL_cleanse(key.data(), key.size());
  if (!der) return fail(ErrorKind::invalid_input, "the password is wrong");
  return std::move(*der);
}

}  // namespace mbuild::remote
