// The exporters whose result is the root file system itself: type=local and type=tar.
#pragma once

#include <memory>
#include <string>

#include "builder/export/exporter.h"

namespace mbuild::builder {

// Into a directory, made when missing. Files get the caller as owner; devices are left out. What the image
// has replaces what is there, and nothing else is touched.
std::unique_ptr<Exporter> make_local_exporter(const ExportAttributes& attributes,
                                              const ExportServices& services);

// As one tar, with the image's owners and devices.
std::unique_ptr<Exporter> make_tar_exporter(const ExportAttributes& attributes,
                                            const ExportServices& services);

// The folder of a platform where there are several: "linux_amd64", "linux_arm_v7".
std::string platform_folder(const oci::Platform& platform);

}  // namespace mbuild::builder
