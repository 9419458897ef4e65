#include "registry/oci/layout.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"
#include "registry/base/json.h"
#include "registry/oci/image_config.h"
#include "registry/oci/layout_name.h"
#include "registry/oci/verifying_source.h"

namespace mbuild::oci {

namespace {

constexpr std::uint64_t kLargestDocument = 16 << 20;
constexpr int kDeepestIndex = 8;
constexpr auto kInLayout = fs_at::Links::in_root;

// The file that marks a layout. Some tools forget it; one that is there must be of a version that is
// understood.
Result<void> check_version(int directory) {
  const auto marker = MBUILD_TRY(fs_at::open_if_exists(directory, "oci-layout", O_PATH, kInLayout));
  if (!marker) return {};
  const std::string json = MBUILD_TRY(fs_at::read_file(directory, "oci-layout", kInLayout, kLargestDocument));
  const JsonObject object = MBUILD_TRY(JsonObject::parse(json, "oci-layout"));
  const std::string version = MBUILD_TRY(object.text("imageLayoutVersion"));
  if (version.starts_with("1.")) return {};
  return fail(ErrorKind::unsupported, fmt::format("version \"{}\" of the layout is not supported", version));
}

Result<Index> read_index(int directory) {
  auto json = fs_at::read_file(directory, "index.json", kInLayout, kLargestDocument);
  if (!json && json.error().kind() == ErrorKind::not_found) {
    return fail(ErrorKind::not_found, "the directory is no OCI layout: it has no index.json");
  }
  if (!json) return std::unexpected(std::move(json).error());
  return MBUILD_TRY_AS("index.json", Index::parse(*json));
}

std::string list_names(const Index& index) {
  std::string text;
  for (const Descriptor& entry : index.manifests) {
    const auto name = entry.annotations.find("org.opencontainers.image.ref.name");
    if (name != entry.annotations.end()) text += (text.empty() ? "" : ", ") + name->second;
  }
  return text.empty() ? "none with a name" : text;
}

}  // namespace

Result<std::shared_ptr<LayoutReader>> LayoutReader::open(std::string_view specification) {
  const std::string action = fmt::format("OCI layout {}", specification);
  const LayoutName wanted = MBUILD_TRY_AS(action, LayoutName::parse(specification));
  const Fd directory = MBUILD_TRY_AS(action, fs_at::open_trusted(wanted.directory, O_PATH | O_DIRECTORY));
  MBUILD_CHECK_AS(action, check_version(directory.get()));
  const Index index = MBUILD_TRY_AS(action, read_index(directory.get()));
  Fd blobs =
      MBUILD_TRY_AS(action, fs_at::open(directory.get(), "blobs/sha256", O_PATH | O_DIRECTORY, kInLayout));
  std::shared_ptr<LayoutReader> layout(new LayoutReader(action, ContentStore(std::move(blobs))));
  layout->roots_ = entries_named(index, wanted);
  if (layout->roots_.empty() && wanted.digest && layout->blobs_.contains(*wanted.digest)) {
    layout->roots_.push_back(MBUILD_TRY(layout->describe(*wanted.digest)));
  }
  if (layout->roots_.empty()) {
    return fail(ErrorKind::not_found, fmt::format("{}: there is no image {} in it, but: {}", action,
                                                  wanted.str(), list_names(index)));
  }
  return layout;
}

// A manifest or index that no entry tells the type of says it itself, or shows it by what it has.
Result<Descriptor> LayoutReader::describe(const Digest& digest) const {
  Descriptor descriptor;
  descriptor.digest = digest;
  descriptor.size = MBUILD_TRY_AS(name_, blobs_.size(digest)).value_or(0);
  const std::string json = MBUILD_TRY(read(descriptor));
  const JsonObject object = MBUILD_TRY_AS(name_, JsonObject::parse(json, "manifest " + digest.str()));
  descriptor.media_type = MBUILD_TRY_AS(name_, object.text("mediaType"));
  if (descriptor.media_type.empty()) {
    descriptor.media_type = object.has("manifests") ? media_type::kOciIndex : media_type::kOciManifest;
  }
  return descriptor;
}

Result<std::string> LayoutReader::read(const Descriptor& descriptor) const {
  std::optional<std::string> data = MBUILD_TRY_AS(name_, blobs_.read(descriptor.digest, kLargestDocument));
  const std::string blob = fmt::format("{}: blob {}", name_, descriptor.digest.str());
  if (!data) return fail(ErrorKind::not_found, blob + " is missing");
  if (data->size() == descriptor.size) return std::move(*data);
  return fail(ErrorKind::corrupt,
              fmt::format("{}: {} bytes where {} were announced", blob, data->size(), descriptor.size));
}

// An entry may leave it to the config to tell.
Result<Platform> LayoutReader::platform_of(const Descriptor& entry) const {
  if (entry.platform || !entry.is_manifest()) return entry.platform.value_or(Platform{});
  const Manifest manifest = MBUILD_TRY_AS(name_, Manifest::parse(MBUILD_TRY(read(entry))));
  const auto config = ImageConfig::parse(MBUILD_TRY(read(manifest.config)));
  return config ? config->platform : Platform{};  // an artifact has another config, and no platform
}

Result<Descriptor> LayoutReader::choose(const std::vector<Descriptor>& entries,
                                        const Platform& platform) const {
  std::vector<Platform> platforms;
  std::string known;
  for (const Descriptor& entry : entries) {
    platforms.push_back(MBUILD_TRY(platform_of(entry)));
    known += (known.empty() ? "" : ", ") + platforms.back().str();
  }
  const int best = best_match(platform, platforms);
  if (best >= 0) return entries[static_cast<std::size_t>(best)];
  return fail(ErrorKind::not_found, fmt::format("{}: there is no image for {} in it, but for: {}", name_,
                                                platform.str(), known.empty() ? "none" : known));
}

Result<LayoutImage> LayoutReader::image(const Platform& platform) const {
  Descriptor descriptor = roots_.size() == 1 ? roots_.front() : MBUILD_TRY(choose(roots_, platform));
  for (int depth = 0; descriptor.is_index(); ++depth) {
    if (depth == kDeepestIndex) return fail(ErrorKind::corrupt, name_ + ": indexes are nested too deeply");
    const Index index = MBUILD_TRY_AS(name_, Index::parse(MBUILD_TRY(read(descriptor))));
    descriptor = MBUILD_TRY(choose(index.manifests, platform));
  }
  LayoutImage image;
  image.manifest = MBUILD_TRY_AS(name_, Manifest::parse(MBUILD_TRY(read(descriptor))));
  image.config_json = MBUILD_TRY(read(image.manifest.config));
  image.descriptor = std::move(descriptor);
  return image;
}

Result<std::unique_ptr<ByteSource>> LayoutReader::open_blob(const Descriptor& descriptor) const {
  std::optional<Fd> blob = MBUILD_TRY_AS(name_, blobs_.open_blob(descriptor.digest));
  if (!blob) {
    return fail(ErrorKind::not_found, fmt::format("{}: blob {} is missing", name_, descriptor.digest.str()));
  }
  auto file = std::make_unique<FdSource>(std::move(*blob), "blob " + descriptor.digest.str());
  return std::make_unique<VerifyingSource>(std::move(file), descriptor);
}

}  // namespace mbuild::oci
