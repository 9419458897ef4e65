#include "builder/snapshot/overlay_chain.h"

#include <sys/stat.h>

#include <cerrno>

#include "builder/snapshot/implied_directories.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

Result<void> copy_root_attributes(int from, int to) {
  struct stat status {};
  if (::fstat(from, &status) != 0) return fail_errno(errno, "stat a layer");
  read_owner(from, status);
  if (set_owner(to, status.st_uid, status.st_gid) != 0 || ::fchmod(to, status.st_mode & 07777) != 0) {
    return fail_errno(errno, "copy the metadata of a root directory");
  }
  return {};
}

}  // namespace

Result<OverlayChain> OverlayChain::open(LayerFolders& folders, const LayerChain& chain) {
  OverlayChain result;
  std::vector<LayerPtr> layers;
  for (auto layer = chain.rbegin(); layer != chain.rend(); ++layer) {
    if (!(*layer)->empty()) {
      result.directories_.push_back(MBUILD_TRY(folders.open_tree((*layer)->id)));
      result.whiteouts_ |= (*layer)->whiteouts;
      layers.push_back(*layer);
    }
    if ((*layer)->hides_lower) break;
  }
  MBUILD_CHECK(result.correct(folders, layers));
  if (layers.empty()) MBUILD_CHECK(result.add_empty(folders));
  // The kernel wants two directories for a read-only overlay.
  if (layers.size() == 1 && result.whiteouts_) MBUILD_CHECK(result.add_empty(folders));
  return result;
}

std::vector<int> OverlayChain::directories() const {
  std::vector<int> result;
  for (const Fd& directory : directories_) result.push_back(directory.get());
  return result;
}

Result<void> OverlayChain::correct(LayerFolders& folders, const std::vector<LayerPtr>& layers) {
  std::vector<OpenLayer> open;
  bool any = false;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    open.push_back({layers[i], directories_[i].get()});
    any |= i + 1 < layers.size() && !layers[i]->implied_directories.empty();
  }
  if (!any) return {};
  const auto corrections = MBUILD_TRY(correct_implied_directories(open, folders.form()));
  if (corrections.empty()) return {};
  LayerDraft draft = MBUILD_TRY(folders.make_draft());
  MBUILD_CHECK(make_corrections(draft.fs.get(), corrections));
  MBUILD_CHECK(copy_root_attributes(directories_.front().get(), draft.fs.get()));
  directories_.insert(directories_.begin(), std::move(draft.fs));
  folders_.push_back(std::move(draft));
  return {};
}

Result<void> OverlayChain::add_empty(LayerFolders& folders) {
  LayerDraft draft = MBUILD_TRY(folders.make_draft());
  directories_.push_back(std::move(draft.fs));
  folders_.push_back(std::move(draft));
  return {};
}

Result<std::unique_ptr<OverlayMount>> OverlayMount::make(LayerFolders& folders, const OverlayStack& stack) {
  auto root = MBUILD_TRY(mount_overlay(stack, folders.form()));
  if (!root) {
    const WorkFolder scratch = MBUILD_TRY(folders.work().make_folder());
    root = MBUILD_TRY(mount_overlay_by_paths(stack, folders.form(), scratch.fd()));
  }
  return std::unique_ptr<OverlayMount>(new OverlayMount(folders.work(), std::move(*root)));
}

Result<std::unique_ptr<OverlayMount>> OverlayMount::make(LayerFolders& folders, OverlayChain& chain) {
  std::unique_ptr<OverlayMount> mount;
  if (chain.is_plain()) {
    Fd root = MBUILD_TRY(mount_read_only(chain.directories().front()));
    mount.reset(new OverlayMount(folders.work(), std::move(root)));
  } else {
    OverlayStack stack;
    stack.lower = chain.directories();
    mount = MBUILD_TRY(make(folders, stack));
  }
  mount->keep(chain);
  return mount;
}

void OverlayMount::keep(OverlayChain& chain) {
  for (LayerDraft& folder : chain.take_folders()) keep(std::move(folder.folder));
}

OverlayMount::~OverlayMount() {
  area_.run_later([root = std::move(root_), folders = std::move(folders_)]() mutable {
    root.reset();
    folders.clear();
  });
}

}  // namespace mbuild::builder
