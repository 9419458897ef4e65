#include "builder/reproducible.h"

#include <fmt/format.h>

#include <algorithm>

#include "builder/build/session.h"
#include "builder/snapshot/layer_folders.h"
#include "registry/oci/archive_reader.h"
#include "registry/oci/image_config.h"
#include "registry/oci/layout.h"

namespace mbuild::builder {

namespace {

// Whole content of a member, a block at a time.
class Content {
 public:
  explicit Content(oci::ArchiveReader& archive) : archive_(archive) {}

  // The next byte that is given, with its offset; nullopt at the end. Holes are not given.
  Result<std::optional<std::pair<std::uint64_t, std::byte>>> next() {
    while (position_ == block_.data.size()) {
      const auto block = MBUILD_TRY(archive_.read());
      if (!block) return std::nullopt;
      block_ = *block;
      position_ = 0;
    }
    const std::uint64_t offset = block_.offset + position_;
    return std::pair(offset, block_.data[position_++]);
  }

 private:
  oci::ArchiveReader& archive_;
  oci::ArchiveBlock block_;
  std::size_t position_ = 0;
};

Result<std::optional<std::uint64_t>> first_different_byte(oci::ArchiveReader& one, oci::ArchiveReader& two) {
  Content first(one), second(two);
  for (;;) {
    const auto a = MBUILD_TRY(first.next());
    const auto b = MBUILD_TRY(second.next());
    if (!a && !b) return std::nullopt;
    if (a == b) continue;
    if (!a) return b->first;
    return b ? std::min(a->first, b->first) : a->first;
  }
}

std::string metadata_difference(const oci::Entry& one, const oci::Entry& two) {
  if (one.type != two.type) return "its type";
  if (one.mode != two.mode) return fmt::format("mode {:04o}, then {:04o}", one.mode, two.mode);
  if (one.uid != two.uid || one.gid != two.gid)
    return fmt::format("owner {}:{}, then {}:{}", one.uid, one.gid, two.uid, two.gid);
  if (one.link != two.link) return fmt::format("link to {}, then {}", one.link, two.link);
  if (one.xattrs != two.xattrs) return "extended attributes";
  return {};
}

Result<std::optional<BuildDifference>> compare_layers(std::unique_ptr<ByteSource> one,
                                                      std::unique_ptr<ByteSource> two) {
  auto first = MBUILD_TRY(oci::ArchiveReader::open(std::move(one), {}));
  auto second = MBUILD_TRY(oci::ArchiveReader::open(std::move(two), {}));
  for (;;) {
    const auto a = MBUILD_TRY(first.next());
    const auto b = MBUILD_TRY(second.next());
    if (!a && !b) return BuildDifference{"", "", "times of files", std::nullopt};
    // Members are sorted: the smaller path is what the other does not have.
    if (!b || (a && a->path < b->path)) return BuildDifference{"", a->path, "only in the first build", {}};
    if (!a || b->path < a->path) return BuildDifference{"", b->path, "only in the second build", {}};
    if (std::string what = metadata_difference(*a, *b); !what.empty())
      return BuildDifference{"", a->path, std::move(what), {}};
    if (const auto byte = MBUILD_TRY(first_different_byte(first, second)))
      return BuildDifference{"", a->path, "content", byte};
    if (a->size != b->size) return BuildDifference{"", a->path, "content", std::min(a->size, b->size)};
  }
}

// What made layer `position` of an image.
std::string step_of(const oci::ImageConfig& config, std::size_t position) {
  for (const oci::HistoryEntry& entry : config.history)
    if (!entry.empty_layer && position-- == 0) return entry.created_by;
  return {};
}

Result<std::optional<BuildDifference>> compare_images(const std::string& one, const std::string& two,
                                                      const oci::Platform& platform) {
  const auto first = MBUILD_TRY(oci::LayoutReader::open(one));
  const auto second = MBUILD_TRY(oci::LayoutReader::open(two));
  const oci::LayoutImage a = MBUILD_TRY(first->image(platform));
  const oci::LayoutImage b = MBUILD_TRY(second->image(platform));
  const oci::ImageConfig config = MBUILD_TRY(oci::ImageConfig::parse(a.config_json));
  const std::size_t layers = std::min(a.manifest.layers.size(), b.manifest.layers.size());
  for (std::size_t i = 0; i < layers; ++i) {
    if (a.manifest.layers[i].digest == b.manifest.layers[i].digest) continue;
    auto difference = MBUILD_TRY(compare_layers(MBUILD_TRY(first->open_blob(a.manifest.layers[i])),
                                                MBUILD_TRY(second->open_blob(b.manifest.layers[i]))));
    difference->step = step_of(config, i);
    return difference;
  }
  if (a.manifest.layers.size() != b.manifest.layers.size())
    return BuildDifference{"", "", "the number of layers", std::nullopt};
  return std::nullopt;
}

BuildRequest request_for(const BuildRequest& request, const std::string& folder) {
  BuildRequest build = request;
  build.no_cache = true;
  build.push = build.load = false;
  build.cache_from.clear();
  build.cache_to.clear();
  build.tags.clear();
  build.annotations.clear();
  build.outputs = {{"oci", {{"dest", folder}, {"tar", "false"}, {"compression", "uncompressed"}}}};
  return build;
}

}  // namespace

std::string BuildDifference::str() const {
  std::string text = step.empty() ? "" : step + ": ";
  text += path.empty() ? what : fmt::format("/{}: {}", path, what);
  return byte ? fmt::format("{} differs from byte {} on", text, *byte) : text;
}

Result<std::optional<BuildDifference>> verify_reproducible(const BuildRequest& request,
                                                           BuildObserver* observer) {
  const Session session = MBUILD_TRY(Session::open({request.store_root, request.registries, request.cancel}));
  const WorkFolder work = MBUILD_TRY(session.layers->folders().work().make_folder());
  const std::string one = work.path() + "/one", two = work.path() + "/two";
  const BuiltImage image = MBUILD_TRY(build(request_for(request, one), observer));
  MBUILD_TRY(build(request_for(request, two), observer));
  for (const std::string& text : image.platforms) {
    const oci::Platform platform = MBUILD_TRY(oci::Platform::parse(text));
    if (auto difference = MBUILD_TRY(compare_images(one, two, platform))) return difference;
  }
  return std::nullopt;
}

}  // namespace mbuild::builder
