// DockerEngine: what the export asks of a Docker Engine's API (moby: api/swagger.yaml).
#pragma once

#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "builder/export/unix_http.h"
#include "registry/base/stream.h"
#include "registry/oci/digest.h"
#include "registry/oci/reference.h"

namespace mbuild::builder {

// The digest that names a stack of layers (image-spec, config.md, "Layer ChainID").
oci::Digest chain_id(const oci::Digest& parent, const oci::Digest& diff_id);

// The engine's socket: $DOCKER_HOST without its unix://, /var/run/docker.sock when it is not set.
// `unsupported` for engines that are reached in another way, by name.
Result<std::string> docker_socket();

// Errors carry the engine's own message. Not thread-safe.
class DockerEngine {
 public:
  DockerEngine(std::string socket, const std::atomic<bool>* cancel) : http_(std::move(socket), cancel) {}

  // Whether images are kept in containerd, whose ids and layers are not those of the engine's own store.
  Result<bool> keeps_images_in_containerd();
  Result<bool> has_image(const oci::Digest& id);
  // The chain ids of the layers of its newest images: an engine has each once, whatever images use it.
  Result<std::set<oci::Digest>> layer_chains();
  Result<void> tag(const oci::Digest& id, const oci::Reference& name);
  // POST /images/load with the tar that `write_tar` writes.
  Result<void> load(const std::function<Result<void>(ByteSink&)>& write_tar);

 private:
  UnixHttp http_;
};

}  // namespace mbuild::builder
