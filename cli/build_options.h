// The options of `mbuild build`, and the BuildRequest they mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/build.h"
#include "cli/command_line.h"
#include "cli/limit_options.h"
#include "cli/progress.h"
#include "cli/store_options.h"
#include "registry/base/result.h"

namespace mbuild::cli {

struct BuildOptions {
  StoreOptions store;
  LimitOptions limits;
  std::string context;
  std::string dockerfile;
  std::vector<std::string> tags, build_args, build_contexts, labels, outputs, secrets, no_cache_stages,
      annotations, cache_to, cache_from, cache_verify_keys, ssh, allow, hosts, attestations, platforms;
  std::string target, network, iid_file, metadata_file, shm_size, unpacked_size, snapshotter, on_fail;
  std::vector<std::string> provenance, sbom;  // the value of each mention
  builder::RegistryAccess registries;
  std::string progress = "auto";
  std::string call = "build";
  unsigned parallelism = 0;
  bool no_cache = false, pull = false, push = false, load = false, squash = false, quiet = false,
       check = false, explain = false, verify_reproducible = false;
};

void add_build_options(CommandLine& line, BuildOptions& options);

// What the options ask for. Reads the Dockerfile when it is `-` (standard input). Usage mistakes are
// `invalid_input`.
Result<builder::BuildRequest> to_request(const BuildOptions& options);

// "type=oci,dest=x" (CSV, keys case-insensitive); a bare path means type=local, "-" type=tar,dest=-.
Result<builder::OutputSpec> parse_output(const std::string& text);

// "type=local,dest=x" (CSV, keys case-insensitive); a bare name means type=registry,ref=NAME.
Result<builder::CacheLocation> parse_cache_location(const std::string& text);

// "id=ID[,src=PATH|,env=VAR]" (SEMANTICS C6).
Result<builder::SecretSource> parse_secret(const std::string& text);

// "default|ID[=SOCKET][,raw=true]" (SEMANTICS C6); key files are `unsupported`.
Result<builder::SshSource> parse_ssh(const std::string& text);

}  // namespace mbuild::cli
