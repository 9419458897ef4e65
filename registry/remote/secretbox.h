// NaCl's secretbox, XSalsa20 with Poly1305 (Bernstein, "Cryptography in NaCl"; "Extending the Salsa20
// nonce"): what cosign encrypts key files with, and OpenSSL does not have.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mbuild::remote {

// The key has 32 bytes, the nonce 24; the box is 16 bytes of authenticator and then the ciphertext. nullopt
// when anything of that is not so, or the box was not made with the key.
std::optional<std::string> open_secretbox(std::string_view key, std::string_view nonce, std::string_view box);

}  // namespace mbuild::remote
