// The options of kaniko's executor (GoogleContainerTools/kaniko 1.24, cmd/executor/cmd/root.go).
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/store_options.h"

namespace mbuild::cli {

struct KanikoOptions {
  std::string context = "/workspace/", context_sub_path, dockerfile = "Dockerfile", target, platform;
  std::vector<std::string> destinations, build_args, labels, git;
  std::string tar_path, oci_layout_path;
  std::string digest_file, image_name_with_digest_file, image_name_tag_with_digest_file;
  std::string cache_repo, compression, verbosity = "info";
  int compression_level = -1;
  bool no_push = false, cache = false, no_push_cache = false, reproducible = false, single_snapshot = false;
  bool skip_push_permission_check = false, skip_default_registry_fallback = false;

  bool insecure = false, insecure_pull = false;
  std::vector<std::string> insecure_registries, mirrors, maps, certificates, client_certificates;

  StoreOptions store;
};

// Options that change nothing here are taken, with a word on stderr; those that would are refused by name.
void add_kaniko_options(CommandLine& line, KanikoOptions& options);

// KANIKO_NO_PUSH, KANIKO_REGISTRY_MIRROR, KANIKO_REGISTRY_MAP, for what no option says.
void apply_kaniko_environment(KanikoOptions& options);

}  // namespace mbuild::cli
