// A context directory of which some files are taken as somebody says, not as they lie there.
#pragma once

#include "builder/build.h"
#include "builder/context/scratch_folder.h"
#include "builder/exec/services.h"

namespace mbuild::builder {

// The text that BuildRequest::context_files has for the request's Dockerfile; null: none, or it came as text.
const std::string* overlaid_dockerfile(const BuildRequest& request);

// Copies what the ignore file, which may be overlaid too, leaves of the directory into `folder`, and the
// request's files over it. `main` says where the Dockerfile lies. `invalid_input` for a path that leaves the
// context.
Result<SourceFilesPtr> overlaid_context(const BuildRequest& request, const MainContext& main,
                                        ScratchFolder folder);

}  // namespace mbuild::builder
