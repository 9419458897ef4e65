// The checks of the parser with what a request adds to them.
#pragma once

#include "builder/build.h"
#include "parser/lint.h"
#include "parser/stages.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Lints with the request's build args, its BUILDKIT_DOCKERFILE_CHECK, and the ignore file of its context; the
// rest of `options` is the caller's. Errors are a bad BUILDKIT_DOCKERFILE_CHECK or ignore file.
Result<parser::LintResult> lint_request(const BuildRequest& request, const parser::Dockerfile& dockerfile,
                                        const parser::StageGraph& graph, parser::LintOptions options);

}  // namespace mbuild::builder
