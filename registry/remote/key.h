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
  // From a PEM file in PKCS#8 or a traditional form, decrypted with `password` when it is encrypted.
  // cosign's own encryption is `unsupported`.
  static Result<PrivateKey> load(const std::string& path, const std::string& password);
  Result<std::string> sign(std::string_view data) const;

 private:
  explicit PrivateKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace mbuild::remote
