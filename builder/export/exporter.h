// Exporter: turns a finished image into what one `--output` asks for.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "builder/export/attributes.h"
#include "builder/export/image.h"
#include "builder/export/image_store.h"
#include "builder/snapshot/layer_store.h"
#include "builder/snapshot/snapshotter.h"
#include "registry/oci/descriptor.h"
#include "registry/remote/client.h"

namespace mbuild::builder {

// What exporters work with. All pointers are borrowed and outlive the exporter; null ones are for those that
// a build does without, and an exporter that needs one says so as `unsupported`.
struct ExportServices {
  LayerStore* layers = nullptr;  // never null
  ImageStore* images = nullptr;
  Snapshotter* snapshotter = nullptr;
  remote::RegistryClient* registry = nullptr;
  std::string docker_socket;  // of the Docker Engine; empty: what $DOCKER_HOST says
  int output_fd = -1;    // where dest=- goes
  unsigned threads = 1;  // at most so many at work
  const std::atomic<bool>* cancel = nullptr;
};

// Called while an export runs, from any of its threads: `what` names one line, `total` is 0 when unknown.
using ExportProgress = std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)>;

struct ExportResult {
  std::optional<oci::Descriptor> root;  // of the manifest or index that was made, if one was
  oci::Digest config;                   // of a single image; empty for an index
  std::vector<std::string> names;       // that the result now has at its destination
};

class Exporter {
 public:
  virtual ~Exporter() = default;

  // For the progress: "exporting to oci archive out.tar".
  virtual std::string title() const = 0;

  // How it will ask for layers, so that a layer that is not hashed yet is compressed in the same pass;
  // nullopt when it takes no compressed layers.
  virtual std::optional<CompressionOptions> wanted_compression() const { return std::nullopt; }

  // All or nothing: after an error no file, tag or image name has changed at the destination. (A directory
  // that is written into keeps the files that were complete.)
  virtual Result<ExportResult> run(const ExportInput& input, const ExportProgress& progress) = 0;
};

std::unique_ptr<Exporter> make_exporter(const ExportAttributes& attributes, const ExportServices& services);

}  // namespace mbuild::builder
