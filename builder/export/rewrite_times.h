// SOURCE_DATE_EPOCH at export: which one holds, and images whose files are no newer than it.
#pragma once

#include <optional>

#include "builder/export/attributes.h"
#include "builder/export/exporter.h"
#include "builder/export/image.h"

namespace mbuild::builder {

// The exporter's own, which may be none, else the build's.
std::optional<std::int64_t> effective_epoch(std::optional<std::int64_t> of_build,
                                            const ExportAttributes& attributes);

// With rewrite-timestamp and an epoch: images in which every layer that is not from a base is replaced by one
// (a layer of the store in its own right) whose newer times are cut down to the epoch (SEMANTICS B3). Else
// `input` as it is.
Result<ExportInput> rewrite_times(const ExportInput& input, const ExportAttributes& attributes,
                                  const ExportServices& services);

}  // namespace mbuild::builder
