// Snapshots as plain copies (SnapshotterKind::plain_copy).
#include "builder/snapshot/plain_copy_snapshotter.h"

#include <sys/stat.h>

#include <cerrno>

#include "builder/snapshot/baseline.h"
#include "builder/snapshot/commit.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

Result<void> set_root_attributes(int root, const FileStatus& status) {
  if (set_owner(root, status.uid, status.gid) != 0 || ::fchmod(root, status.mode & 07777) != 0) {
    return fail_errno(errno, "set the root directory's owner and mode");
  }
  return {};
}

// A copy of a chain's tree, and what it was when it was made.
struct Copy {
  LayerDraft draft;
  Baseline baseline;
  FileStatus root;
};

Result<Copy> copy_chain(LayerFolders& folders, const LayerChain& chain) {
  LayerDraft draft = MBUILD_TRY(folders.make_draft());
  MergedTree tree = MBUILD_TRY(MergedTree::open(folders, chain));
  const FileStatus root = MBUILD_TRY(tree.root_status());
  MBUILD_CHECK(set_root_attributes(draft.fs.get(), root));
  Baseline baseline = MBUILD_TRY(Baseline::copy(std::move(tree), draft.fs.get()));
  return Copy{std::move(draft), std::move(baseline), root};
}

class PlainView : public TreeView {
 public:
  PlainView(Fd root, std::optional<LayerDraft> draft) : draft_(std::move(draft)), root_(std::move(root)) {}
  int root() const override { return root_.get(); }

 private:
  std::optional<LayerDraft> draft_;
  Fd root_;
};

class PlainWorkspace : public Workspace {
 public:
  PlainWorkspace(LayerStore& store, Copy copy) : store_(store), copy_(std::move(copy)) {}
  int root() const override { return copy_.draft.fs.get(); }

  Result<CommittedLayer> commit(const CommitOptions& options) override {
    LayerDraft upper = MBUILD_TRY(store_.folders().make_draft());
    MBUILD_CHECK(set_root_attributes(upper.fs.get(), copy_.root));
    MBUILD_CHECK(copy_.baseline.collect_changes(copy_.draft.fs.get(), upper.fs.get()));
    auto committed = commit_layer(store_, std::move(upper), copy_.baseline, options);
    copy_.draft.fs.reset();
    return committed;
  }

 private:
  LayerStore& store_;
  Copy copy_;
};

class PlainCopySnapshotter : public Snapshotter {
 public:
  explicit PlainCopySnapshotter(LayerStore& store) : store_(store) {}

  Result<std::unique_ptr<TreeView>> view(const LayerChain& chain) override {
    // One layer that hides nothing is the tree as it is.
    if (chain.size() == 1 && !chain.front()->whiteouts) {
      return std::make_unique<PlainView>(MBUILD_TRY(store_.folders().open_tree(chain.front()->id)),
                                         std::nullopt);
    }
    Copy copy = MBUILD_TRY(copy_chain(store_.folders(), chain));
    Fd root = std::move(copy.draft.fs);
    return std::make_unique<PlainView>(std::move(root), std::move(copy.draft));
  }

  Result<std::unique_ptr<Workspace>> prepare(const LayerChain& chain) override {
    return std::make_unique<PlainWorkspace>(store_, MBUILD_TRY(copy_chain(store_.folders(), chain)));
  }

 private:
  LayerStore& store_;
};

}  // namespace

Result<std::unique_ptr<Snapshotter>> make_plain_copy_snapshotter(LayerStore& store) {
  const LayerDraft probe = MBUILD_TRY_AS("plain-copy snapshots", store.folders().make_draft());
  const auto whiteout = OverlayForm::make_whiteout(probe.fs.get(), "probe");
  if (!whiteout) return fail(ErrorKind::unsupported, "plain-copy snapshots: " + whiteout.error().message());
  return std::make_unique<PlainCopySnapshotter>(store);
}

}  // namespace mbuild::builder
