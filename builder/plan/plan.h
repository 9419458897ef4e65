// Plan: the graph of ops that a target needs, and what becomes of it on each platform.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "builder/plan/op.h"
#include "registry/oci/image_config.h"

namespace mbuild::builder {

// A history entry of the result that this build adds. The one of a layer names the op that makes it.
struct PlannedHistory {
  std::string created_by;
  std::optional<OpId> layer;  // absent: an empty_layer entry
};

// What becomes of the target on one platform.
struct PlannedImage {
  OpId result = 0;  // the root file system of the target stage
  // The result's config as far as the Dockerfile decides it: platform, author, config; diff_ids and history
  // hold the base image's only.
  oci::ImageConfig config;
  std::vector<PlannedHistory> history;
};

// Immutable once lowered.
struct Plan {
  std::vector<Op> ops;               // an op's inputs come before it
  std::vector<PlannedImage> images;  // one for each platform, in the order they were asked for
};

// The ops whose layers the images are made of.
std::set<OpId> ops_of_images(const Plan& plan);

}  // namespace mbuild::builder
