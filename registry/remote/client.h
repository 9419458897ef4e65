// RegistryClient: images from and to registries (OCI distribution-spec 1.1, Docker Registry HTTP API V2).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "registry/base/stream.h"
#include "registry/oci/content_store.h"
#include "registry/oci/descriptor.h"
#include "registry/oci/manifest.h"
#include "registry/oci/platform.h"
#include "registry/oci/reference.h"
#include "registry/remote/cancel.h"
#include "registry/remote/environment.h"
#include "registry/remote/retry.h"
#include "registry/remote/timeouts.h"

namespace mbuild::remote {

struct ClientOptions {
  std::string user_agent = "mbuild";
  std::vector<std::string> insecure_hosts;  // "host[:port]": plain HTTP, unverified TLS; loopback always may
  std::string registries_file;              // registries.json; empty: the default places (registries.h)
  std::string docker_config_dir;            // empty: $DOCKER_CONFIG, else ~/.docker
  std::string certificates_dir;             // a certs.d folder beside the default ones (certificates.h)
  // A folder of blobs (oci/content_store.h) in which manifests and configs are kept; empty: they are not.
  std::string documents_dir;
  CancelFlag cancel;     // may be null
  bool offline = false;  // every request is refused, `unsupported`

  unsigned parallel_uploads = 4;
  unsigned parallel_downloads = 4;     // blobs opened beyond that wait for their turn
  std::uint64_t upload_chunk = 0;      // bytes a request; 0: a blob in one
  std::uint64_t bytes_per_second = 0;  // of all transfers together; 0: no limit
  Timeouts timeouts;
  RetryPolicy retry;
  Environment environment = process_environment;  // where variables are looked up
};

// What a reference led to.
struct ResolvedImage {
  oci::Reference reference;
  oci::Descriptor root;                 // of the index or manifest that the tag or digest names
  oci::Descriptor manifest_descriptor;  // of the manifest chosen for the platform
  oci::Manifest manifest;
  std::string manifest_json;  // the bytes behind manifest_descriptor.digest
  std::string config_json;    // the bytes behind manifest.config.digest, verified
};

// Called while bytes move; `total` is 0 when unknown. From any thread.
using ByteProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

// Thread-safe. Connections and tokens are kept and shared between calls.
class RegistryClient {
 public:
  static Result<std::unique_ptr<RegistryClient>> create(ClientOptions options);
  virtual ~RegistryClient() = default;

  // Fetches manifest (through an index: the best match for `platform`) and config; attestation manifests are
  // skipped, and a signature is checked where registries.json wants one. `not_found` when the image, or the
  // platform in it, does not exist; the message lists the platforms there are.
  virtual Result<ResolvedImage> resolve(const oci::Reference& reference, const oci::Platform& platform) = 0;

  // Just the descriptor behind a tag (HEAD), or nullopt when it does not exist.
  virtual Result<std::optional<oci::Descriptor>> head(const oci::Reference& reference) = 0;

  // The raw bytes of a manifest or index.
  virtual Result<std::pair<oci::Descriptor, std::string>> manifest(const oci::Reference& reference) = 0;

  // A blob as a stream that is verified while it is read: the read that would pass the end fails with
  // `corrupt` when size or digest is not the descriptor's. Interrupted transfers resume by Range.
  virtual Result<std::unique_ptr<ByteSource>> open_blob(const oci::Reference& reference,
                                                        const oci::Descriptor& descriptor) = 0;

  // What push() sends: blobs are opened by digest only when the registry lacks them.
  struct PushImage {
    std::string manifest_json;
    std::string media_type;
    std::vector<oci::Descriptor> blobs;  // config and layers
    std::vector<PushImage> children;     // an index's manifests, sent first
  };
  struct BlobProvider {
    std::function<Result<std::unique_ptr<ByteSource>>(const oci::Descriptor&)> open;
    // Repositories on the same registry that are known to hold the blob, for cross-repository mounts.
    std::function<std::vector<std::string>(const oci::Descriptor&)> mount_from;
    CancelFlag cancel;  // ends this push alone, beside the client's; may be null
  };
  // Blobs first (existing ones skipped), then the manifests, then the tags: a tag moves only when all it
  // names is there.
  virtual Result<void> push(const oci::Reference& reference, const PushImage& image,
                            const BlobProvider& blobs, const ByteProgress& progress) = 0;

  // One blob of a push that comes later, so that it need not wait for the rest. Skipped when it is there. A
  // push that wants the blob meanwhile waits for it, and sends it itself when this one fails.
  virtual Result<void> push_blob(const oci::Reference& reference, const oci::Descriptor&,
                                 const BlobProvider&) {
    return fail(ErrorKind::unsupported, "push a blob to " + reference.name());
  }

  // Whether a push of this name would be let in, without sending anything of it: the error it would end with.
  // Clients that cannot tell say yes.
  virtual Result<void> check_push(const oci::Reference&) { return {}; }

  // The manifests in `repository` whose "subject" is the digest, of one artifact type when it is not empty.
  virtual Result<std::vector<oci::Descriptor>> referrers(const oci::Reference& repository,
                                                         const oci::Digest& subject,
                                                         const std::string& artifact_type) = 0;

  // Sorted.
  virtual Result<std::vector<std::string>> list_tags(const oci::Reference& repository) = 0;
  // By digest, or the tag alone where the registry can do that; elsewhere the tag's manifest, and with it
  // every tag that names it.
  virtual Result<void> remove(const oci::Reference& reference) = 0;
};

}  // namespace mbuild::remote
