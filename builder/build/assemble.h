// assemble(): the executed plan -> the config of the image.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "builder/plan/plan.h"
#include "registry/oci/image_config.h"

namespace mbuild::builder {

struct AssembleOptions {
  std::vector<std::pair<std::string, std::string>> labels;  // --label: they beat the Dockerfile's
  std::optional<std::int64_t> source_date_epoch;            // seconds
  std::int64_t now = 0;                                     // seconds; for images that nothing dates
};

// `created[i]` is when layer i of the result's whole tree was made (seconds, 0 for the base image's). The
// config's diff_ids stay the base's: who hashes the layers sets them. Entries of the base's history stay as
// they are; every new one gets a time, as BuildKit's exporter fills them in (SEMANTICS B1): a layer's own,
// and for the rest the one before it.
oci::ImageConfig assemble(const PlannedImage& plan, const std::vector<std::int64_t>& created,
                          const AssembleOptions& options);

// "2026-01-02T03:04:05Z" (RFC 3339, UTC).
std::string format_time(std::int64_t seconds);

}  // namespace mbuild::builder
