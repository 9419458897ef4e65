#include "registry/remote/layout_client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <filesystem>

#include "registry/base/atomic_file.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fs_at.h"
#include "registry/oci/layout.h"
#include "registry/oci/layout_name.h"
#include "registry/remote/manifest_fetch.h"
#include "registry/remote/referrers.h"

namespace mbuild::remote {

namespace {

using PushImage = RegistryClient::PushImage;
using BlobProvider = RegistryClient::BlobProvider;

constexpr const char* kRefName = "org.opencontainers.image.ref.name";
constexpr const char* kDefaultTag = "latest";
constexpr std::string_view kMarker = R"({"imageLayoutVersion": "1.0.0"})";
constexpr std::uint64_t kLargestDocument = 16 << 20;
constexpr auto kInLayout = fs_at::Links::in_root;

oci::Descriptor describe(const PushImage& image) {
  oci::Descriptor descriptor;
  descriptor.media_type = image.media_type;
  descriptor.digest = oci::Digest::of(image.manifest_json);
  descriptor.size = image.manifest_json.size();
  return descriptor;
}

Result<void> write_file(int directory, const std::string& name, std::string_view text) {
  AtomicFile file = MBUILD_TRY(AtomicFile::create(directory, name));
  MBUILD_CHECK_AS("write " + name, file.write(text));
  return file.commit();
}

class LayoutClient final : public RegistryClient {
 public:
  explicit LayoutClient(std::string directory) : directory_(std::move(directory)) {}

  Result<ResolvedImage> resolve(const oci::Reference& reference, const oci::Platform& platform) override {
    auto layout = MBUILD_TRY(oci::LayoutReader::open(specification(reference)));
    oci::LayoutImage found = MBUILD_TRY(layout->image(platform));
    ResolvedImage image;
    image.reference = reference;
    image.root = image.manifest_descriptor = found.descriptor;
    image.manifest = found.manifest;
    image.manifest_json = MBUILD_TRY(read(found.descriptor.digest));
    image.config_json = found.config_json;
    return image;
  }

  Result<std::optional<oci::Descriptor>> head(const oci::Reference& reference) override {
    auto found = root_of(reference);
    if (found) return std::move(*found);
    if (found.error().kind() == ErrorKind::not_found) return std::nullopt;
    return std::unexpected(std::move(found).error());
  }

  Result<std::pair<oci::Descriptor, std::string>> manifest(const oci::Reference& reference) override {
    oci::Descriptor descriptor = MBUILD_TRY(root_of(reference));
    std::string json = MBUILD_TRY(read(descriptor.digest));
    return std::pair(std::move(descriptor), std::move(json));
  }

  Result<std::unique_ptr<ByteSource>> open_blob(const oci::Reference&,
                                                const oci::Descriptor& descriptor) override {
    auto layout = MBUILD_TRY(oci::LayoutReader::open(directory_));
    return layout->open_blob(descriptor);
  }

  Result<void> push(const oci::Reference& reference, const PushImage& image, const BlobProvider& blobs,
                    const ByteProgress& progress) override {
    const std::string action = "write OCI layout " + directory_;
    const oci::ContentStore store = MBUILD_TRY_AS(action, open_blobs());
    MBUILD_CHECK_AS(action, write_image(store, image, blobs, progress));
    MBUILD_CHECK_AS(action, name_image(reference, image));
    return {};
  }

  Result<void> push_blob(const oci::Reference&, const oci::Descriptor& blob,
                         const BlobProvider& blobs) override {
    const std::string action = "write OCI layout " + directory_;
    const oci::ContentStore store = MBUILD_TRY_AS(action, open_blobs());
    if (store.contains(blob.digest)) return {};
    MBUILD_CHECK_AS(action, write_blob(store, blob, blobs));
    return {};
  }

