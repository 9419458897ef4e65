#include "builder/export/tree_exporter.h"

#include <fcntl.h>

#include <algorithm>
#include <set>

#include "builder/export/local_tree.h"
#include "builder/export/output_file.h"
#include "builder/export/rewrite_times.h"
#include "builder/export/tree_walk.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"
#include "registry/base/memory_stream.h"
#include "registry/oci/archive_writer.h"

namespace mbuild::builder {

namespace {

LayerChain chain_of(const Image& image) {
  LayerChain chain;
  for (const ImageLayer& layer : image.layers) chain.push_back(layer.layer);
  return chain;
}

// Visits the files of all images under the paths that they are exported to.
class ImageTrees {
 public:
  ImageTrees(const ExportInput& input, const ExportAttributes& attributes, const ExportServices& services)
      : input_(input),
        attributes_(attributes),
        services_(services),
        epoch_(effective_epoch(input.source_date_epoch, attributes)) {
    split_ = attributes.platform_split.value_or(input.images.size() > 1 || input.index);
  }

  Result<void> visit(const TreeVisitor& visitor, const ExportProgress& progress) {
    if (services_.snapshotter == nullptr)
      return fail(ErrorKind::unsupported, "there is no way to see the tree");
    for (const Image& image : input_.images) {
      subjects_.clear();
      MBUILD_CHECK(visit_image(image, visitor, progress));
      MBUILD_CHECK(visit_attestations(image, visitor));
    }
    return {};
  }

 private:
  Result<void> visit_image(const Image& image, const TreeVisitor& visitor, const ExportProgress& progress) {
    const std::string folder = split_ ? platform_folder(image.config.platform) : std::string();
    if (split_) MBUILD_CHECK(visitor(folder_entry(folder)));
    if (image.layers.empty()) return {};
    const auto view = MBUILD_TRY(services_.snapshotter->view(chain_of(image)));
    std::uint64_t files = 0;
    return walk_tree(view->root(), [&](const TreeFile& found) -> Result<void> {
      if (services_.cancel != nullptr && services_.cancel->load())
        return fail(ErrorKind::cancelled, "cancelled");
      TreeFile file = found;
      if (split_) {
        file.entry.path.insert(0, folder + "/");
        if (file.entry.type == oci::EntryType::hardlink) file.entry.link.insert(0, folder + "/");
      }
      if (epoch_) file.entry.mtime = *epoch_ * 1'000'000'000;
      MBUILD_CHECK(check_unique(file.entry));
      MBUILD_CHECK(visitor(file));
      if (progress && ++files % 1000 == 0) progress("exporting files", files, 0);
      if (attested(image)) MBUILD_CHECK(add_subject(found));
      return {};
    });
  }

  static bool attested(const Image& image) {
    return std::any_of(image.attestations.begin(), image.attestations.end(),
                       [](const Attestation& attestation) { return !attestation.inline_only; });
  }

  // Statements about a tree are about its files (BuildKit does the same).
  Result<void> add_subject(const TreeFile& file) {
    if (file.entry.type != oci::EntryType::regular) return {};
    FdSource source(MBUILD_TRY(fs_at::open(file.parent, file.name, O_RDONLY, fs_at::Links::refuse)),
                    file.entry.path);
    oci::HashingSink hash(nullptr);
    MBUILD_CHECK(copy(source, hash));
    subjects_.push_back({file.entry.path, hash.finish()});
    return {};
  }

  Result<void> visit_attestations(const Image& image, const TreeVisitor& visitor) {
    for (const Attestation& attestation : image.attestations) {
      if (attestation.inline_only) continue;
      TreeFile file;
      file.content = statement_json(attestation, subjects_, {});
      std::string name = attributes_.attestation_prefix + attestation.filename;
      const std::string platform = platform_folder(image.config.platform);
      // Where files of several platforms lie together, the name says whose it is.
      if (!split_ && input_.images.size() > 1)
        name.insert(std::min(name.rfind('.'), name.size()), "." + platform);
      file.entry.path = split_ ? platform + "/" + name : name;
      file.entry.mode = 0644;
      file.entry.size = file.content->size();
      file.entry.mtime = epoch_.value_or(0) * 1'000'000'000;
      MBUILD_CHECK(check_unique(file.entry));
      MBUILD_CHECK(visitor(file));
    }
    return {};
  }

