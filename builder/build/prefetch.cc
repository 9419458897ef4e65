#include "builder/build/prefetch.h"

#include <set>
#include <string>

namespace mbuild::builder {

namespace {

constexpr std::size_t kMost = 8;  // a registry's patience is not endless

}  // namespace

ImagePrefetch::ImagePrefetch(const parser::StageGraph& graph, const LowerOptions& options,
                             ImageResolver& images) {
  std::set<std::string> names;
  for (std::size_t index : graph.needed)
    for (const parser::StageReference& reference : graph.stages[index].dependencies) {
      bool plain = graph.stages[index].platform.empty();
      if (plain && reference.kind == parser::StageReference::Kind::image) names.insert(reference.name);
    }
  if (names.size() < 2) return;
  for (const std::string& name : names) {
    if (threads_.size() == kMost) return;
    threads_.emplace_back(
        [&images, name, platform = options.target_platform] { (void)images.resolve(name, platform); });
  }
}

}  // namespace mbuild::builder
