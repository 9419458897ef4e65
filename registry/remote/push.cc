#include "registry/remote/push.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "registry/remote/blob_upload.h"
#include "registry/remote/referrers.h"
#include "registry/remote/response_error.h"

namespace mbuild::remote {

namespace {

using PushImage = RegistryClient::PushImage;

// Every blob of an image and its children once, the largest first: it decides when the push ends.
std::vector<oci::Descriptor> blobs_of(const PushImage& image) {
  std::vector<oci::Descriptor> blobs;
  std::set<oci::Digest> seen;
  auto collect = [&](auto& self, const PushImage& one) -> void {
    for (const oci::Descriptor& blob : one.blobs)
      if (!blob.is_foreign_layer() && seen.insert(blob.digest).second) blobs.push_back(blob);
    for (const PushImage& child : one.children) self(self, child);
  };
  collect(collect, image);
  std::ranges::stable_sort(blobs, std::greater(), &oci::Descriptor::size);
  return blobs;
}

// Adds up what several uploads report, never above what there is to send.
class Progress {
 public:
  Progress(const std::vector<oci::Descriptor>& blobs, const ByteProgress& report) : report_(report) {
    for (const oci::Descriptor& blob : blobs) total_ += blob.size;
  }
  void moved(std::uint64_t bytes) {
    std::uint64_t done = done_.fetch_add(bytes) + bytes;
    if (report_) report_(std::min(done, total_), total_);
  }

 private:
  const ByteProgress& report_;
  std::atomic<std::uint64_t> done_ = 0;
  std::uint64_t total_ = 0;
};

Result<void> send_blob(const Endpoint& endpoint, const oci::Descriptor& blob,
                       const RegistryClient::BlobProvider& blobs, const PushLimits& limits, KnownBlobs& known,
                       Progress& progress) {
  bool sent = false;
  BlobUpload upload;
  upload.descriptor = blob;
  upload.open = [&] { return blobs.open(blob); };
  if (blobs.mount_from) upload.mount_from = blobs.mount_from(blob);
  upload.chunk = limits.chunk;
  upload.moved = [&](std::uint64_t bytes) { progress.moved(bytes); };
  upload.cancel = blobs.cancel;
  MBUILD_CHECK_AS("push blob " + blob.digest.str(), known.once(endpoint, blob.digest, [&] {
    sent = true;
    return upload_blob(endpoint, upload);
  }));
  if (!sent) progress.moved(blob.size);
  return {};
}

// Runs `work(i)` for every i below `count`, `parallel` at once; the first error ends it, and is the result.
Result<void> in_parallel(std::size_t count, unsigned parallel,
                         const std::function<Result<void>(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  Result<void> outcome;
  auto run = [&] {
    for (std::size_t i; (i = next.fetch_add(1)) < count;) {
      auto done = work(i);
      if (done) continue;
      next = count;
      std::lock_guard lock(mutex);
      if (outcome) outcome = std::move(done);
    }
  };
  {
    std::vector<std::jthread> helpers;
    try {
      for (std::size_t i = 1; i < std::min<std::size_t>(parallel, count); ++i) helpers.emplace_back(run);
    } catch (const std::system_error&) {
      // No more threads to be had: those that there are do the work.
    }
    run();
  }
  return outcome;
}

Result<void> push_manifest(const Endpoint& endpoint, const PushImage& image, const std::string& name) {
  Request request;
  request.method = "PUT";
  request.url = endpoint.url("manifests/" + name);
  request.headers.set("Content-Type", image.media_type);
  request.body = image.manifest_json;
  Response response = MBUILD_TRY(endpoint.session->expect_ok(request, endpoint.push_scopes()));
  auto stored = response.headers.get("Docker-Content-Digest");
  std::string digest = oci::Digest::of(image.manifest_json).str();
  if (stored && stored->starts_with("sha256:") && *stored != digest)
    return fail(ErrorKind::corrupt, fmt::format("PUT {}: the registry stored {}, not {}",
                                                request.url.display(), *stored, digest));
  if (response.headers.contains("OCI-Subject")) return {};
  return record_referrer(endpoint, image.manifest_json, image.media_type);
}

Result<void> push_children(const Endpoint& endpoint, const PushImage& image) {
  for (const PushImage& child : image.children) {
    MBUILD_CHECK(push_children(endpoint, child));
    MBUILD_CHECK(push_manifest(endpoint, child, oci::Digest::of(child.manifest_json).str()));
  }
  return {};
}

Result<void> push_parts(const Endpoint& endpoint, const std::string& name, const PushImage& image,
                        const std::vector<oci::Descriptor>& needed, const RegistryClient::BlobProvider& blobs,
                        const PushLimits& limits, KnownBlobs& known, const ByteProgress& progress) {
  Progress sum(needed, progress);
  MBUILD_CHECK(in_parallel(needed.size(), limits.parallel, [&](std::size_t i) {
    return send_blob(endpoint, needed[i], blobs, limits, known, sum);
  }));
  MBUILD_CHECK(push_children(endpoint, image));
  return push_manifest(endpoint, image, name);
}

std::string key_of(const Endpoint& endpoint, const oci::Digest& digest) {
  return endpoint.session->origin().origin() + "/" + endpoint.repository + "@" + digest.str();
}

}  // namespace

bool KnownBlobs::contains(const Endpoint& endpoint, const oci::Digest& digest) const {
  std::lock_guard lock(mutex_);
  return blobs_.contains(key_of(endpoint, digest));
}

Result<void> KnownBlobs::once(const Endpoint& endpoint, const oci::Digest& digest,
                              const std::function<Result<void>()>& send) {
  const std::string key = key_of(endpoint, digest);
  const KeyedLocks::Hold hold = under_way_.lock(key);
  if (contains(endpoint, digest)) return {};
  MBUILD_CHECK(send());
  const std::lock_guard lock(mutex_);
  blobs_.insert(key);
  return {};
}

void KnownBlobs::forget_all() {
  std::lock_guard lock(mutex_);
  blobs_.clear();
}

Result<void> push_blob(const Endpoint& endpoint, const oci::Descriptor& blob,
                       const RegistryClient::BlobProvider& blobs, const PushLimits& limits,
                       KnownBlobs& known) {
  const ByteProgress unreported;
  Progress progress({blob}, unreported);
  return send_blob(endpoint, blob, blobs, limits, known, progress);
}

Result<void> push_image(const Endpoint& endpoint, const oci::Reference& reference, const PushImage& image,
                        const RegistryClient::BlobProvider& blobs, const PushLimits& limits,
                        KnownBlobs& known, const ByteProgress& progress) {
  std::string digest = oci::Digest::of(image.manifest_json).str();
  if (reference.digest && reference.digest->str() != digest)
    return fail(ErrorKind::invalid_input,
                fmt::format("the manifest has the digest {}, which is not the reference's", digest));
  std::string name = reference.tag.empty() ? digest : reference.tag;
  std::vector<oci::Descriptor> needed = blobs_of(image);
  bool from_memory =
      std::ranges::any_of(needed, [&](const auto& blob) { return known.contains(endpoint, blob.digest); });
  auto pushed = push_parts(endpoint, name, image, needed, blobs, limits, known, progress);
  if (pushed || !from_memory || pushed.error().kind() != ErrorKind::invalid_input) return pushed;
  // MANIFEST_BLOB_UNKNOWN, perhaps: the registry may have deleted what it had.
  known.forget_all();
  return push_parts(endpoint, name, image, needed, blobs, limits, known, progress);
}

}  // namespace mbuild::remote
