// ImagePrefetch: resolves the images that a graph of stages names, all at once, while it is being lowered.
#pragma once

#include <thread>
#include <vector>

#include "builder/plan/lower.h"

namespace mbuild::builder {

// Waits for what it started when it goes. Errors show when the lowering asks for the same image.
class ImagePrefetch {
 public:
  ImagePrefetch(const parser::StageGraph& graph, const LowerOptions& options, ImageResolver& images);

 private:
  std::vector<std::jthread> threads_;
};

}  // namespace mbuild::builder
