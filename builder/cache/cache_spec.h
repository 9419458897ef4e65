// What `--cache-to` and `--cache-from` say, checked.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "builder/cache/cache_remote.h"
#include "registry/base/compress.h"
#include "registry/remote/client.h"
#include "registry/remote/transport.h"

namespace mbuild::builder {

using CacheAttributes = std::map<std::string, std::string>;

enum class CacheUse { import, store };

struct CacheSpec {
  std::string type;            // registry, local, inline, s3, gha
  CacheAttributes attributes;  // what is left for the type
  // Of --cache-to:
  bool all_stages = false;  // mode=max: the steps of stages that are not in the result, too
  bool mounts = false;      // the contents of cache mounts, too
  bool ignore_error = true;
  CompressionOptions compression;
  std::string sign_key;  // a file
};

// `invalid_input` names the type, attribute or value that is wrong, and what there is instead.
Result<CacheSpec> parse_cache_spec(const std::string& type, const CacheAttributes& attributes, CacheUse use);

// What remotes are made with; borrowed.
struct CacheServices {
  remote::RegistryClient* registry = nullptr;
  remote::Transport* http = nullptr;  // for caches that are no registries
  remote::Environment environment = remote::process_environment;
  oci::Platform platform;  // which image of an index has an inline cache
};

// Null for inline caches that are stored: these go with the image.
Result<std::unique_ptr<CacheRemote>> make_cache_remote(const CacheSpec& spec, CacheUse use,
                                                       const CacheServices& services);

// One factory a type, each in its own file.
Result<std::unique_ptr<CacheRemote>> make_registry_cache(const CacheSpec& spec,
                                                         const CacheServices& services);
Result<std::unique_ptr<CacheRemote>> make_local_cache(const CacheSpec& spec, CacheUse use);
Result<std::unique_ptr<CacheRemote>> make_s3_cache(const CacheSpec& spec, const CacheServices& services);
Result<std::unique_ptr<CacheRemote>> make_gha_cache(const CacheSpec& spec, const CacheServices& services);

// The annotation of a manifest that holds an inline cache.
inline constexpr const char* kInlineCacheAnnotation = "dev.mbuild.cache.v1";

}  // namespace mbuild::builder
