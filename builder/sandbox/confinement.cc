#include "builder/sandbox/confinement.h"

#include "builder/sandbox/capabilities.h"

namespace mbuild::builder {

ChildPlan confinement_of(const SandboxSpec& spec) {
  ChildPlan plan;
  plan.uid = spec.uid;
  plan.gid = spec.gid;
  plan.groups = spec.supplementary_gids.data();
  plan.groups_count = spec.supplementary_gids.size();
  plan.mask_paths = !spec.insecure;
  plan.capabilities = spec.insecure ? ~std::uint64_t{0} : default_capabilities;
  return plan;
}

}  // namespace mbuild::builder