  Result<std::vector<oci::Descriptor>> referrers(const oci::Reference&, const oci::Digest& subject,
                                                 const std::string& artifact_type) override {
    std::vector<oci::Descriptor> found;
    for (const oci::Descriptor& entry : MBUILD_TRY(read_index()).manifests) {
      Referrer referrer = MBUILD_TRY(parse_referrer(MBUILD_TRY(read(entry.digest)), entry.media_type));
      if (!referrer.subject || referrer.subject->digest != subject) continue;
      if (artifact_type.empty() || referrer.descriptor.artifact_type == artifact_type)
        found.push_back(referrer.descriptor);
    }
    return found;
  }

  Result<std::vector<std::string>> list_tags(const oci::Reference&) override {
    std::vector<std::string> tags;
    for (const oci::Descriptor& entry : MBUILD_TRY(read_index()).manifests) {
      auto name = entry.annotations.find(kRefName);
      if (name != entry.annotations.end()) tags.push_back(name->second);
    }
    std::ranges::sort(tags);
    return tags;
  }

  Result<void> remove(const oci::Reference& reference) override {
    std::string action = fmt::format("delete {}", specification(reference));
    return change_index(action, [&](oci::Index& index) -> Result<void> {
      const std::string tag = reference.tag.empty() ? kDefaultTag : reference.tag;
      std::size_t erased = std::erase_if(index.manifests, [&](const oci::Descriptor& one) {
        return reference.digest ? one.digest == *reference.digest : has_name(one, tag);
      });
      if (erased == 0) return fail(ErrorKind::not_found, action + ": there is no such image");
      return {};
    });
  }

 private:
  static bool has_name(const oci::Descriptor& entry, const std::string& tag) {
    auto name = entry.annotations.find(kRefName);
    return name != entry.annotations.end() && name->second == tag;
  }
  oci::LayoutName name_of(const oci::Reference& reference) const {
    return {directory_, reference.tag, reference.digest};
  }
  std::string specification(const oci::Reference& reference) const {
    if (reference.digest) return directory_ + "@" + reference.digest->str();
    return reference.tag.empty() ? directory_ : directory_ + ":" + reference.tag;
  }

  Result<oci::ContentStore> open_blobs() const {
    std::error_code failure;
    std::filesystem::create_directories(directory_, failure);
    if (failure) return fail_errno(failure.value(), "make directory " + directory_);
    return oci::ContentStore::open(directory_ + "/blobs");
  }

  Result<Fd> open_directory() const { return fs_at::open_trusted(directory_, O_RDONLY | O_DIRECTORY); }

  Result<oci::Index> read_index() const {
    std::string action = "OCI layout " + directory_;
    Fd directory = MBUILD_TRY_AS(action, open_directory());
    return MBUILD_TRY_AS(
        action, oci::Index::parse(MBUILD_TRY_AS(
                    action, fs_at::read_file(directory.get(), "index.json", kInLayout, kLargestDocument))));
  }

  Result<std::string> read(const oci::Digest& digest) const {
    std::string action = fmt::format("OCI layout {}: {}", directory_, digest.str());
    Fd directory = MBUILD_TRY_AS(action, open_directory());
    Fd blobs =
        MBUILD_TRY_AS(action, fs_at::open(directory.get(), "blobs/sha256", O_PATH | O_DIRECTORY, kInLayout));
    auto text = MBUILD_TRY_AS(action, oci::ContentStore(std::move(blobs)).read(digest, kLargestDocument));
    if (!text) return fail(ErrorKind::not_found, action + ": no such blob");
    return std::move(*text);
  }

  // What a name means, be it an entry of index.json or any manifest among the blobs.
  Result<oci::Descriptor> root_of(const oci::Reference& reference) const {
    if (reference.digest) return describe_manifest(MBUILD_TRY(read(*reference.digest)));
    std::vector<oci::Descriptor> entries = oci::entries_named(MBUILD_TRY(read_index()), name_of(reference));
    if (entries.size() == 1) return entries.front();
    return fail(entries.empty() ? ErrorKind::not_found : ErrorKind::invalid_input,
                fmt::format("OCI layout {}: {} {}", directory_,
                            entries.empty() ? "there is no image called" : "several images are called",
                            name_of(reference).str()));
  }

