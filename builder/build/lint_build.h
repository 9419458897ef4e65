// The checks that a build makes on its Dockerfile before it runs anything.
#pragma once

#include <functional>

#include "builder/build.h"
#include "builder/plan/lower.h"

namespace mbuild::builder {

// Warnings go to `notice`, each with its rule's name and lines. Fails when the file asks for that by
// `# check=error=true` and breaks a rule of BuildKit's, or when its `# check=` is wrong. Base images of
// needed stages are resolved, for their variables and platforms; what is wrong with those the lowering tells.
Result<void> lint_build(const BuildRequest& request, const parser::Dockerfile& dockerfile,
                        const parser::StageGraph& graph, const LowerOptions& options, ImageResolver& images,
                        const std::function<void(Notice)>& notice);

}  // namespace mbuild::builder
