// Tags of a repository (distribution-spec "Listing Tags"), and deleting.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/oci/reference.h"
#include "registry/remote/endpoint.h"

namespace mbuild::remote {

// All of them, page after page, sorted.
Result<std::vector<std::string>> list_tags(const Endpoint& endpoint);

// The manifest by its digest, or the tag alone where the registry can do that; where it cannot, the tag's
// manifest, and so every tag that names it.
Result<void> delete_reference(const Endpoint& endpoint, const oci::Reference& reference);

// The target of the first link with rel="next" in a Link field (RFC 8288 3).
std::optional<std::string> next_link(std::string_view field);

}  // namespace mbuild::remote
