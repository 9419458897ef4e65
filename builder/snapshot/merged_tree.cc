#include "builder/snapshot/merged_tree.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "registry/base/file_owner.h"

namespace mbuild::builder {

// Names of one directory, layer by layer from the top.
class MergedTree::Merge {
 public:
  Merge(const MergedTree& tree, const std::string& directory) : tree_(tree), directory_(directory) {}

  Result<void> add(std::size_t layer) {
    const Source& source = tree_.layers_[layer];
    const Fd fd = MBUILD_TRY_AS(directory_, open_directory(source.fs.get(), directory_));
    for (DirectoryEntry& entry : MBUILD_TRY_AS(directory_, read_directory(fd.get()))) {
      MBUILD_CHECK(add_entry(layer, source, fd.get(), std::move(entry)));
    }
    return {};
  }

  std::vector<MergedEntry> take() {
    std::vector<MergedEntry> result;
    for (auto& [name, found] : names_) {
      if (!found.merged.layers.empty()) result.push_back(std::move(found.merged));
    }
    return result;
  }

 private:
  struct Name {
    MergedEntry merged;
    bool closed = false;  // nothing below is seen
    bool stated = false;  // the metadata is
  };

  Result<void> add_entry(std::size_t layer, const Source& source, int directory, DirectoryEntry entry) {
    Name& name = names_[entry.name];
    if (name.closed) return {};
    if (!entry.status.is_directory()) {
      name.closed = true;
      const bool whiteout = OverlayForm::is_whiteout(entry.status.mode, entry.status.device);
      if (!whiteout && name.merged.layers.empty()) name.merged = {std::move(entry), {layer}};
      return {};
    }
    const auto& implied = source.layer->implied_directories;
    const bool stated = implied.empty() || !std::binary_search(implied.begin(), implied.end(),
                                                               join_path(directory_, entry.name));
    if (source.layer->whiteouts) {
      const Fd fd = MBUILD_TRY(open_directory(directory, entry.name));
      name.closed = MBUILD_TRY(tree_.form_.is_opaque(fd.get()));
    }
    if (name.merged.layers.empty() || (stated && !name.stated)) {
      name.merged.entry = std::move(entry);
      name.stated = stated;
    }
    name.merged.layers.push_back(layer);
    return {};
  }

  const MergedTree& tree_;
  const std::string& directory_;
  std::map<std::string, Name> names_;
};

Result<MergedTree> MergedTree::open(const LayerFolders& folders, const LayerChain& chain) {
  MergedTree tree(folders.form());
  for (auto layer = chain.rbegin(); layer != chain.rend(); ++layer) {
    if (!(*layer)->empty()) tree.layers_.push_back({*layer, MBUILD_TRY(folders.open_tree((*layer)->id))});
    if ((*layer)->hides_lower) break;
  }
  return tree;
}

std::vector<std::size_t> MergedTree::root() const {
  std::vector<std::size_t> all(layers_.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

Result<FileStatus> MergedTree::root_status() const {
  struct stat status {};
  status.st_mode = S_IFDIR | 0755;
  if (!layers_.empty() && ::fstat(layers_.front().fs.get(), &status) != 0)
    return fail_errno(errno, "stat a layer");
  if (!layers_.empty()) read_owner(layers_.front().fs.get(), status);
  return status_of(status);
}

Result<std::vector<MergedEntry>> MergedTree::list(const std::string& directory,
                                                  const std::vector<std::size_t>& layers) const {
  Merge merge(*this, directory);
  for (const std::size_t layer : layers) MBUILD_CHECK(merge.add(layer));
  return merge.take();
}

}  // namespace mbuild::builder
