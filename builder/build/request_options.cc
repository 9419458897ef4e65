#include "builder/build/request_options.h"

#include "builder/build/platform_args.h"

namespace mbuild::builder {

Result<LowerOptions> lower_options(const BuildRequest& request) {
  LowerOptions options;
  options.build_platform = oci::Platform::host();
  options.target_platform = request.platform.empty()
                                ? options.build_platform
                                : MBUILD_TRY_AS("--platform", oci::Platform::parse(request.platform));
  options.stages.target = request.target;
  for (const auto& [name, value] : request.build_args) options.stages.build_args[name] = value;
  options.stages.platform_args =
      platform_args(options.build_platform, options.target_platform, request.target);
  for (const auto& [name, source] : request.build_contexts) {
    options.named_contexts[name] = source;
    options.stages.named_contexts.push_back(name);
  }
  options.context_dir = request.context_dir;
  if (!request.network.empty()) options.network = request.network;
  options.allow.insert(request.allow.begin(), request.allow.end());
  options.no_cache = request.no_cache;
  options.no_cache_stages.insert(request.no_cache_stages.begin(), request.no_cache_stages.end());
  return options;
}

}  // namespace mbuild::builder