  static Result<void> write_image(const oci::ContentStore& store, const PushImage& image,
                                  const BlobProvider& blobs, const ByteProgress& progress) {
    std::uint64_t total = 0, done = 0;
    for (const oci::Descriptor& blob : image.blobs) total += blob.size;
    for (const oci::Descriptor& blob : image.blobs) {
      if (!blob.is_foreign_layer() && !store.contains(blob.digest))
        MBUILD_CHECK_AS("blob " + blob.digest.str(), write_blob(store, blob, blobs));
      done += blob.size;
      if (progress) progress(done, total);
    }
    for (const PushImage& child : image.children) MBUILD_CHECK(write_image(store, child, blobs, progress));
    MBUILD_CHECK(store.put(image.manifest_json));
    return {};
  }

  static Result<void> write_blob(const oci::ContentStore& store, const oci::Descriptor& blob,
                                 const BlobProvider& blobs) {
    auto source = MBUILD_TRY(blobs.open(blob));
    oci::ContentStore::Writer writer = MBUILD_TRY(store.create());
    MBUILD_CHECK(mbuild::copy(*source, writer));
    MBUILD_CHECK(writer.commit(blob.digest));
    return {};
  }

  Result<void> name_image(const oci::Reference& reference, const PushImage& image) {
    oci::Descriptor entry = describe(image);
    if (reference.digest && *reference.digest != entry.digest)
      return fail(ErrorKind::invalid_input, fmt::format("the manifest has the digest {}, which is not the "
                                                        "reference's",
                                                        entry.digest.str()));
    if (!reference.digest) entry.annotations[kRefName] = reference.tag.empty() ? kDefaultTag : reference.tag;
    return change_index("index.json", [&](oci::Index& index) -> Result<void> {
      std::erase_if(index.manifests, [&](const oci::Descriptor& one) {
        return reference.digest ? one.digest == entry.digest && one.annotations.empty()
                                : has_name(one, entry.annotations[kRefName]);
      });
      index.manifests.push_back(entry);
      return {};
    });
  }

  Result<void> change_index(const std::string& action,
                            const std::function<Result<void>(oci::Index&)>& change) const {
    Fd directory = MBUILD_TRY_AS(action, open_directory());
    if (::flock(directory.get(), LOCK_EX) != 0) return fail_errno(errno, action + ": lock " + directory_);
    oci::Index index;
    index.media_type = oci::media_type::kOciIndex;
    auto json = fs_at::read_file(directory.get(), "index.json", kInLayout, kLargestDocument);
    if (json)
      index = MBUILD_TRY_AS(action + ": index.json", oci::Index::parse(*json));
    else if (json.error().kind() != ErrorKind::not_found)
      return std::unexpected(std::move(json).error().context(action));
    MBUILD_CHECK(change(index));
    if (!MBUILD_TRY(fs_at::stat_if_exists(directory.get(), "oci-layout", kInLayout)))
      MBUILD_CHECK_AS(action, write_file(directory.get(), "oci-layout", kMarker));
    MBUILD_CHECK_AS(action, write_file(directory.get(), "index.json", index.json()));
    return {};
  }

  std::string directory_;
};

}  // namespace

std::unique_ptr<RegistryClient> make_layout_client(std::string directory) {
  return std::make_unique<LayoutClient>(std::move(directory));
}

Result<LayoutPlace> parse_layout_place(std::string_view text) {
  oci::LayoutName name = MBUILD_TRY_AS("OCI layout", oci::LayoutName::parse(text));
  LayoutPlace place;
  place.directory = name.directory;
  place.reference.registry = "oci";
  place.reference.repository = name.directory;
  place.reference.tag = name.tag;
  place.reference.digest = name.digest;
  return place;
}

}  // namespace mbuild::remote
