#include "builder/build/request_options.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "builder/build/platform_args.h"
#include "registry/base/split.h"

namespace mbuild::builder {

Result<std::vector<oci::Platform>> target_platforms(const BuildRequest& request) {
  std::vector<oci::Platform> platforms;
  std::istringstream list(request.platform);
  for (std::string text; std::getline(list, text, ',');) {
    oci::Platform platform = MBUILD_TRY_AS("--platform", oci::Platform::parse(text));
    if (std::find(platforms.begin(), platforms.end(), platform) == platforms.end())
      platforms.push_back(std::move(platform));
  }
  if (platforms.empty()) platforms.push_back(oci::Platform::host());
  return platforms;
}

LowerOptions lower_options(const BuildRequest& request, const oci::Platform& target) {
  LowerOptions options;
  options.build_platform = oci::Platform::host();
  options.target_platform = target;
  options.stages.target = request.target;
  for (const auto& [name, value] : request.build_args) options.stages.build_args[name] = value;
  options.stages.platform_args = platform_args(options.build_platform, target);
  for (const auto& [name, source] : request.build_contexts) {
    options.named_contexts[name] = source;
    options.stages.named_contexts.push_back(name);
  }
  options.context_dir = request.context_dir;
  if (!request.network.empty()) options.network = request.network;
  options.allow.insert(request.allow.begin(), request.allow.end());
  if (auto name = options.stages.build_args.find("BUILDKIT_SANDBOX_HOSTNAME");
      name != options.stages.build_args.end())
    options.hostname = name->second;
  options.hosts = request.hosts;
  options.shm_bytes = request.shm_bytes;
  options.no_cache = request.no_cache;
  for (const std::string& stages : request.no_cache_stages) {
    for (const std::string_view name : split(stages, ',')) {
      std::string stage(name);
      for (char& c : stage) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      options.no_cache_stages.insert(std::move(stage));
    }
  }
  return options;
}

}  // namespace mbuild::builder
