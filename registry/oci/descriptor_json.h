// Descriptors and platforms as members of manifests, indexes and layouts: shared by their readers and
// writers.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "registry/base/json.h"
#include "registry/base/json_writer.h"
#include "registry/oci/descriptor.h"

namespace mbuild::oci {

// `text` is the value of `key` in `owner`, which errors name.
Result<Digest> parse_digest(const JsonObject& owner, std::string_view key, std::string_view text);
// `corrupt` when a digest is missing or malformed, a size negative, or a type wrong. "data" is not kept.
Result<Descriptor> parse_descriptor(const JsonObject& object);
Result<std::optional<Descriptor>> parse_descriptor_member(const JsonObject& parent, std::string_view key);
Result<std::vector<Descriptor>> parse_descriptors(const JsonObject& parent, std::string_view key);
// The members of an OCI platform object, which an image config has too.
Result<Platform> parse_platform(const JsonObject& object);

// In the order of the Go structs of image-spec 1.1 (specs-go/v1/descriptor.go).
void write_descriptor(JsonWriter& writer, const Descriptor& descriptor);
// As Go writes a slice: `null` when there is none.
void write_descriptors(JsonWriter& writer, std::string_view key, const std::vector<Descriptor>& descriptors);

}  // namespace mbuild::oci
