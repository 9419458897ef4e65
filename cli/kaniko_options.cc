#include "cli/kaniko_options.h"

#include <cstdio>
#include <sstream>

#include "cli/option_values.h"

namespace mbuild::cli {

namespace {

struct IgnoredOption {
  const char* names;
  bool has_value;
  const char* why;
};

// What kaniko needs and mbuild does not, or does otherwise.
constexpr IgnoredOption kIgnored[] = {
    {"--snapshot-mode,--snapshotMode", true, "what a step changed is known without looking at every file"},
    {"--use-new-run", false, "what a step changed is known without looking at every file"},
    {"--cache-dir", true, "the store (--root) is the cache"},
    {"--cache-ttl", true, "steps of the store do not expire"},
    {"--cache-copy-layers", false, "every step is cached"},
    {"--cache-run-layers", false, "every step is cached"},
    {"--compressed-caching", false, "cached steps are kept as they are"},
    {"--cleanup", false, "nothing is left outside the store"},
    {"--force", false, "steps run in a sandbox: mbuild may run anywhere"},
    {"--force-build-metadata", false, "metadata is always part of the image"},
    {"--ignore-path", true, "steps do not see this machine's files"},
    {"--ignore-var-run,--whitelist-var-run", false, "what steps leave in /var/run is part of the image"},
    {"--image-download-retry", true, "requests are tried again as needed"},
    {"--image-fs-extract-retry", true, "requests are tried again as needed"},
    {"--push-retry", true, "requests are tried again as needed"},
    {"--kaniko-dir", true, "the store is --root"},
    {"--log-format", true, "there is one format"},
    {"--log-timestamp", false, "there is one format"},
    {"--push-ignore-immutable-tag-errors", false, "a registry that refuses a tag fails the build"},
    {"--skip-unused-stages", false, "unused stages are never built"},
};

void word(const char* names, const char* why) {
  std::string name = names;
  name = name.substr(0, name.find(','));
  std::fprintf(stderr, "mbuild: %s has no effect: %s\n", name.c_str(), why);
}

void add_ignored(CommandLine& line) {
  for (const IgnoredOption& option : kIgnored) {
    const auto given = [option] { word(option.names, option.why); };
    if (option.has_value)
      line.add_ignored_option(option.names, given);
    else
      line.add_ignored_flag(option.names, given);
  }
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);)
    if (!part.empty()) parts.push_back(part);
  return parts;
}

}  // namespace

void add_kaniko_options(CommandLine& line, KanikoOptions& o) {
  line.add_option(
      "-c,--context", o.context,
      "Build context: a directory, dir://PATH, tar://FILE, tar://stdin, git://REPOSITORY[#REF[#COMMIT]] "
      "or https://ARCHIVE");
  line.add_option("--git", o.git, "branch=NAME,recurse-submodules=BOOL for a git context");
  line.add_option("--context-sub-path", o.context_sub_path, "Folder of the context to use");
  line.add_option("-f,--dockerfile", o.dockerfile, "The Dockerfile, here or in the context");
  line.add_option("-d,--destination", o.destinations, "Name to push the image to");
  line.add_option("--build-arg", o.build_args, "Value of an ARG");
  line.add_option("--label", o.labels, "Set a label");
  line.add_option("--target", o.target, "Stage to build");
  line.add_option("--custom-platform,--customPlatform", o.platform, "Platform to build for");
  line.add_flag("--no-push,!--push", o.no_push, "Build only");
  line.add_option("--tar-path,--tarPath", o.tar_path, "Write the image as an archive for docker load");
  line.add_option("--oci-layout-path", o.oci_layout_path, "Write the image as an OCI layout");
  line.add_option("--digest-file", o.digest_file, "Write the image's digest to this file");
  line.add_option("--image-name-with-digest-file", o.image_name_with_digest_file,
                  "Write NAME@DIGEST to this file");
  line.add_option("--image-name-tag-with-digest-file", o.image_name_tag_with_digest_file,
                  "Write NAME:TAG@DIGEST to this file");
  line.add_flag("--cache", o.cache, "Use what earlier builds left in the store");
  line.add_option("--cache-repo", o.cache_repo,
                  "With --cache: keep results in this repository too, or in oci:DIRECTORY");
  line.add_flag("--no-push-cache", o.no_push_cache, "Only use what --cache-repo has");
  line.add_option("--compression", o.compression, "gzip or zstd").one_of({"gzip", "zstd"});
  line.add_option("--compression-level", o.compression_level, "Level of the compression");
  line.add_flag("--reproducible", o.reproducible, "All times are 1970");
  line.add_flag("--single-snapshot", o.single_snapshot, "One layer over the base");
  line.add_option("-v,--verbosity", o.verbosity, "trace, debug, info, warn, error, fatal or panic");
  line.add_flag("--skip-push-permission-check", o.skip_push_permission_check,
                "Do not ask whether pushes are allowed before the build");
  line.add_flag("--insecure,--skip-tls-verify", o.insecure, "Push without trusted TLS");
  line.add_flag("--insecure-pull,--skip-tls-verify-pull", o.insecure_pull, "Pull without trusted TLS");
  line.add_option("--insecure-registry,--skip-tls-verify-registry", o.insecure_registries,
                  "Registry to speak to without trusted TLS");
  line.add_option("--registry-mirror", o.mirrors, "Mirror of docker.io");
  line.add_option("--registry-map", o.maps, "REGISTRY=MIRROR[;REGISTRY=MIRROR...]");
  line.add_option("--registry-certificate", o.certificates, "HOST=FILE: the CA of a registry");
  line.add_option("--registry-client-cert", o.client_certificates, "HOST=CERTIFICATE,KEY for a registry");
  line.add_flag("--skip-default-registry-fallback", o.skip_default_registry_fallback,
                "Do not ask a registry that has mirrors itself");
  add_store_options(line, o.store);
  add_ignored(line);
}

void apply_kaniko_environment(KanikoOptions& o) {
  const auto variable = [](const char* name) { return environment_variable(name).value_or(""); };
  const std::string no_push = variable("KANIKO_NO_PUSH");
  if (no_push == "true" || no_push == "1") o.no_push = true;
  if (o.mirrors.empty()) o.mirrors = split(variable("KANIKO_REGISTRY_MIRROR"), ',');
  if (o.maps.empty()) o.maps = split(variable("KANIKO_REGISTRY_MAP"), ';');
}

}  // namespace mbuild::cli
