// The outputs of a build: which exporters a request asks for, and running them.
#pragma once

#include <optional>
#include <vector>

#include "builder/build.h"
#include "builder/build/session.h"
#include "builder/exec/event_sink.h"
#include "builder/export/exporter.h"

namespace mbuild::builder {

// One `--output` each, what --push means included, checked before anything is built. Without any: the image
// store. With SOURCE_DATE_EPOCH files are no newer than it (rewrite-timestamp) unless an output says
// otherwise: that is what makes equal builds equal.
Result<std::vector<ExportAttributes>> plan_outputs(const BuildRequest& request, bool has_epoch);

// What the layers should be compressed to while they are hashed, when all outputs that compress agree.
std::optional<CompressionOptions> wanted_compression(const std::vector<ExportAttributes>& outputs,
                                                     const ExportServices& services);

// Runs them one after the other; each is a step to the observer, numbered from `first_step` on.
Result<std::vector<ExportResult>> run_outputs(const std::vector<ExportAttributes>& outputs,
                                              const ExportInput& input, const ExportServices& services,
                                              EventSink& events, StepId first_step);

}  // namespace mbuild::builder
