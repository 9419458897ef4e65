// What a build tells of its result to programs: the content of `--metadata-file`.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "builder/export/exporter.h"

namespace mbuild::builder {

// JSON with the keys that buildx writes: containerimage.digest, containerimage.config.digest,
// containerimage.descriptor, image.name (a comma list); each only when some exporter has it, the last one's
// where several do; and "mbuild.steps" with `steps_json`, an array of JSON, unless that is empty. Ends in a
// newline.
std::string metadata_json(std::span<const ExportResult> results, std::string_view steps_json = {});

}  // namespace mbuild::builder
