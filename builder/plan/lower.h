// lower(): the stages that a target needs -> a Plan.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "builder/events.h"
#include "builder/plan/image_source.h"
#include "builder/plan/plan.h"
#include "parser/stages.h"
#include "registry/base/result.h"

namespace mbuild::builder {

struct LowerOptions {
  parser::StageOptions stages;  // target, build args, platform args, names of contexts
  oci::Platform target_platform;
  oci::Platform build_platform;
  // name -> directory, "oci-layout://..", "docker-image://..", or the URL of an archive or a git repository
  std::map<std::string, std::string> named_contexts;
  std::string context_dir;          // as ContextOp::location has it; empty: no context
  std::string network = "default";  // of RUN without --network
  std::set<std::string> allow;      // "network.host", "security.insecure": what RUN may ask for
  std::string hostname;             // of RUN steps; empty: the sandbox's own
  std::vector<std::pair<std::string, std::string>> hosts;  // in their /etc/hosts: name, address
  std::uint64_t shm_bytes = 0;                             // of their /dev/shm; 0: 64 MiB
  bool no_cache = false;
  std::set<std::string> no_cache_stages;  // lower case
};

// One platform's build: the options say which.
struct LowerTarget {
  parser::StageGraph graph;
  LowerOptions options;
};

// Resolves base images through `images` (in parallel where stages are independent), runs ONBUILD triggers,
// expands every word and applies the metadata instructions. Only needed stages are looked at. `notice` gets
// what is questionable but legal; it is called from this thread. Errors carry the lines to blame.
Result<Plan> lower(const parser::Dockerfile& dockerfile, const parser::StageGraph& graph,
                   const LowerOptions& options, ImageResolver& images,
                   const std::function<void(Notice)>& notice);

// The same for several platforms: steps that they have in common are in the plan once.
Result<Plan> lower_platforms(const parser::Dockerfile& dockerfile, const std::vector<LowerTarget>& targets,
                             ImageResolver& images, const std::function<void(Notice)>& notice);

}  // namespace mbuild::builder
