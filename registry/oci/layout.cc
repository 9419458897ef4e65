#include "registry/oci/layout.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"
#include "registry/oci/verifying_source.h"

namespace mbuild::oci {

namespace {

constexpr std::uint64_t kLargestDocument = 16 << 20;
constexpr int kDeepestIndex = 8;
constexpr std::string_view kRefName = "org.opencontainers.image.ref.name";

struct Specification {
  std::string directory;
  std::string tag;
  std::optional<Digest> digest;
};

Result<Specification> parse_specification(std::string_view text) {
  Specification result;
  if (std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    result.digest = MBUILD_TRY(Digest::parse(text.substr(at + 1)));
    text = text.substr(0, at);
  }
  std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos && text.find('/', colon) == std::string_view::npos) {
    result.tag = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  result.directory = text;
  return result;
}

Result<Descriptor> find_root(const Index& index, const Specification& wanted) {
  std::string names;
  for (const Descriptor& entry : index.manifests) {
    auto name = entry.annotations.find(std::string(kRefName));
    if (wanted.digest
            ? entry.digest == *wanted.digest
            : name != entry.annotations.end() && name->second == (wanted.tag.empty() ? "latest" : wanted.tag))
      return entry;
    if (name != entry.annotations.end()) names += (names.empty() ? "" : ", ") + name->second;
  }
  if (!wanted.digest && wanted.tag.empty() && index.manifests.size() == 1) return index.manifests.front();
  return fail(ErrorKind::not_found,
              fmt::format("no image {} in it; there is: {}",
                          wanted.digest ? wanted.digest->str() : (wanted.tag.empty() ? "latest" : wanted.tag),
                          names.empty() ? "none with a name" : names));
}

Result<Descriptor> choose(const Index& index, const Platform& platform) {
  std::vector<Platform> platforms;
  std::string known;
  for (const Descriptor& entry : index.manifests) {
    platforms.push_back(entry.platform.value_or(Platform{}));
    known += (known.empty() ? "" : ", ") + platforms.back().str();
  }
  int best = best_match(platform, platforms);
  if (best < 0)
    return fail(ErrorKind::not_found, fmt::format("no image for {}; there is: {}", platform.str(), known));
  return index.manifests[static_cast<std::size_t>(best)];
}

}  // namespace

Result<std::shared_ptr<LayoutReader>> LayoutReader::open(std::string_view specification) {
  std::string action = fmt::format("OCI layout {}", specification);
  Specification wanted = MBUILD_TRY_AS(action, parse_specification(specification));
  Fd directory = MBUILD_TRY_AS(action, fs_at::open_trusted(wanted.directory, O_RDONLY | O_DIRECTORY));
  std::string json = MBUILD_TRY_AS(
      action, fs_at::read_file(directory.get(), "index.json", fs_at::Links::in_root, kLargestDocument));
  Index index = MBUILD_TRY_AS(action + ": index.json", Index::parse(json));
  Descriptor root = MBUILD_TRY_AS(action, find_root(index, wanted));
  ContentStore blobs = MBUILD_TRY_AS(action, ContentStore::open(wanted.directory + "/blobs"));
  return std::shared_ptr<LayoutReader>(new LayoutReader(action, std::move(blobs), std::move(root)));
}

Result<std::string> LayoutReader::read(const Descriptor& descriptor) const {
  std::optional<std::string> data = MBUILD_TRY_AS(name_, blobs_.read(descriptor.digest, kLargestDocument));
  if (!data)
    return fail(ErrorKind::not_found, fmt::format("{}: blob {} is missing", name_, descriptor.digest.str()));
  return std::move(*data);
}

Result<LayoutImage> LayoutReader::image(const Platform& platform) const {
  Descriptor descriptor = root_;
  for (int depth = 0; descriptor.is_index(); ++depth) {
    if (depth == kDeepestIndex) return fail(ErrorKind::corrupt, name_ + ": indexes nest too deep");
    Index index = MBUILD_TRY_AS(name_, Index::parse(MBUILD_TRY(read(descriptor))));
    descriptor = MBUILD_TRY_AS(name_, choose(index, platform));
  }
  LayoutImage image{descriptor, MBUILD_TRY_AS(name_, Manifest::parse(MBUILD_TRY(read(descriptor)))), {}};
  image.config_json = MBUILD_TRY(read(image.manifest.config));
  return image;
}

Result<std::unique_ptr<ByteSource>> LayoutReader::open_blob(const Descriptor& descriptor) const {
  std::optional<Fd> blob = MBUILD_TRY_AS(name_, blobs_.open_blob(descriptor.digest));
  if (!blob)
    return fail(ErrorKind::not_found, fmt::format("{}: blob {} is missing", name_, descriptor.digest.str()));
  auto file = std::make_unique<FdSource>(std::move(*blob), "blob " + descriptor.digest.str());
  return std::make_unique<VerifyingSource>(std::move(file), descriptor);
}

}  // namespace mbuild::oci
