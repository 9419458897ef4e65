// What there is to say about a request's Dockerfile without building it.
#pragma once

#include <string>
#include <vector>

#include "builder/build.h"
#include "parser/findings.h"
#include "parser/lint.h"
#include "parser/parse.h"
#include "parser/stages.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

// The text of the request's Dockerfile, and what messages call it. A missing `Dockerfile` of the default name
// is looked for as `dockerfile` too (SEMANTICS A1). `not_found` when there is none; at most 16 MiB.
Result<parser::Source> load_dockerfile(const BuildRequest& request);

struct CheckedDockerfile {
  parser::ParseResult parsed;
  parser::StageOptions stage_options;  // of the request: target, build args, platform args, names of contexts
  parser::StageResult stages;          // points into `parsed`
  parser::LintResult lint;

  // No build could be made of it otherwise.
  bool ok() const { return parsed.ok() && stages.ok(); }

  // Everything that was found, and only what makes ok() false.
  parser::Findings findings() const;
  parser::Findings errors() const;
};

// Reads, parses, resolves and lints. Of the request only the Dockerfile, the context (for its .dockerignore),
// the target, the platform, the build args and the names of contexts count; no image is looked at, no store
// is opened. BUILDKIT_DOCKERFILE_CHECK among the build args replaces `# check=`. `enable` names opt-in rules.
// What is wrong with the Dockerfile is in the result; an error is a file that cannot be read, a bad option,
// or a bad .dockerignore.
Result<CheckedDockerfile> check_dockerfile(const BuildRequest& request,
                                           const std::vector<std::string>& enable = {});

}  // namespace mbuild::builder

#pragma GCC visibility pop
