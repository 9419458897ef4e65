// The index of a cache with the signatures of those who made it: a DSSE envelope (secure-systems-lab/dsse,
// envelope.md), which every kind of cache can hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/base/result.h"
#include "registry/remote/key.h"

namespace mbuild::builder {

// Without a key the envelope has no signature.
Result<std::string> wrap_index(std::string_view index, const remote::PrivateKey* key);

// The index in the envelope. With keys, one of them must have signed it: `corrupt` otherwise.
Result<std::string> unwrap_index(std::string_view envelope, const std::vector<remote::PublicKey>& keys);

}  // namespace mbuild::builder
