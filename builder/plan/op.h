// Op: one node of a build's graph, as plain data. Everything is already expanded: an op says exactly what to
// do, and nothing about how.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "builder/plan/image_source.h"
#include "parser/remote_source.h"
#include "registry/base/result.h"
#include "registry/oci/platform.h"

namespace mbuild::builder {

using OpId = std::size_t;  // index into Plan::ops; inputs always have smaller ids

// An empty root file system.
struct ScratchOp {
  friend bool operator==(const ScratchOp&, const ScratchOp&) = default;
};

// The root file system of an image.
struct ImageOp {
  ImageSourcePtr image;
  friend bool operator==(const ImageOp&, const ImageOp&) = default;
};

// A build context: "" is the main one, else the name given by --build-context.
struct ContextOp {
  std::string name;
  std::string location;  // a directory, or the URL of an archive or a git repository
  friend bool operator==(const ContextOp&, const ContextOp&) = default;
};

// A file from a server: a source of ADD.
struct HttpOp {
  std::string url;
  std::string name;      // that the file gets
  std::string checksum;  // "sha256:<hex>", sha384 or sha512; empty: any content
  friend bool operator==(const HttpOp&, const HttpOp&) = default;
};

// The files of a git repository: a source of ADD.
struct GitOp {
  parser::GitSource repository;
  friend bool operator==(const GitOp&, const GitOp&) = default;
};

// `name=value` pairs a step sees; order kept.
using Environment = std::vector<std::pair<std::string, std::string>>;

// One `RUN --mount`, defaults applied (SEMANTICS A12). `from` is an OpId for bind and cache mounts.
struct RunMount {
  enum class Type { bind, cache, tmpfs, secret, ssh } type = Type::bind;
  std::optional<OpId> from;
  std::string source;  // path in `from`
  std::string target;  // absolute; empty for a secret that is only an environment variable
  bool read_only = false;
  std::string id;  // of cache, secret, ssh
  enum class Sharing { shared, exclusive, locked } sharing = Sharing::shared;
  bool required = false;
  std::uint64_t size_bytes = 0;  // tmpfs; 0: unlimited
  std::uint32_t mode = 0755;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string environment;  // secret: the variable it is given in
  friend bool operator==(const RunMount&, const RunMount&) = default;
};

// A file that a heredoc with a `#!` line becomes, at /dev/pipes/<name>.
struct RunScript {
  std::string name;
  std::string text;
  friend bool operator==(const RunScript&, const RunScript&) = default;
};

struct RunOp {
  OpId rootfs = 0;
  std::vector<std::string> argv;
  Environment env;          // ENV and ARG values; the keyed part
  Environment unkeyed_env;  // proxy variables that no ARG declares: seen by the step, not by its key
  std::string user;         // "user[:group]" as USER says it; empty: root
  std::string cwd = "/";
  std::string network = "default";
  bool insecure = false;
  std::string hostname;                                    // empty: the sandbox's own
  std::vector<std::pair<std::string, std::string>> hosts;  // more of /etc/hosts: name, address
  std::uint64_t shm_bytes = 0;                             // of /dev/shm; 0: 64 MiB. Not keyed
  std::vector<RunMount> mounts;
  std::vector<RunScript> scripts;
  friend bool operator==(const RunOp&, const RunOp&) = default;
};

struct InlineFile {
  std::string name;
  std::string text;
  friend bool operator==(const InlineFile&, const InlineFile&) = default;
};

// Files that a COPY or ADD takes from one place.
struct CopySource {
  OpId from = 0;
  std::vector<std::string> paths;
  bool patterns = true;  // else the one path is meant as it is written
  bool unpack = false;   // archives become what they hold
  friend bool operator==(const CopySource&, const CopySource&) = default;
};

struct CopyOp {
  OpId rootfs = 0;
  std::vector<CopySource> sources;       // copied in this order
  std::vector<InlineFile> inline_files;  // copied after them
  std::string destination;               // absolute; a trailing slash is kept
  std::string chown;                     // "user[:group]" or empty
  std::string chmod;                     // octal or symbolic, or empty
  std::vector<std::string> exclude;
  bool link = false;
  bool parents = false;
  bool add = false;  // ADD
  friend bool operator==(const CopyOp&, const CopyOp&) = default;
};

// WORKDIR: the directory is made when it is missing, for the current USER.
struct WorkdirOp {
  OpId rootfs = 0;
  std::string path;
  std::string user;
  friend bool operator==(const WorkdirOp&, const WorkdirOp&) = default;
};

using OpBody = std::variant<ScratchOp, ImageOp, ContextOp, RunOp, CopyOp, WorkdirOp, HttpOp, GitOp>;

struct Op {
  OpId id = 0;
  OpBody body;
  oci::Platform platform;
  std::string name;   // what progress shows: "[builder 2/4] RUN make"
  std::string stage;  // lower case or "stage-0"; empty for sources
  std::optional<SourceLines> source;
  bool no_cache = false;

  std::vector<OpId> inputs() const;
};

// Whether the two do the same to the same inputs; names and places in the Dockerfile do not count.
bool same_work(const Op& one, const Op& other);

}  // namespace mbuild::builder
