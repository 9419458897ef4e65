#include "parser/language/instruction_docs.h"

#include <array>

namespace mbuild::parser::language {

namespace {

using Text = std::string_view;

constexpr Text boolean_values[] = {"true", "false"};
constexpr Text platform_values[] = {"$BUILDPLATFORM", "$TARGETPLATFORM", "linux/amd64", "linux/arm64",
                                    "linux/arm/v7"};
constexpr Text network_values[] = {"default", "none", "host"};
constexpr Text security_values[] = {"sandbox", "insecure"};

constexpr FlagDoc flag_chown{
    "chown", "User and group that own the files: `user[:group]`, names or numbers.", {}, false};
constexpr FlagDoc flag_chmod{"chmod", "Permissions of the files, octal or symbolic.", {}, false};
constexpr FlagDoc flag_link{
    "link", "A layer of its own, which does not depend on those before it: it stays cached when they change.",
    boolean_values, true};
constexpr FlagDoc flag_exclude{"exclude", "Leaves out what the pattern matches. May be repeated.", {}, false};

constexpr FlagDoc add_flags[] = {
    {"keep-git-dir", "Keeps the folder `.git` of a repository.", boolean_values, true},
    {"checksum", "What the download must be: `sha256:...`, or a commit of a repository.", {}, false},
    flag_chown,
    flag_chmod,
    flag_link,
    flag_exclude,
    {"unpack", "Whether archives become what they hold.", boolean_values, true}};
constexpr FlagDoc copy_flags[] = {
    {"from", "Takes the files from a stage, a named context or an image instead of the context.", {}, false},
    flag_chown,
    flag_chmod,
    flag_link,
    {"parents", "Keeps the directories of the sources.", boolean_values, true},
    flag_exclude};
constexpr FlagDoc from_flags[] = {
    {"platform", "The platform of the image, where it has several.", platform_values, false}};
constexpr FlagDoc healthcheck_flags[] = {
    {"interval", "Time between two checks (30s).", {}, false},
    {"timeout", "Time after which a check has failed (30s).", {}, false},
    {"start-period", "Time to start in, during which failures do not count (0s).", {}, false},
    {"start-interval", "Time between two checks during the start period (5s).", {}, false},
    {"retries", "Failures in a row that make the container unhealthy (3).", {}, false}};
constexpr FlagDoc run_flags[] = {
    {"mount", "Files that are there during the step only: bind, cache, tmpfs, secret, ssh.", {}, false},
    {"network", "The network of the step.", network_values, false},
    {"security", "`insecure` runs the step with all privileges; the build must allow it.", security_values,
     false},
    {"device", "A device for the step.", {}, false}};

constexpr Text add_forms[] = {"ADD [flags] <source> <destination>",
                              "ADD [flags] [\"source\", \"destination\"]"};
constexpr Text arg_forms[] = {"ARG <name>", "ARG <name>=<default>"};
constexpr Text cmd_forms[] = {"CMD <command>", "CMD [\"executable\", \"parameter\"]"};
constexpr Text copy_forms[] = {"COPY [flags] <source> <destination>",
                               "COPY [flags] [\"source\", \"destination\"]"};
constexpr Text entrypoint_forms[] = {"ENTRYPOINT [\"executable\", \"parameter\"]", "ENTRYPOINT <command>"};
constexpr Text env_forms[] = {"ENV <name>=<value>", "ENV <name> <value>"};
constexpr Text expose_forms[] = {"EXPOSE <port[/protocol]>"};
constexpr Text from_forms[] = {"FROM [flags] <image>", "FROM [flags] <image> AS <stage>"};
constexpr Text healthcheck_forms[] = {"HEALTHCHECK [flags] CMD <command>", "HEALTHCHECK NONE"};
constexpr Text label_forms[] = {"LABEL <key>=<value>"};
constexpr Text maintainer_forms[] = {"MAINTAINER <name>"};
constexpr Text onbuild_forms[] = {"ONBUILD <INSTRUCTION>"};
constexpr Text run_forms[] = {"RUN [flags] <command>", "RUN [flags] [\"executable\", \"parameter\"]"};
constexpr Text shell_forms[] = {"SHELL [\"executable\", \"parameter\"]"};
constexpr Text stopsignal_forms[] = {"STOPSIGNAL <signal>"};
constexpr Text user_forms[] = {"USER <user>", "USER <user>:<group>"};
constexpr Text volume_forms[] = {"VOLUME <path>", "VOLUME [\"path\"]"};
constexpr Text workdir_forms[] = {"WORKDIR <path>"};

constexpr std::array docs = {
    InstructionDoc{"ADD",
                   "Adds files of the context, downloads, repositories, or the contents of archives to the "
                   "image. For plain files of the context COPY says more clearly what happens.",
                   add_forms, add_flags},
    InstructionDoc{
        "ARG",
        "Declares a variable of the build, which `--build-arg` can set. It is not part of the image; one "
        "before the first FROM is seen by FROM lines alone until a stage declares it again.",
        arg_forms,
        {}},
    InstructionDoc{"CMD",
                   "What a container runs unless it is told otherwise, or the default arguments of "
                   "ENTRYPOINT. The last one of a stage counts.",
                   cmd_forms,
                   {}},
    InstructionDoc{"COPY", "Copies files of the context, of another stage or of an image into the image.",
                   copy_forms, copy_flags},
    InstructionDoc{"ENTRYPOINT",
                   "The program that a container runs; CMD and the arguments of the container are appended "
                   "to the JSON form.",
                   entrypoint_forms,
                   {}},
    InstructionDoc{"ENV",
                   "Sets variables of the environment, for the steps after it and for containers.",
                   env_forms,
                   {}},
    InstructionDoc{
        "EXPOSE", "Notes that the container listens on a port; it publishes nothing.", expose_forms, {}},
    InstructionDoc{"FROM",
                   "Begins a stage with the root file system and the config of an image, of an earlier "
                   "stage, or with nothing (`scratch`).",
                   from_forms, from_flags},
    InstructionDoc{
        "HEALTHCHECK",
        "How to find out whether a container still works; NONE turns off a check that the base image has.",
        healthcheck_forms, healthcheck_flags},
    InstructionDoc{"LABEL", "Adds metadata to the image.", label_forms, {}},
    InstructionDoc{
        "MAINTAINER",
        "The author of the image. Deprecated: `LABEL org.opencontainers.image.authors=...` says the same.",
        maintainer_forms,
        {}},
    InstructionDoc{
        "ONBUILD",
        "An instruction that runs when another build uses this image as its base, right after its FROM.",
        onbuild_forms,
        {}},
    InstructionDoc{"RUN", "Runs a command in the image so far; what it changes becomes a layer.", run_forms,
                   run_flags},
    InstructionDoc{"SHELL", "The program that runs commands in shell form (`/bin/sh -c`).", shell_forms, {}},
    InstructionDoc{
        "USER", "The user, and the group, of the steps after it and of containers.", user_forms, {}},
    InstructionDoc{"STOPSIGNAL", "The signal that asks a container to end (SIGTERM).", stopsignal_forms, {}},
    InstructionDoc{"VOLUME",
                   "Directories whose files a container keeps outside of its root file system.",
                   volume_forms,
                   {}},
    InstructionDoc{"WORKDIR",
                   "The directory of the steps after it and of containers; it is made when it is missing.",
                   workdir_forms,
                   {}},
};

constexpr Text type_values[] = {"bind", "cache", "secret", "ssh", "tmpfs"};
constexpr Text sharing_values[] = {"shared", "private", "locked"};
constexpr FlagDoc key_type{"type", "What is mounted.", type_values, false};
constexpr FlagDoc key_target{"target", "Where the step sees it.", {}, false};
constexpr FlagDoc key_source{"source", "The path in `from`, or in the context.", {}, false};
constexpr FlagDoc key_from{"from", "A stage, a named context or an image.", {}, false};
constexpr FlagDoc key_rw{"rw", "The step may write; what it writes is thrown away.", boolean_values, true};
constexpr FlagDoc key_ro{"ro", "The step may only read.", boolean_values, true};
constexpr FlagDoc key_id{"id", "The name under which it is kept or given.", {}, false};
constexpr FlagDoc key_required{"required", "The build fails when it was not given.", boolean_values, true};
constexpr FlagDoc key_mode{"mode", "Its permissions, octal.", {}, false};
constexpr FlagDoc key_uid{"uid", "Its owner, a number.", {}, false};
constexpr FlagDoc key_gid{"gid", "Its group, a number.", {}, false};
constexpr FlagDoc bind_keys[] = {key_type, key_target, key_source, key_from, key_rw};
constexpr FlagDoc cache_keys[] = {
    key_type, key_target, key_id, {"sharing", "Whether several steps use it at once.", sharing_values, false},
    key_from, key_source, key_ro, key_mode,
    key_uid,  key_gid};
constexpr FlagDoc tmpfs_keys[] = {
    key_type, key_target, {"size", "Its limit, in bytes or with a unit.", {}, false}};
constexpr FlagDoc secret_keys[] = {
    key_type,     key_id,   key_target, {"env", "The variable that holds it.", {}, false},
    key_required, key_mode, key_uid,    key_gid};
constexpr FlagDoc ssh_keys[] = {key_type, key_id, key_target, key_required, key_mode, key_uid, key_gid};

constexpr BuiltInArgument built_in[] = {
    {"TARGETPLATFORM", "The platform that is built for: `linux/arm64`."},
    {"TARGETOS", "Its operating system."},
    {"TARGETARCH", "Its architecture: `amd64`, `arm64`."},
    {"TARGETVARIANT", "Its variant: `v7`."},
    {"BUILDPLATFORM", "The platform that builds."},
    {"BUILDOS", "Its operating system."},
    {"BUILDARCH", "Its architecture."},
    {"BUILDVARIANT", "Its variant."},
    {"TARGETSTAGE", "The stage that is built."},
};

constexpr Text escape_values[] = {"\\", "`"};
constexpr Text syntax_values[] = {"docker/dockerfile:1"};
constexpr Text check_values[] = {"skip=", "error=true"};
constexpr FlagDoc directives[] = {
    {"syntax", "The frontend that reads the file; `docker/dockerfile` is built in.", syntax_values, false},
    {"escape", "The character that continues a line.", escape_values, false},
    {"check", "Rules to skip, and whether breaking one fails the build.", check_values, false}};

}  // namespace

std::span<const InstructionDoc> instruction_docs() {
  return docs;
}

const InstructionDoc* find_instruction_doc(std::string_view keyword) {
  for (const InstructionDoc& doc : docs)
    if (doc.keyword == keyword) return &doc;
  return nullptr;
}

const FlagDoc* find_flag_doc(const InstructionDoc& instruction, std::string_view name) {
  for (const FlagDoc& flag : instruction.flags)
    if (flag.name == name) return &flag;
  return nullptr;
}

std::span<const FlagDoc> mount_keys(std::string_view type) {
  if (type == "cache") return cache_keys;
  if (type == "tmpfs") return tmpfs_keys;
  if (type == "secret") return secret_keys;
  if (type == "ssh") return ssh_keys;
  return bind_keys;
}

std::span<const BuiltInArgument> built_in_arguments() {
  return built_in;
}

std::span<const FlagDoc> directive_docs() {
  return directives;
}

}  // namespace mbuild::parser::language
