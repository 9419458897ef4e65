// Snapshots as overlay mounts (SnapshotterKind::overlay).
#include "builder/snapshot/overlay_snapshotter.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>

#include "builder/snapshot/commit.h"
#include "builder/snapshot/overlay_mount.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

Result<Fd> make_directory(const WorkFolder& work, const char* name) {
  if (::mkdirat(work.fd(), name, 0755) != 0) return fail_errno(errno, "make directory in " + work.path());
  Fd directory =
      MBUILD_TRY(fs_at::open(work.fd(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, fs_at::Links::refuse));
  // Whatever the umask: it may be the root of a tree.
  if (::fchmod(directory.get(), 0755) != 0 || ::fchown(directory.get(), ::geteuid(), ::getegid()) != 0) {
    return fail_errno(errno, "set owner and mode in " + work.path());
  }
  return directory;
}

// The layers that are seen: none below an opaque root, none that are empty. Topmost first.
Result<std::vector<Fd>> open_layers(const LayerFolders& folders, const LayerChain& chain) {
  std::vector<Fd> layers;
  for (auto layer = chain.rbegin(); layer != chain.rend(); ++layer) {
    if (!(*layer)->empty()) layers.push_back(MBUILD_TRY(folders.open_tree((*layer)->id)));
    if ((*layer)->hides_lower) break;
  }
  return layers;
}

// One layer without whiteouts is the tree as it is.
bool is_plain_tree(const LayerChain& chain, std::size_t layers) {
  if (layers != 1) return false;
  for (const LayerPtr& layer : chain) {
    if (layer->whiteouts) return false;
  }
  return true;
}

// Read-only, over any number of layers.
class OverlayView : public TreeView {
 public:
  static Result<std::unique_ptr<OverlayView>> make(LayerFolders& folders, const LayerChain& chain) {
    std::vector<Fd> layers = MBUILD_TRY(open_layers(folders, chain));
    if (is_plain_tree(chain, layers.size())) {
      return std::unique_ptr<OverlayView>(
          new OverlayView(MBUILD_TRY(mount_read_only(layers.front().get())), std::nullopt));
    }
    LayerDraft draft = MBUILD_TRY(folders.make_draft());
    if (layers.empty()) {
      Fd root = MBUILD_TRY(mount_read_only(draft.fs.get()));
      return std::unique_ptr<OverlayView>(new OverlayView(std::move(root), std::move(draft.work)));
    }
    OverlayStack stack;
    for (const Fd& layer : layers) stack.lower.push_back(layer.get());
    if (layers.size() == 1) stack.lower.push_back(draft.fs.get());
    const Fd scratch = MBUILD_TRY(make_directory(draft.work, "mount"));
    Fd root = MBUILD_TRY(mount_overlay(stack, folders.form(), scratch.get()));
    return std::unique_ptr<OverlayView>(new OverlayView(std::move(root), std::move(draft.work)));
  }

  int root() const override { return root_.get(); }

 private:
  OverlayView(Fd root, std::optional<WorkFolder> work) : work_(std::move(work)), root_(std::move(root)) {}

  std::optional<WorkFolder> work_;
  Fd root_;  // goes first
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
    view_ = MBUILD_TRY(OverlayView::make(folders_, chain_));
    tree_.emplace(view_->root());
    return {};
  }

  LayerFolders& folders_;
  const LayerChain& chain_;
  std::unique_ptr<OverlayView> view_;
  std::optional<DirectoryTree> tree_;
};

class OverlayWorkspace : public Workspace {
 public:
  static Result<std::unique_ptr<Workspace>> make(LayerStore& store, const LayerChain& chain) {
    LayerFolders& folders = store.folders();
    LayerDraft draft = MBUILD_TRY(folders.make_draft());
    std::vector<Fd> layers = MBUILD_TRY(open_layers(folders, chain));
    if (layers.empty()) layers.push_back(MBUILD_TRY(make_directory(draft.work, "empty")));
    const Fd work = MBUILD_TRY(make_directory(draft.work, "work"));
    const Fd scratch = MBUILD_TRY(make_directory(draft.work, "mount"));
    OverlayStack stack;
    for (const Fd& layer : layers) stack.lower.push_back(layer.get());
    stack.upper = draft.fs.get();
    stack.work = work.get();
    auto workspace = std::unique_ptr<OverlayWorkspace>(new OverlayWorkspace(store, chain, std::move(draft)));
    MBUILD_CHECK(workspace->copy_root_attributes(layers.front().get()));
    workspace->root_ = MBUILD_TRY(mount_overlay(stack, folders.form(), scratch.get()));
    return workspace;
  }

  int root() const override { return root_.get(); }

  Result<CommittedLayer> commit(const CommitOptions& options) override {
    root_.reset();
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
    return set_root_attributes();
  }
  Result<void> set_root_attributes() const {
    if (::fchown(draft_.fs.get(), root_status_.st_uid, root_status_.st_gid) != 0 ||
        ::fchmod(draft_.fs.get(), root_status_.st_mode & 07777) != 0) {
      return fail_errno(errno, "set the root directory's owner and mode");
    }
    return {};
  }

  LayerStore& store_;
  LayerChain chain_;
  LayerDraft draft_;
  struct stat root_status_ {};
  Fd root_;  // goes first
};

class OverlaySnapshotter : public Snapshotter {
 public:
  explicit OverlaySnapshotter(LayerStore& store) : store_(store) {}
  Result<std::unique_ptr<TreeView>> view(const LayerChain& chain) override {
    return std::unique_ptr<TreeView>(MBUILD_TRY(OverlayView::make(store_.folders(), chain)));
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
