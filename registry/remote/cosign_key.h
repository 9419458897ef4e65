// cosign.key: a PKCS#8 key that cosign encrypted by itself (sigstore/cosign: pkg/cosign/keys.go;
// secure-systems-lab/go-securesystemslib: encrypted).
#pragma once

#include <string>
#include <string_view>

#include "registry/base/result.h"

namespace mbuild::remote {

bool is_cosign_key(std::string_view pem);

// The key as DER. `invalid_input` for a wrong password and for what is no such file; a key derivation that
// wants more than 256 MB of memory, or another algorithm than scrypt and secretbox, is `unsupported`.
Result<std::string> decrypt_cosign_key(std::string_view pem, const std::string& password);

}  // namespace mbuild::remote
