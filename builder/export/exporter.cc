#include "builder/export/exporter.h"

#include "builder/export/archive_exporter.h"
#include "builder/export/daemon_load.h"
#include "builder/export/image_exporter.h"
#include "builder/export/tree_exporter.h"

namespace mbuild::builder {

std::unique_ptr<Exporter> make_exporter(const ExportAttributes& attributes, const ExportServices& services) {
  switch (attributes.type) {
    case ExportType::image:
      return make_image_exporter(attributes, services);
    case ExportType::oci:
      return make_oci_exporter(attributes, services);
    case ExportType::docker:
      // As in buildx: without a destination it goes into the engine.
      if (attributes.dest.empty()) return make_daemon_exporter(attributes, services);
      return make_docker_exporter(attributes, services);
    case ExportType::local:
      return make_local_exporter(attributes, services);
    case ExportType::tar:
      return make_tar_exporter(attributes, services);
  }
  return nullptr;
}

}  // namespace mbuild::builder
