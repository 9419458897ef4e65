#include "cli/kaniko_request.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "builder/images.h"
#include "cli/kaniko_context.h"
#include "cli/kaniko_registries.h"
#include "cli/option_values.h"
#include "cli/write_file.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"

namespace mbuild::cli {

namespace {

constexpr std::string_view kDir = "dir://", kTar = "tar://";
constexpr std::uint64_t kLargestDockerfile = 16 << 20;  // bytes

// Without a path nobody asked for it.
Result<void> write_result(const std::string& path, const std::string& text) {
  return path.empty() ? Result<void>() : write_file(path, text);
}

Result<void> unpack(const std::string& path, KanikoBuild& build) {
  Fd file = path == "stdin" ? Fd(::dup(STDIN_FILENO))
                            : MBUILD_TRY_AS("context " + path, fs_at::open_trusted(path, O_RDONLY));
  build.unpacked = MBUILD_TRY(builder::UnpackedContext::unpack(std::move(file), path, build.folder.path()));
  return {};
}

// A Dockerfile of this machine goes before one in the context, as kaniko has it.
Result<void> set_remote_context(const KanikoOptions& options, const KanikoRemoteContext& context,
                                KanikoBuild& build) {
  if (options.insecure_pull)
    return fail(ErrorKind::invalid_input,
                "--insecure-pull: not supported with a context on a server: name the registries with "
                "--insecure-registry");
  builder::BuildRequest& request = build.request;
  request.context_url = context.url;
  request.dockerfile_path = options.dockerfile;
  std::error_code error;
  if (std::filesystem::is_regular_file(options.dockerfile, error)) {
    FdSource file(MBUILD_TRY(fs_at::open_trusted(options.dockerfile, O_RDONLY)), options.dockerfile);
    request.dockerfile_text = MBUILD_TRY_AS("--dockerfile", read_all(file, kLargestDockerfile));
  }
  if (context.authorization.empty()) return {};
  const std::string file = build.folder.path() + "/authorization";
  MBUILD_CHECK(write_file(file, context.authorization));
  request.secrets.push_back({"GIT_AUTH_HEADER." + context.host, file, {}});
  return {};
}

Result<void> set_context(const KanikoOptions& options, KanikoBuild& build) {
  std::string context = options.context;
  if (const auto remote =
          MBUILD_TRY(remote_context(context, options.context_sub_path, options.git, environment_variable)))
    return set_remote_context(options, *remote, build);
  if (context.starts_with(kTar)) {
    MBUILD_CHECK(unpack(context.substr(kTar.size()), build));
    context = build.unpacked->path();
  } else if (context.starts_with(kDir)) {
    context = context.substr(kDir.size());
  }
  if (!options.context_sub_path.empty()) context += "/" + options.context_sub_path;
  struct stat status {};
  if (::stat(context.c_str(), &status) != 0) return fail_errno(errno, "context " + context);
  if (!S_ISDIR(status.st_mode))
    return fail(ErrorKind::invalid_input, "context " + context + ": not a directory");
  build.request.context_dir = context;
  // As kaniko looks for it: as it is, then in the context.
  std::error_code error;
  const bool as_is = options.dockerfile.find("://") != std::string::npos ||
                     std::filesystem::is_regular_file(options.dockerfile, error);
  build.request.dockerfile_path = as_is ? options.dockerfile : context + "/" + options.dockerfile;
  return {};
}

void set_outputs(const KanikoOptions& options, builder::BuildRequest& request) {
  std::map<std::string, std::string> packed;
  if (!options.compression.empty()) packed["compression"] = options.compression;
  if (options.compression_level >= 0) packed["compression-level"] = std::to_string(options.compression_level);
  const auto add = [&](const char* type, std::map<std::string, std::string> attributes) {
    attributes.insert(packed.begin(), packed.end());
    request.outputs.push_back({type, std::move(attributes)});
  };
  if (!options.no_push && !options.destinations.empty()) add("registry", {{"store", "false"}});
  if (!options.tar_path.empty()) add("docker", {{"dest", options.tar_path}});
  if (!options.oci_layout_path.empty()) add("oci", {{"tar", "false"}, {"dest", options.oci_layout_path}});
  // A digest is of a manifest, which something has to make.
  const bool digest = !options.digest_file.empty() || !options.image_name_with_digest_file.empty() ||
                      !options.image_name_tag_with_digest_file.empty();
  if (request.outputs.empty() && digest) add("oci", {{"dest", "/dev/null"}});
}

// kaniko keeps an image a step in the repository; this is one image with them all.
void set_cache(const KanikoOptions& options, builder::BuildRequest& request) {
  if (options.cache_repo.empty()) return;
  constexpr std::string_view layout = "oci:";
  builder::CacheLocation from{"registry", {{"ref", options.cache_repo}}};
  builder::CacheLocation to = from;
  if (options.cache_repo.starts_with(layout)) {
    const std::string directory = options.cache_repo.substr(layout.size());
    from = {"local", {{"src", directory}}};
    to = {"local", {{"dest", directory}}};
  }
  request.cache_from.push_back(std::move(from));
  to.attributes["mode"] = "max";
  if (!options.no_push_cache && !options.no_push) request.cache_to.push_back(std::move(to));
}

}  // namespace

Result<KanikoBuild> make_kaniko_build(const KanikoOptions& options) {
  KanikoBuild build{MBUILD_TRY(TemporaryFolder::make()), std::nullopt, {}};
  builder::BuildRequest& request = build.request;
  const bool nowhere = options.destinations.empty() && !options.no_push;
  if (nowhere) return fail(ErrorKind::invalid_input, "you must provide --destination, or use --no-push");
  for (const std::string* url : {&options.digest_file, &options.image_name_with_digest_file})
    if (url->find("://") != std::string::npos)
      return fail(ErrorKind::unsupported, *url + ": digest files are local files in this version");
  MBUILD_CHECK(set_context(options, build));
  request.tags = options.destinations;
  request.target = options.target;
  request.platform = options.platform;
  for (const std::string& text : options.build_args)
    if (auto argument = key_value_or_environment(text)) request.build_args.push_back(*argument);
  for (const std::string& text : options.labels) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      return fail(ErrorKind::invalid_input, "--label " + text + ": must be KEY=VALUE");
    request.labels.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  if (options.reproducible) request.build_args.emplace_back("SOURCE_DATE_EPOCH", "0");
  request.no_cache = !options.cache;
  if (options.cache) set_cache(options, request);
  request.squash = options.single_snapshot;
  request.check_push = !options.no_push && !options.skip_push_permission_check;
  request.store_root = options.store.root;
  request.isolation = options.store.entered;
  set_outputs(options, request);
  MBUILD_CHECK(set_registries(options, build.folder, request));
  return build;
}

Result<void> write_kaniko_results(const KanikoOptions& options, const builder::BuiltImage& image) {
  std::string names, tags;
  for (const std::string& destination : options.destinations) {
    const builder::ImageName name = MBUILD_TRY(builder::parse_image_name(destination));
    // As kaniko calls Docker Hub.
    const std::string full =
        (name.registry == "docker.io" ? "index.docker.io" : name.registry) + "/" + name.name;
    names += full + "@" + image.manifest_digest + "\n";
    tags += full + ":" + name.tag + "@" + image.manifest_digest + "\n";
  }
  MBUILD_CHECK(write_result(options.digest_file, image.manifest_digest));
  MBUILD_CHECK(write_result(options.image_name_with_digest_file, names));
  return write_result(options.image_name_tag_with_digest_file, tags);
}

}  // namespace mbuild::cli
