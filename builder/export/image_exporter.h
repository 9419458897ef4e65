// type=image and type=registry: names in the image store, and pushing them.
#pragma once

#include <memory>

#include "builder/export/exporter.h"

namespace mbuild::builder {

std::unique_ptr<Exporter> make_image_exporter(const ExportAttributes& attributes,
                                              const ExportServices& services);

}  // namespace mbuild::builder
