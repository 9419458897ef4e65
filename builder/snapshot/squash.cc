#include "builder/snapshot/squash.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "builder/snapshot/commit.h"
#include "builder/snapshot/merged_tree.h"
#include "builder/snapshot/tree_copier.h"

namespace mbuild::builder {

namespace {

// Fills an upper folder in overlay form with what the whole chain has and the base has not. It may have more
// than it needs: commit_layer() takes out what is as in the base.
class Squash {
 public:
  Squash(const MergedTree& all, const MergedTree& base, std::size_t above, int upper)
      : all_(all), base_(base), above_(above), upper_(upper), copier_(upper) {}

  Result<void> run() {
    MBUILD_CHECK(directory("", all_.root(), base_.root()));
    return copier_.finish();
  }

 private:
  using Layers = std::vector<std::size_t>;

  Result<void> directory(const std::string& path, const Layers& layers, const Layers& layers_below) {
    const std::vector<MergedEntry> entries = MBUILD_TRY(all_.list(path, layers));
    const std::vector<MergedEntry> below =
        layers_below.empty() ? std::vector<MergedEntry>() : MBUILD_TRY(base_.list(path, layers_below));
    for (const MergedEntry& found : entries) MBUILD_CHECK(entry(path, found, find(below, found.entry.name)));
    for (const MergedEntry& gone : below) {
      if (find(entries, gone.entry.name)) continue;
      const Fd parent = MBUILD_TRY(open_directory(upper_, path));
      MBUILD_CHECK(OverlayForm::make_whiteout(parent.get(), gone.entry.name));
    }
    return {};
  }

  Result<void> entry(const std::string& parent, const MergedEntry& found, const MergedEntry* below) {
    const std::string path = join_path(parent, found.entry.name);
    if (found.entry.status.is_directory()) {
      MBUILD_CHECK(copier_.make_directory(path, found.entry.status));
      const bool over_directory = below && below->entry.status.is_directory();
      return directory(path, found.layers, over_directory ? below->layers : Layers());
    }
    const std::size_t layer = found.layers.front();  // topmost first: those of the base come last
    if (layer >= above_) return {};
    return copier_.copy(all_.fs(layer), layer, path, found.entry);
  }

  static const MergedEntry* find(const std::vector<MergedEntry>& entries, const std::string& name) {
    const auto found = std::lower_bound(
        entries.begin(), entries.end(), name,
        [](const MergedEntry& each, const std::string& wanted) { return each.entry.name < wanted; });
    return found != entries.end() && found->entry.name == name ? &*found : nullptr;
  }

  const MergedTree& all_;
  const MergedTree& base_;
  std::size_t above_;
  int upper_;
  TreeCopier copier_;
};

// Equal layers give the layer that they gave before, with its times.
oci::Digest definition_of(const LayerChain& base, const LayerChain& above) {
  std::string text = "squash\n";
  for (const LayerPtr& layer : base) text += layer->id + "\n";
  text += "and\n";
  for (const LayerPtr& layer : above) text += layer->id + "\n";
  return oci::Digest::of(text);
}

}  // namespace

Result<LayerPtr> squash(LayerStore& store, Snapshotter& snapshots, const LayerChain& base,
                        const LayerChain& above) {
  LayerChain chain = base;
  chain.insert(chain.end(), above.begin(), above.end());
  LayerFolders& folders = store.folders();
  const MergedTree all = MBUILD_TRY(MergedTree::open(folders, chain));
  const MergedTree below = MBUILD_TRY(MergedTree::open(folders, base));
  LayerDraft draft = MBUILD_TRY(folders.make_draft());
  const FileStatus root = MBUILD_TRY(all.root_status());
  if (::fchown(draft.fs.get(), root.uid, root.gid) != 0 || ::fchmod(draft.fs.get(), root.mode & 07777) != 0)
    return fail_errno(errno, "squash: set the root directory's owner and mode");
  MBUILD_CHECK_AS("squash the layers", Squash(all, below, above.size(), draft.fs.get()).run());

  const auto view = MBUILD_TRY(snapshots.view(base));
  DirectoryTree lower(view->root());
  const CommitOptions options{definition_of(base, above), std::chrono::system_clock::now()};
  return MBUILD_TRY(commit_layer(store, std::move(draft), lower, options)).layer;
}

}  // namespace mbuild::builder
