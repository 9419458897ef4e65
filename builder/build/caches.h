// BuildCaches: the caches elsewhere of one build, from `--cache-from` to `--cache-to`.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/build/session.h"
#include "builder/cache/cache_export.h"
#include "builder/cache/cache_import.h"
#include "builder/cache/cache_spec.h"
#include "builder/exec/event_sink.h"
#include "builder/exec/tree.h"
#include "builder/export/image.h"
#include "builder/plan/plan.h"

namespace mbuild::builder {

// on_result() is safe for many threads; the rest is for the thread of the build. Everything is borrowed.
class BuildCaches {
 public:
  // Begins to read the caches that are imported. `invalid_input` for what the request says wrongly.
  static Result<std::unique_ptr<BuildCaches>> open(const BuildRequest& request, Session& session,
                                                   EventSink& events);

  CacheImport* import() { return import_.get(); }
  // Before the steps of a plan run: which results are wanted. Once more when they begin anew.
  void begin(const Plan& plan);
  void on_result(OpId op, const oci::Digest& key, const TreeLayer& layer);
  // Whether an import turned out to be bad since begin(), so that the steps are to begin anew.
  bool must_begin_anew() const;

  // Puts the inline cache into the image that came of the tree, when one was asked for.
  Result<void> annotate(Image& image, const Tree& tree, std::optional<std::int64_t> epoch);
  // Sends the rest; each export is a step to the observer, numbered from `first_step` on. Fails only for one
  // with ignore-error=false.
  Result<void> finish(const Plan& plan, const MountCache& mounts, StepId first_step);

 private:
  struct Export {
    CacheSpec spec;
    std::shared_ptr<CacheRemote> remote;
    std::unique_ptr<CacheExport> work;  // none of an inline one
  };
  struct Kept {
    oci::Digest key;
    TreeLayer layer;
  };
  BuildCaches(const BuildRequest& request, Session& session, EventSink& events)
      : request_(request), session_(session), events_(events) {}
  Result<void> open_imports(const CacheServices& services);
  Result<void> open_exports(const CacheServices& services);
  Result<CachedStep> describe(const oci::Digest& key, const TreeLayer& layer) const;
  CacheExport::MakeBlob blob_maker(const TreeLayer& layer, const CompressionOptions& compression) const;
  void add_mounts(Export& target, const Plan& plan, const MountCache& mounts);
  Result<void> finish_one(Export& target);
  void warn(const std::string& text) const;

  const BuildRequest& request_;
  Session& session_;
  EventSink& events_;
  std::unique_ptr<remote::Transport> transport_;  // to what is no registry
  std::unique_ptr<CacheImport> import_;
  std::vector<Export> exports_;
  std::optional<CacheSpec> inline_;
  std::set<OpId> in_result_;
  std::size_t rejected_ = 0;
  std::mutex mutex_;
  std::vector<Kept> kept_;
};

}  // namespace mbuild::builder
