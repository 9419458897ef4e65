// The exporters whose result is an archive of an image: type=oci and type=docker.
#pragma once

#include <memory>

#include "builder/export/exporter.h"

namespace mbuild::builder {

// An OCI layout, as a tar or, with tar=false, in a directory, whose earlier images stay.
std::unique_ptr<Exporter> make_oci_exporter(const ExportAttributes& attributes,
                                            const ExportServices& services);

// What `docker load` takes: an OCI layout with a manifest.json.
// Engine.
std::unique_ptr<Exporter> make_docker_exporter(const ExportAttributes& attributes,
                                               const ExportServices& services);

}  // namespace mbuild::builder
