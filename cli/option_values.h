// Option values that are more than a word: what each means, or what is wrong with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "builder/build.h"
#include "registry/base/result.h"

namespace mbuild::cli {

// The value of an environment variable, and nothing when it is not set.
std::optional<std::string> environment_variable(const std::string& name);

// "K=V" -> {K, V}; without '=' the value of the environment variable K, and nothing when that is not set.
std::optional<std::pair<std::string, std::string>> key_value_or_environment(const std::string& text);

// "NAME:ADDRESS" or "NAME=ADDRESS"; the address may stand in brackets. "host-gateway" is
// the address with which this machine speaks to others.
Result<std::pair<std::string, std::string>> parse_host(const std::string& text);

// "64m", "1g", "1048576": bytes, with a binary unit b, k, m, g or t (docker's units.RAMInBytes).
Result<std::uint64_t> parse_bytes(const std::string& text);

// "[TYPE[[PLATFORM]][,TYPE...]:]KEY=VALUE", where TYPE is manifest, index, manifest-descriptor or
// index-descriptor, as attributes of an output: one for each type.
Result<std::vector<std::pair<std::string, std::string>>> parse_annotation(const std::string& text);

// "type=provenance|sbom[,key=value...]" sets what it asks for in the request; `--provenance=X` is
// "type=provenance,X", where X may be true or false as well, and so is `--sbom=X`.
Result<void> apply_attestation(const std::string& text, builder::BuildRequest& request);

}  // namespace mbuild::cli
