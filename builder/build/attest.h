// attest(): the attestations that a request asks for, made of what was built.
#pragma once

#include <functional>

#include "builder/build/prepare.h"
#include "builder/export/image.h"
#include "builder/plan/plan.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/base/timestamp.h"

namespace mbuild::builder {

// Everything is borrowed, and outlives the exports.
struct AttestOptions {
  const BuildRequest& request;
  const PreparedBuild& prepared;
  const Plan& plan;
  Snapshotter& snapshots;
  Timestamp started;
};

// Adds them to each image. `notice` gets what an SBOM cannot tell of.
Result<void> attest(std::vector<Image>& images, const AttestOptions& options,
                    const std::function<void(Notice)>& notice);

}  // namespace mbuild::builder
