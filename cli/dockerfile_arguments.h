// The arguments of the verbs that look at Dockerfiles without building: which files, and for which build.
#pragma once

#include <string>
#include <vector>

#include "builder/build.h"
#include "cli/command_line.h"
#include "registry/base/result.h"

namespace mbuild::cli {

struct DockerfileArguments {
  std::vector<std::string> paths;  // files, a context, or `-` for standard input
  std::vector<std::string> files;  // -f
};

// `several` lets more than one file be named.
void add_dockerfile_arguments(CommandLine& line, DockerfileArguments& arguments, bool several);

// One request a file, with the context if a folder was named. Nothing named at all means the folder `.`, and
// a folder alone its Dockerfile. Reads standard input for `-`. `invalid_input` for what cannot be meant.
Result<std::vector<builder::BuildRequest>> dockerfile_requests(const DockerfileArguments& arguments);

// What the stages of a file depend on besides its text.
struct StageArguments {
  std::vector<std::string> build_args, build_contexts;
  std::string target, platform;
};

void add_stage_arguments(CommandLine& line, StageArguments& arguments);
Result<void> apply(const StageArguments& arguments, builder::BuildRequest& request);

}  // namespace mbuild::cli
