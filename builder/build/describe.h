// describe(): what a build gave, as the caller sees it.
#pragma once

#include <vector>

#include "builder/build.h"
#include "builder/export/exporter.h"
#include "builder/export/image.h"

namespace mbuild::builder {

// Its layers, each with the history entry that tells of it.
std::vector<BuiltLayer> built_layers(const Image& image);

BuiltImage describe(const ExportInput& input, const std::vector<ExportResult>& results,
                    std::vector<BuiltStep> steps);

}  // namespace mbuild::builder
