// Keys that sign and verify: ECDSA, RSA (PKCS#1 v1.5) and Ed25519, with SHA-256 where the scheme has a choice
// - what cosign does with them (sigstore/sigstore: pkg/signature).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "registry/base/result.h"

struct evp_pkey_st;

namespace mbuild::remote {

// Immutable; cheap to copy; safe for several threads.
class PublicKey {
 public:
  // From a PEM file ("PUBLIC KEY", or a certificate's).
  static Result<PublicKey> load(const std::string& path);
  bool verify(std::string_view data, std::string_view signature) const;

 private:
  explicit PublicKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

class PrivateKey {
 public:
  // From a PEM file in PKCS#8, a traditional form, or cosign's own (cosign_key.h), decrypted with `password`
  // when it is encrypted.
  static Result<PrivateKey> load(const std::string& path, const std::string& password);
  Result<std::string> sign(std::string_view data) const;

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

// A new P-256 pair: <prefix>.key in PKCS#8 with mode 0600, encrypted (AES-256) when the password is not
// empty, and <prefix>.pub. `invalid_input` when one of the files is there already.
Result<void> generate_key_pair(const std::string& prefix, const std::string& password);

}  // namespace mbuild::remote
