#include "cli/build_options.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include "cli/csv.h"
#include "cli/option_values.h"
#include "cli/refused_options.h"
#include "cli/registry_options.h"
#include "parser/remote_source.h"
#include "registry/base/archive_head.h"

namespace mbuild::cli {

namespace {

Result<std::pair<std::string, std::string>> split_assignment(const std::string& option,
                                                             const std::string& text) {
  std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos)
    return fail(ErrorKind::invalid_input, fmt::format("{} {}: must be NAME=VALUE", option, text));
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

std::string read_rest_of_stdin() {
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

// A Dockerfile alone, or an archive with the whole context: the first bytes tell.
Result<void> read_stdin_context(const BuildOptions& options, builder::BuildRequest& request) {
  std::string head(kArchiveHead, '\0');
  std::size_t size = 0;
  while (size < head.size()) {
    const ssize_t count = read(STDIN_FILENO, head.data() + size, head.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "read standard input");
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  head.resize(size);
  if (looks_like_archive(bytes_of(head))) {
    request.context_fd = STDIN_FILENO;
    request.context_head = std::move(head);
    request.dockerfile_path = options.dockerfile;
    return {};
  }
  if (!options.dockerfile.empty())
    return fail(ErrorKind::invalid_input,
                "ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles");
  request.dockerfile_text = head + read_rest_of_stdin();
  return {};
}

Result<void> read_input(const BuildOptions& options, builder::BuildRequest& request) {
  if (options.context == "-" && options.dockerfile == "-")
    return fail(ErrorKind::invalid_input, "can't use stdin for both build context and dockerfile");
  if (options.context == "-") return read_stdin_context(options, request);
  if (options.dockerfile == "-") {
    request.dockerfile_text = read_rest_of_stdin();
  } else {
    request.dockerfile_path = options.dockerfile;
  }
  struct stat status {};
  const bool found = stat(options.context.c_str(), &status) == 0;
  if (found && S_ISDIR(status.st_mode)) {
    request.context_dir = options.context;
  } else if (parser::context_kind(options.context) != parser::SourceKind::local) {
    request.context_url = options.context;
  } else if (!found) {
    return fail_errno(ENOENT, fmt::format("build context {}", options.context));
  } else {
    return fail(ErrorKind::invalid_input, fmt::format("build context {}: not a directory", options.context));
  }
  return {};
}

// As docker buildx does: the caller's variable is forwarded unless the option gives one.
void forward_epoch(builder::BuildRequest& request) {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (!text || !*text) return;
  for (const auto& [name, value] : request.build_args)
    if (name == "SOURCE_DATE_EPOCH") return;
  request.build_args.emplace_back("SOURCE_DATE_EPOCH", text);
}

Result<void> apply_attestations(const BuildOptions& options, builder::BuildRequest& request) {
  for (const std::string& text : options.attestations) MBUILD_CHECK(apply_attestation(text, request));
  const auto shorthand = [&request](const std::string& type, const std::vector<std::string>& values) {
    Result<void> applied;
    for (const std::string& value : values)
      if (applied) applied = apply_attestation("type=" + type + "," + value, request);
    return applied;
  };
  MBUILD_CHECK(shorthand("provenance", options.provenance));
  return shorthand("sbom", options.sbom);
}

// An agent's socket or a key, as the kind of file says.
Result<void> add_ssh_path(const std::string& path, builder::SshSource& source) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return fail_errno(errno, path);
  if (S_ISREG(status.st_mode)) {
    source.keys.push_back(path);
  } else if (!S_ISSOCK(status.st_mode)) {
    return fail(ErrorKind::invalid_input, path + " is neither a socket nor a key file");
  } else if (!source.socket.empty()) {
    return fail(ErrorKind::invalid_input, "more than one agent's socket");
  } else {
    source.socket = path;
  }
  return {};
}

}  // namespace

void add_build_options(CommandLine& line, BuildOptions& o) {
  line.add_option("CONTEXT", o.context,
                  "Directory with the files to build from, URL of a tar archive or git repository, or - for "
                  "stdin: a tar archive, or a Dockerfile alone")
      .required();
  auto repeated = [&](const char* name, auto& target, const char* help, const char* type, const char* group) {
    line.add_option(name, target, help).type_name(type).group(group);
  };
  const char* input = "What to build";
  line.add_option("-f,--file", o.dockerfile,
                  "The Dockerfile or its URL (default: CONTEXT/Dockerfile); - reads it from stdin")
      .type_name("FILE")
      .group(input);
  repeated("--build-arg", o.build_args, "Value of an ARG; without =V it is taken from the environment",
           "K[=V]", input);
  line.add_option("--target", o.target, "Build this stage instead of the last")
      .type_name("STAGE")
      .group(input);
  repeated("--build-context", o.build_contexts,
           "Another source of files or images: a directory, the URL of a tar archive or git repository, "
           "oci-layout://DIR[:TAG][@DIGEST] or docker-image://REF",
           "NAME=SOURCE", input);
  repeated("--platform", o.platforms, "Build for these platforms (default: this machine's)",
           "OS/ARCH[/VARIANT],...", input);
  repeated("--secret", o.secrets, "Secret for RUN --mount=type=secret: id=ID[,src=PATH|,env=VAR]", "SPEC",
           input);
  repeated("--ssh", o.ssh,
           "Agent for RUN --mount=type=ssh and git: default|ID[=SOCKET[,raw=true]|=KEY[,KEY...]]", "SPEC",
           input);

  const char* result = "What comes out";
  repeated("-t,--tag", o.tags, "Name of the image", "NAME[:TAG]", result);
  repeated("--label", o.labels, "Set a label", "K=V", result);
  repeated("-o,--output", o.outputs,
           "type=image|oci|docker|local|tar|registry[,dest=PATH][,name=REF]...; a bare path means type=local",
           "SPEC", result);
  line.add_flag("--push", o.push, "Also push every --tag to its registry").group(result);
  line.add_flag("--load", o.load, "Also load the image into the Docker Engine of $DOCKER_HOST").group(result);
  line.add_flag("--squash", o.squash, "One layer over the base instead of one a step").group(result);
  repeated("--annotation", o.annotations,
           "Annotate the image: [manifest|index|manifest-descriptor|index-descriptor:]KEY=VALUE",
           "[TYPE:]K=V", result);
  repeated("--attest", o.attestations, "Attach an attestation: type=provenance|sbom[,key=value]", "SPEC",
           result);
  repeated("--provenance", o.provenance,
           "Attach how the image was built (SLSA v1): true, false, mode=min|max, ...", "SPEC", result);
  repeated("--sbom", o.sbom, "Attach the list of the image's packages (SPDX 2.3): true or false", "SPEC",
           result);
  line.add_option("--iidfile", o.iid_file, "Write the image's id to this file")
      .type_name("FILE")
      .group(result);
  line.add_option("--metadata-file", o.metadata_file, "Write the result's digests as JSON to this file")
      .type_name("FILE")
      .group(result);

  const char* cache = "Cache";
  line.add_flag("--no-cache", o.no_cache, "Run every step again").group(cache);
  repeated("--no-cache-filter", o.no_cache_stages, "Run the steps of this stage again", "STAGE", cache);
  repeated("--cache-from", o.cache_from,
           "Use results of a cache elsewhere: type=registry,ref=NAME | local,src=DIR | s3 | gha", "SPEC",
           cache);
  repeated("--cache-to", o.cache_to,
           "Keep results in a cache elsewhere: type=registry,ref=NAME | local,dest=DIR | inline | s3 | "
           "gha[,mode=min|max][,mounts=true][,sign-key=FILE]",
           "SPEC", cache);
  repeated("--cache-verify-key", o.cache_verify_keys,
           "Use caches elsewhere only when the key of this file has signed them", "FILE", cache);
  line.add_flag("--explain", o.explain,
                "When the build is over, tell for each step whether it was cached, and if not, why")
      .group(cache);
  line.add_flag("--verify-reproducible", o.verify_reproducible,
                "First build twice without cache, and fail at the first file that differs")
      .group(cache);
  line.add_flag("--pull", o.pull, "Ask the registries for newer base images").group(cache);
  const char* how = "How to build";
  add_store_options(line, o.store, how);
  line.add_option("--network", o.network, "Network of RUN steps: default, none or host")
      .type_name("MODE")
      .group(how)
      .one_of({"default", "none", "host"});
  line.add_option("--on-fail", o.on_fail,
                  "When a RUN fails: shell (look into it at once), or keep it for `mbuild debug shell`")
      .type_name("WHAT")
      .group(how)
      .one_of({"shell", "keep"});
  repeated("--allow", o.allow, "Let steps have security.insecure or network.host", "ENTITLEMENT", how);
  repeated("--add-host", o.hosts, "Another line for /etc/hosts of RUN steps", "NAME:ADDRESS", how);
  line.add_option("--shm-size", o.shm_size, "Size of /dev/shm of RUN steps (default 64m)")
      .type_name("BYTES")
      .group(how);
  line.add_option("--max-unpacked-size", o.unpacked_size,
                  "What each layer, archive or context may unpack to (default 64g)")
      .type_name("BYTES")
      .group(how);
  line.add_option(
          "--snapshotter", o.snapshotter,
          "How trees are put together: erofs, overlay or copy (default: $MBUILD_SNAPSHOTTER, else the "
          "first of them that can be had)")
      .type_name("KIND")
      .group(how)
      .one_of({"erofs", "overlay", "copy"});
  line.add_option("--jobs", o.parallelism, "Steps that may run at once").type_name("N").group(how);
  add_limit_options(line, o.limits);
  add_registry_options(line, o.registries);
  line.add_option("--progress", o.progress, "How to show progress: auto, plain, tty, rawjson or quiet")
      .type_name("MODE")
      .group(how)
      .one_of({"auto", "plain", "tty", "rawjson", "quiet", "none"});
  line.add_flag("-q,--quiet", o.quiet, "Print the image's id only").group(how);
  add_refused_options(line);
  const Option call =
      line.add_option("--call", o.call,
                      "Tell something of the Dockerfile instead of building it: check, outline or targets")
          .type_name("METHOD[,format=json]")
          .group(how);
  line.add_flag("--check", o.check, "The same as --call check").group(how).excludes(call);
}

Result<builder::CacheLocation> parse_cache_location(const std::string& text) {
  if (text.find('=') == std::string::npos) return builder::CacheLocation{"registry", {{"ref", text}}};
  builder::CacheLocation location;
  const auto attributes = parse_attributes(text);
  // Without the text: it may hold credentials.
  if (!attributes) return fail(ErrorKind::invalid_input, "must be key=value,key=value,...");
  for (const auto& [key, value] : *attributes) {
    if (key == "type")
      location.type = value;
    else
      location.attributes[key] = value;
  }
  if (location.type.empty()) return fail(ErrorKind::invalid_input, "type is required");
  return location;
}

Result<builder::OutputSpec> parse_output(const std::string& text) {
  if (text == "-") return builder::OutputSpec{"tar", {{"dest", "-"}}};
  if (text.find('=') == std::string::npos) return builder::OutputSpec{"local", {{"dest", text}}};
  builder::OutputSpec output;
  for (auto& [key, value] : MBUILD_TRY_AS("--output", parse_attributes(text))) {
    if (key == "type")
      output.type = value;
    else
      output.attributes[key] = value;
  }
  if (output.type.empty())
    return fail(ErrorKind::invalid_input, fmt::format("--output {}: type is required", text));
  return output;
}

Result<builder::SecretSource> parse_secret(const std::string& text) {
  builder::SecretSource secret;
  std::string type;
  for (auto& [key, value] : MBUILD_TRY_AS("--secret", parse_attributes(text))) {
    if (key == "id")
      secret.id = value;
    else if (key == "src" || key == "source")
      secret.file = value;
    else if (key == "env")
      secret.environment = value;
    else if (key == "type")
      type = value;
    else
      return fail(ErrorKind::invalid_input, fmt::format("--secret {}: unexpected key '{}'", text, key));
  }
  if (secret.id.empty())
    return fail(ErrorKind::invalid_input, fmt::format("--secret {}: id is required", text));
  if (type == "env" && secret.environment.empty())
    secret.environment.swap(secret.file);
  else if (!type.empty() && type != "file" && type != "env")
    return fail(ErrorKind::invalid_input,
                fmt::format("--secret {}: unsupported secret type \"{}\"", text, type));
  if (secret.file.empty() && secret.environment.empty()) {
    if (std::getenv(secret.id.c_str()))
      secret.environment = secret.id;
    else
      secret.file = secret.id;
  }
  return secret;
}

Result<builder::SshSource> parse_ssh(const std::string& text) {
  std::vector<std::string> fields = MBUILD_TRY_AS("--ssh", split_csv(text));
  const std::string action = "--ssh " + text;
  builder::SshSource source;
  const std::size_t equals = fields.front().find('=');
  source.id = fields.front().substr(0, equals);
  if (source.id.empty()) return fail(ErrorKind::invalid_input, action + ": the id is missing");
  std::vector<std::string> paths;
  if (equals != std::string::npos && equals + 1 < fields.front().size())
    paths.push_back(fields.front().substr(equals + 1));
  for (std::size_t i = 1; i < fields.size(); ++i) {
    if (fields[i] == "raw=true" || fields[i] == "raw=false")
      source.raw = fields[i] == "raw=true";
    else
      paths.push_back(fields[i]);
  }
  if (paths.empty()) {
    const char* agent = std::getenv("SSH_AUTH_SOCK");
    if (!agent || !*agent)
      return std::unexpected(Error(ErrorKind::invalid_input, action + ": there is no ssh agent")
                                 .with_hint("start one with ssh-agent, or name its socket or a key file"));
    paths.push_back(agent);
  }
  for (const std::string& path : paths) MBUILD_CHECK_AS(action, add_ssh_path(path, source));
  if (!source.keys.empty() && !source.socket.empty())
    return fail(ErrorKind::invalid_input, action + ": an agent's socket and key files do not go together");
  if (!source.keys.empty() && source.raw)
    return fail(ErrorKind::invalid_input, action + ": raw is for a socket, not for key files");
  return source;
}

Result<std::vector<std::string>> parse_allow(const std::vector<std::string>& options) {
  for (const std::string& what : options)
    if (what != "network.host" && what != "security.insecure")
      return fail(ErrorKind::invalid_input,
                  fmt::format("--allow {}: must be network.host or security.insecure", what));
  return options;
}

Result<builder::BuildRequest> to_request(const BuildOptions& options) {
  builder::BuildRequest request;
  MBUILD_CHECK(read_input(options, request));
  request.store_root = options.store.root;
  request.isolation = options.store.entered;
  request.tags = options.tags;
  request.target = options.target;
  for (const std::string& text : options.platforms)
    request.platform += (request.platform.empty() ? "" : ",") + text;
  for (const std::string& text : options.build_args)
    if (auto argument = key_value_or_environment(text)) request.build_args.push_back(*argument);
  for (const std::string& text : options.build_contexts)
    request.build_contexts.push_back(MBUILD_TRY(split_assignment("--build-context", text)));
  for (const std::string& text : options.labels)
    request.labels.push_back(text.find('=') == std::string::npos
                                 ? std::pair(text, std::string())
                                 : MBUILD_TRY(split_assignment("--label", text)));
  for (const std::string& text : options.outputs) request.outputs.push_back(MBUILD_TRY(parse_output(text)));
  for (const std::string& text : options.secrets) request.secrets.push_back(MBUILD_TRY(parse_secret(text)));
  for (const std::string& text : options.annotations)
    for (auto& attribute : MBUILD_TRY(parse_annotation(text)))
      request.annotations.push_back(std::move(attribute));
  for (const std::string& text : options.hosts) request.hosts.push_back(MBUILD_TRY(parse_host(text)));
  MBUILD_CHECK(apply_attestations(options, request));
  if (!options.shm_size.empty())
    request.shm_bytes = MBUILD_TRY_AS("--shm-size", parse_bytes(options.shm_size));
  if (!options.unpacked_size.empty())
    request.unpacked_limit = MBUILD_TRY_AS("--max-unpacked-size", parse_bytes(options.unpacked_size));
  for (const std::string& text : options.ssh) {
    request.ssh.push_back(MBUILD_TRY(parse_ssh(text)));
    for (std::size_t i = 0; i + 1 < request.ssh.size(); ++i)
      if (request.ssh[i].id == request.ssh.back().id)
        return fail(ErrorKind::invalid_input, "--ssh: duplicate agent ID " + request.ssh[i].id);
  }
  request.limits = MBUILD_TRY(to_limits(options.limits));
  request.allow = MBUILD_TRY(parse_allow(options.allow));
  request.push = options.push;
  request.load = options.load;
  request.squash = options.squash;
  request.keep_failed = !options.on_fail.empty();
  request.snapshotter = options.snapshotter;
  request.no_cache = options.no_cache;
  request.no_cache_stages = options.no_cache_stages;
  // What is given there may be a credential: it is not repeated.
  for (const std::string& text : options.cache_from)
    request.cache_from.push_back(MBUILD_TRY_AS("--cache-from", parse_cache_location(text)));
  for (const std::string& text : options.cache_to)
    request.cache_to.push_back(MBUILD_TRY_AS("--cache-to", parse_cache_location(text)));
  request.cache_verify_keys = options.cache_verify_keys;
  if (const char* password = std::getenv("COSIGN_PASSWORD")) request.cache_key_password = password;
  request.pull = options.pull;
  request.network = options.network;
  request.parallelism = options.parallelism;
  request.registries = options.registries;
  forward_epoch(request);
  return request;
}

}  // namespace mbuild::cli
