// Snapshots as overlay mounts (SnapshotterKind::overlay).
#include "builder/snapshot/overlay_snapshotter.h"

#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "builder/snapshot/commit.h"
#include "builder/snapshot/overlay_chain.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

Result<std::unique_ptr<OverlayMount>> mount_chain(LayerFolders& folders, const LayerChain& chain) {
  OverlayChain opened = MBUILD_TRY(OverlayChain::open(folders, chain));
  return OverlayMount::make(folders, opened);
}

class OverlayView : public TreeView {
 public:
  explicit OverlayView(std::unique_ptr<OverlayMount> mount) : mount_(std::move(mount)) {}
  int root() const override { return mount_->root(); }

 private:
  std::unique_ptr<OverlayMount> mount_;
};

// The tree below a workspace, mounted when it is first asked for: a step that writes nothing never does.
class LowerView : public LowerTree {
 public:
  LowerView(LayerFolders& folders, const LayerChain& chain) : folders_(folders), chain_(chain) {}

  Result<std::optional<DirectoryEntry>> find(const std::string& directory, const std::string& name) override {
    MBUILD_CHECK(mount());
    return tree_->find(directory, name);
  }
  Result<std::vector<DirectoryEntry>> list(const std::string& directory) override {
    MBUILD_CHECK(mount());
    return tree_->list(directory);
  }
  Result<Fd> open(const std::string& path) override {
    MBUILD_CHECK(mount());
    return tree_->open(path);
  }

 private:
  Result<void> mount() {
    if (tree_) return {};
    mount_ = MBUILD_TRY(mount_chain(folders_, chain_));
    tree_.emplace(mount_->root());
    return {};
  }

  LayerFolders& folders_;
  const LayerChain& chain_;
  std::unique_ptr<OverlayMount> mount_;
  std::optional<DirectoryTree> tree_;
};

class OverlayWorkspace : public Workspace {
 public:
  static Result<std::unique_ptr<Workspace>> make(LayerStore& store, const LayerChain& chain) {
    LayerFolders& folders = store.folders();
    OverlayChain opened = MBUILD_TRY(OverlayChain::open(folders, chain));
    WorkFolder work = MBUILD_TRY(folders.work().make_folder());  // overlayfs's own
    auto workspace = std::unique_ptr<OverlayWorkspace>(
        new OverlayWorkspace(store, chain, MBUILD_TRY(folders.make_draft())));
    OverlayStack stack;
    stack.lower = opened.directories();
    stack.upper = workspace->draft_.fs.get();
    stack.work = work.fd();
    MBUILD_CHECK(workspace->copy_root_attributes(stack.lower.front()));
    workspace->mount_ = MBUILD_TRY(OverlayMount::make(folders, stack));
    workspace->mount_->keep(opened);
    workspace->mount_->keep(std::move(work));
    return workspace;
  }

  int root() const override { return mount_ ? mount_->root() : -1; }

  Result<CommittedLayer> commit(const CommitOptions& options) override {
    mount_.reset();  // nothing writes any more, so it does not matter when it is gone
    LowerView lower(store_.folders(), chain_);
    MBUILD_CHECK(set_root_attributes());
    return commit_layer(store_, std::move(draft_), lower, options);
  }

 private:
  OverlayWorkspace(LayerStore& store, LayerChain chain, LayerDraft draft)
      : store_(store), chain_(std::move(chain)), draft_(std::move(draft)) {}

  // No tarball says anything about the root: it is what it was, before and after the step.
  Result<void> copy_root_attributes(int lower) {
    if (::fstat(lower, &root_status_) != 0) return fail_errno(errno, "stat a layer");
    read_owner(lower, root_status_);
    return set_root_attributes();
  }
  Result<void> set_root_attributes() const {
    if (set_owner(draft_.fs.get(), root_status_.st_uid, root_status_.st_gid) != 0 ||
        ::fchmod(draft_.fs.get(), root_status_.st_mode & 07777) != 0) {
      return fail_errno(errno, "set the root directory's owner and mode");
    }
    return {};
  }

  LayerStore& store_;
  LayerChain chain_;
  LayerDraft draft_;  // its fs/ is the upper folder
  struct stat root_status_ {};
  std::unique_ptr<OverlayMount> mount_;  // goes first
};

class OverlaySnapshotter : public Snapshotter {
 public:
  explicit OverlaySnapshotter(LayerStore& store) : store_(store) {}
  Result<std::unique_ptr<TreeView>> view(const LayerChain& chain) override {
    return std::make_unique<OverlayView>(MBUILD_TRY(mount_chain(store_.folders(), chain)));
  }
  Result<std::unique_ptr<Workspace>> prepare(const LayerChain& chain) override {
    return OverlayWorkspace::make(store_, chain);
  }

 private:
  LayerStore& store_;
};

}  // namespace

Result<std::unique_ptr<Snapshotter>> make_overlay_snapshotter(LayerStore& store) {
  auto snapshotter = std::make_unique<OverlaySnapshotter>(store);
  MBUILD_TRY_AS("overlay snapshots", snapshotter->prepare({}));
  return snapshotter;
}

}  // namespace mbuild::builder