  TreeFile folder_entry(const std::string& folder) const {
    TreeFile file;
    file.entry.path = folder;
    file.entry.type = oci::EntryType::directory;
    file.entry.mode = 0755;
    file.entry.mtime = epoch_.value_or(0) * 1'000'000'000;
    return file;
  }

  // Several platforms in one tree may have directories in common, and nothing else.
  Result<void> check_unique(const oci::Entry& entry) {
    if (split_ || input_.images.size() == 1) return {};
    const bool fresh = seen_.insert(entry.path).second;
    if (fresh || entry.type == oci::EntryType::directory) return {};
    return fail(ErrorKind::invalid_input,
                "several platforms have this file: platform-split=true keeps them apart");
  }

  const ExportInput& input_;
  const ExportAttributes& attributes_;
  const ExportServices& services_;
  std::optional<std::int64_t> epoch_;
  bool split_ = false;
  std::set<std::string> seen_;
  std::vector<AttestedSubject> subjects_;  // of the image being visited
};

class LocalExporter : public Exporter {
 public:
  LocalExporter(const ExportAttributes& attributes, const ExportServices& services)
      : attributes_(attributes), services_(services) {}
  std::string title() const override { return "exporting to directory " + attributes_.dest; }

  Result<ExportResult> run(const ExportInput& input, const ExportProgress& progress) override {
    const std::string action = "write to " + attributes_.dest;
    LocalTree tree = MBUILD_TRY_AS(action, LocalTree::open(attributes_.dest));
    ImageTrees trees(input, attributes_, services_);
    MBUILD_CHECK_AS(action, trees.visit([&](const TreeFile& file) { return tree.add(file); }, progress));
    MBUILD_CHECK_AS(action, tree.finish());
    return ExportResult{};
  }

 private:
  ExportAttributes attributes_;
  ExportServices services_;
};

class TarExporter : public Exporter {
 public:
  TarExporter(const ExportAttributes& attributes, const ExportServices& services)
      : attributes_(attributes), services_(services) {}
  std::string title() const override { return "exporting to tar " + attributes_.dest; }

  Result<ExportResult> run(const ExportInput& input, const ExportProgress& progress) override {
    const auto output = MBUILD_TRY(OutputFile::open(attributes_.dest, services_.output_fd, services_.cancel));
    oci::ArchiveWriter archive(*output);
    const auto add = [&](const TreeFile& file) -> Result<void> {
      if (file.entry.type != oci::EntryType::regular || file.entry.size == 0) return archive.add(file.entry);
      if (file.content) {
        MemorySource content(std::string_view(*file.content));
        return archive.add(file.entry, content);
      }
      const Fd content = MBUILD_TRY(fs_at::open(file.parent, file.name, O_RDONLY, fs_at::Links::refuse));
      return archive.add(file.entry, content.get());
    };
    ImageTrees trees(input, attributes_, services_);
    MBUILD_CHECK_AS("write the tar", trees.visit(add, progress));
    MBUILD_CHECK(archive.finish());
    MBUILD_CHECK(output->commit());
    return ExportResult{};
  }

 private:
  ExportAttributes attributes_;
  ExportServices services_;
};

}  // namespace

std::string platform_folder(const oci::Platform& platform) {
  std::string folder = platform.str();
  for (char& c : folder) {
    if (c == '/') c = '_';
  }
  return folder;
}

std::unique_ptr<Exporter> make_local_exporter(const ExportAttributes& attributes,
                                              const ExportServices& services) {
  return std::make_unique<LocalExporter>(attributes, services);
}

std::unique_ptr<Exporter> make_tar_exporter(const ExportAttributes& attributes,
                                            const ExportServices& services) {
  return std::make_unique<TarExporter>(attributes, services);
}

}  // namespace mbuild::builder
