// provenance_predicate(): how an image came to be, as BuildKit's SLSA v1 predicate says it (BuildKit:
// docs/attestations/slsa-definitions.md, solver/llbsolver/provenance/types).
#pragma once

#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/plan/plan.h"
#include "parser/ast.h"
#include "registry/base/timestamp.h"
#include "registry/oci/descriptor.h"

namespace mbuild::builder {

struct ProvenanceFacts {
  const BuildRequest* request = nullptr;  // with `provenance` set; borrowed, as all here
  const parser::Dockerfile* dockerfile = nullptr;
  const Plan* plan = nullptr;
  std::size_t image = 0;  // which of the plan's
  std::string invocation_id;
  Timestamp started, finished;
};

// The type of the predicate.
inline constexpr std::string_view kProvenanceType = "https://slsa.dev/provenance/v1";

// JSON. `layers` are the image's, lowest first, when the result is one. Credentials in URLs are left out, and
// secrets are named only with mode=max; their values never are.
std::string provenance_predicate(const ProvenanceFacts& facts, const std::vector<oci::Descriptor>& layers);

}  // namespace mbuild::builder
