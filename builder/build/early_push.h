// EarlyPush: layers of images that are to be pushed, sent while later steps still run.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "builder/exec/tree.h"
#include "builder/export/attributes.h"
#include "builder/export/exporter.h"
#include "builder/plan/plan.h"
#include "registry/base/worker_pool.h"
#include "registry/oci/reference.h"

namespace mbuild::builder {

// It only goes ahead of the push that comes when all is built: that finds the blobs there, waits for those
// that are under way, and says what is wrong if anything is. After the first failure no more are tried. A
// build that fails leaves blobs at the registry that no manifest names, which it removes as garbage.
class EarlyPush {
 public:
  // For the outputs that push; `tags` are the names where one has none of its own, `epoch` is
  // SOURCE_DATE_EPOCH. `services` has a registry, and what it points at outlives this.
  EarlyPush(const std::vector<ExportAttributes>& outputs, const std::vector<oci::Reference>& tags,
            std::optional<std::int64_t> epoch, const ExportServices& services, unsigned uploads_at_once);
  EarlyPush(const EarlyPush&) = delete;
  EarlyPush& operator=(const EarlyPush&) = delete;
  // Ends what is under way, within 100 ms or so.
  ~EarlyPush();

  // Before the steps of a plan run. Once more when they begin anew.
  void begin(const Plan& plan);
  // Thread-safe, and quick: the work is done by threads of its own.
  void on_result(OpId op, const TreeLayer& layer);
  // When no more steps run: what was not begun is left to the push.
  void finish();

 private:
  struct Target {
    CompressionOptions compression;
    bool force_compression = false;
    std::optional<std::int64_t> clamp_mtime;
    std::vector<oci::Reference> repositories;  // one name in each
  };
  Result<void> send(const Target& target, const Layer& layer) const;

  ExportServices services_;
  std::vector<Target> targets_;
  std::set<OpId> wanted_;  // the ops whose layers are sent
  std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<bool> resting_ = false;  // nothing more is begun
  std::mutex mutex_;
  std::set<std::string> taken_;  // ids of layers
  std::optional<WorkerPool> pool_;
  unsigned uploads_at_once_;
};

}  // namespace mbuild::builder
