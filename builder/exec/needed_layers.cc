#include "builder/exec/needed_layers.h"

#include <algorithm>

#include "builder/context/rooted_path.h"

namespace mbuild::builder {

namespace {

bool is_pattern(const std::string& path) {
  return path.find_first_of("*?[\\") != std::string::npos;
}

// Whether all of `paths` are files in there. A link on the way leads through the same layers.
Result<bool> are_files(int root, const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    RootedPath found = MBUILD_TRY(resolve_in_root(root, path));
    if (!found.exists || S_ISDIR(found.status.st_mode)) return false;
  }
  return true;
}

}  // namespace

Result<LayerChain> needed_layers(const Step& step, const Tree& tree, const std::vector<std::string>& paths) {
  bool missing = false;
  for (const TreeLayer& layer : tree.layers)
    missing |= !MBUILD_TRY(layer.handle->is_there(step.services.layers));
  if (!missing || std::ranges::any_of(paths, is_pattern)) return step.materialise(tree);

  for (std::size_t count = 1; count < tree.layers.size(); count *= 2) {
    Tree upper;
    upper.layers.assign(tree.layers.end() - static_cast<std::ptrdiff_t>(count), tree.layers.end());
    LayerChain chain = MBUILD_TRY(step.materialise(upper));
    std::unique_ptr<TreeView> view = MBUILD_TRY(step.services.snapshots.view(chain));
    if (MBUILD_TRY(are_files(view->root(), paths))) return chain;
  }
  return step.materialise(tree);
}

}  // namespace mbuild::builder
