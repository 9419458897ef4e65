// The facade: one call from a Dockerfile and a context to an image. All that cli/ and embedders need.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "builder/events.h"
#include "builder/isolation.h"
#include "builder/registry_access.h"
#include "builder/resource_limits.h"
#include "registry/base/result.h"

#pragma GCC visibility push(default)

namespace mbuild::builder {

// Set from any thread or a signal handler to stop a build; steps that run are killed.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void cancel() const noexcept { flag_->store(true); }
  bool cancelled() const noexcept { return flag_->load(); }
  const std::shared_ptr<std::atomic<bool>>& flag() const noexcept { return flag_; }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

// `--output type=TYPE,key=value,...`. Types: image, oci, docker, local, tar, registry.
struct OutputSpec {
  std::string type;
  std::map<std::string, std::string> attributes;  // dest, name, compression, compression-level, push, ...
};

// `--cache-to`, `--cache-from type=TYPE,key=value,...`. Types: registry, local, inline (to), s3, gha; the
// attributes are in the README.
struct CacheLocation {
  std::string type;
  std::map<std::string, std::string> attributes;
};

// `--provenance`: what to tell of how the image was built (SLSA).
struct ProvenanceRequest {
  bool full = true;  // mode=max: with build arguments, the Dockerfile and the steps
  std::string builder_id;
  bool reproducible = false;
  bool inline_only = false;  // not for type=local and type=tar
  std::string filename = "provenance.json";
};

struct SecretSource {
  std::string id;
  std::string file;         // either a path
  std::string environment;  // or the name of an environment variable
};

// An agent for RUN --mount=type=ssh, and (the one called "default") for git over ssh.
struct SshSource {
  std::string id;
  std::string socket;  // either the path of the agent's socket
  std::vector<std::string>
      keys;          // or private keys without passphrase, for an agent that lives as long as the build
  bool raw = false;  // of a socket: forward whatever is said, instead of listing keys and signing alone
};

struct BuildRequest {
  // Where layers, images and the cache live; empty: default_store_root().
  std::string store_root;

  // The context, one of: a directory; the URL of a tar archive, of a Dockerfile that needs no context, or of
  // a git repository ("https://host/x.git#ref:subdir"); a stream (borrowed) that is a tar archive or the text
  // of such a Dockerfile. None: an empty directory.
  std::string context_dir;
  std::string context_url;
  int context_fd = -1;
  std::string context_head;  // what has been read of it already
  // Files of a context directory as they are to be taken for, by their path in it: an editor's unsaved
  // buffers. They need not exist. The other files are then copied first, as far as they are not ignored.
  std::vector<std::pair<std::string, std::string>> context_files;
  // The Dockerfile: its text when given, else the file at this path or http(s) URL, else `Dockerfile` at the
  // top of the context. With a context that is no directory the path is one in it.
  std::optional<std::string> dockerfile_text;
  std::string dockerfile_path;

  std::vector<std::string> tags;  // "name[:tag]", normalised as Docker does
  std::string target;             // a stage's name; empty: the last
  std::string platform;           // "os/arch[/variant]", several separated by commas; empty: the host's
  std::vector<std::pair<std::string, std::string>> build_args;
  std::vector<std::pair<std::string, std::string>>
      build_contexts;  // name -> dir | oci-layout:// | docker-image:// | URL of an archive or a repository
  std::vector<std::pair<std::string, std::string>> labels;
  std::vector<SecretSource> secrets;
  std::vector<SshSource> ssh;
  std::vector<std::string> allow;  // what RUN may ask for: "network.host", "security.insecure"
  std::vector<OutputSpec> outputs;
  bool push = false;    // shorthand: also push every tag
  bool load = false;    // shorthand: also load into the Docker Engine
  bool squash = false;  // one layer over the base instead of one a step
  // Of every output that is an image: an attribute as in OutputSpec ("annotation-index.KEY") and its value.
  std::vector<std::pair<std::string, std::string>> annotations;
  std::optional<ProvenanceRequest> provenance;
  bool sbom = false;   // attach the list of packages that the root file system's databases name
  int output_fd = -1;  // where an output with dest=- goes; borrowed

  bool no_cache = false;
  std::vector<std::string> no_cache_stages;
  std::vector<CacheLocation> cache_to;
  std::vector<CacheLocation> cache_from;
  // Files of public keys. With any, caches elsewhere are used only when one of them has signed them.
  std::vector<std::string> cache_verify_keys;
  std::string cache_key_password;  // opens the private keys that `sign-key` names
  bool pull = false;               // ask registries for a newer image even when one is in the store
  std::string network;             // of RUN steps: "default", "none", "host"
  std::vector<std::pair<std::string, std::string>> hosts;  // in /etc/hosts of RUN steps: name, address
  std::uint64_t shm_bytes = 0;                             // of their /dev/shm; 0: 64 MiB
  ResourceLimits limits;  // of each RUN step, but for shm_bytes; no part of any cache key
  // Bytes that a layer, an archive of ADD or a context may unpack to; 0: 64 GiB.
  std::uint64_t unpacked_limit = 0;
  // What enter_isolation() gave. A program that did not call it has what the process can do as it is.
  Isolation isolation = Isolation::automatic;
  // Keep what a RUN that fails leaves, for debug_step() (builder/debug.h). Secrets are not kept.
  bool keep_failed = false;
  unsigned parallelism = 0;  // steps at once; 0: as the machine has processors, at least 4

  // How trees are put together: "erofs" (overlays of layers that are mounted from their tarballs: root and
  // Linux 6.15), "overlay" (of unpacked layers), "copy" (plain copies, which every file system can hold), or
  // empty: $MBUILD_SNAPSHOTTER, else the first of them that can be had.
  std::string snapshotter;

  RegistryAccess registries;
  // Ask the registries that are pushed to whether they would let it in, before all else.
  bool check_push = false;

  CancelToken cancel;
};

struct BuiltLayer {
  std::string diff_id;           // "sha256:..."
  std::uint64_t size_bytes = 0;  // of the uncompressed tar
  std::string created_by;
};

// One step of the build, as it went.
struct BuiltStep {
  std::string name;
  StepOutcome outcome = StepOutcome::executed;
  Resources resources;
};

struct BuiltImage {
  std::string image_id;  // digest of the config, or of the index when one was exported: "sha256:..."
  std::string config_json;
  std::string manifest_digest;  // of the manifest that was exported; empty when nothing asked for one
  std::vector<std::string> tags;
  std::vector<std::string> platforms;  // in the order in which they were asked for
  std::vector<BuiltLayer> layers;      // of the first platform's image, as are image_id and config_json
  std::uint64_t size_bytes = 0;        // of all layers of all platforms, uncompressed
  std::vector<BuiltStep> steps;        // in the order in which they ended
  // What docker buildx writes to --metadata-file: containerimage.digest and its like, as a JSON object; and
  // "mbuild.steps": what each step used.
  std::string metadata_json;
};

// Runs the build to its end in the calling thread and threads of its own. `observer` may be null and is
// borrowed. Several builds may run at once, in one process or many, on one store.
// Errors carry the Dockerfile's lines where they are to blame. After an error nothing half-made is left: no
// tag moves, no output file appears, no process or mount remains.
Result<BuiltImage> build(const BuildRequest& request, BuildObserver* observer);

// $MBUILD_ROOT, else /var/lib/mbuild for root, else $XDG_DATA_HOME/mbuild, else ~/.local/share/mbuild.
std::string default_store_root();

}  // namespace mbuild::builder

#pragma GCC visibility pop
