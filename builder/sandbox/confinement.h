// What a step may do, the same on every rung.
#pragma once

#include "builder/sandbox/child_plan.h"
#include "builder/sandbox/spec.h"

namespace mbuild::builder {

// A plan with the step's ids and capabilities; the rest is to be filled in. Points into `spec`.
ChildPlan confinement_of(const SandboxSpec& spec);

}  // namespace mbuild::builder
