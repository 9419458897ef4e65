// Loading an image into a Docker Engine over its socket (Docker Engine API: POST /images/load).
#pragma once

#include <memory>

#include "builder/export/exporter.h"

namespace mbuild::builder {

// type=docker without a destination. Layers go uncompressed, straight out of the store, and only those that
// the engine does not have; an engine that keeps its images in containerd is sent all of them.
std::unique_ptr<Exporter> make_daemon_exporter(const ExportAttributes& attributes,
                                               const ExportServices& services);

}  // namespace mbuild::builder
