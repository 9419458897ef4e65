#include "builder/snapshot/commit.h"

#include <chrono>

#include "builder/snapshot/creator.h"
#include "builder/snapshot/diff.h"
#include "registry/base/file_owner.h"

namespace mbuild::builder {

namespace {

using std::chrono::system_clock;

// Files are dated by the kernel's coarse clock, which lags behind by up to a tick (10 ms at 100 Hz).
constexpr std::chrono::milliseconds kClockLag{20};

std::int64_t nanoseconds(system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

LayerRecord record_of(const LayerContent& content, const TimeRange& touched, const std::string& boot) {
  LayerRecord record;
  record.layer.fingerprint = content.fingerprint;
  record.layer.entries = content.entries;
  record.layer.bytes = content.bytes;
  record.layer.whiteouts = content.whiteouts;
  record.boot = boot;
  record.touched_from = touched.from;
  record.touched_to = touched.to;
  record.layer.created = touched.to / 1'000'000'000;
  return record;
}

}  // namespace

std::string committed_layer_id(const oci::Digest& definition, const oci::Digest& fingerprint) {
  return oci::Digest::of("layer\n" + definition.str() + "\n" + fingerprint.str() + "\n").hex();
}

TimeRange touched_since(system_clock::time_point started) {
  return {nanoseconds(started - kClockLag), nanoseconds(system_clock::now())};
}

Result<CommittedLayer> commit_layer(LayerStore& store, LayerDraft draft, LowerTree& lower,
                                    const CommitOptions& options) {
  LayerFolders& folders = store.folders();
  if (options.creator && owners_are_recorded()) {
    MBUILD_CHECK_AS("note the owner of new files",
                    note_creator(draft.fs.get(), lower, options.creator->user, options.creator->group));
  }
  MBUILD_CHECK(prune_unchanged(draft.fs.get(), folders.form(), lower));
  const TimeRange touched = touched_since(options.started);
  const LayerContent content = MBUILD_TRY(fingerprint_layer(draft.fs.get(), touched));
  return install_layer(store, std::move(draft), content, touched, options.definition, {});
}

Result<CommittedLayer> install_layer(LayerStore& store, LayerDraft draft, const LayerContent& content,
                                     const TimeRange& touched, const oci::Digest& definition,
                                     std::vector<TarRecord> tars) {
  LayerFolders& folders = store.folders();
  LayerRecord record = record_of(content, touched, folders.boot());
  record.layer.id = committed_layer_id(definition, content.fingerprint);
  record.tars = std::move(tars);

  auto earlier = store.find(record.layer.id);
  if (!earlier && earlier.error().kind() != ErrorKind::not_found) return std::unexpected(earlier.error());
  if (!earlier) {
    if (MBUILD_TRY(folders.install(draft, record.layer.id, record))) {
      folders.wrote(record.layer.bytes);
      return CommittedLayer{std::make_shared<const Layer>(std::move(record.layer)), false};
    }
    earlier = store.find(record.layer.id);  // somebody else was faster
  }
  return CommittedLayer{MBUILD_TRY(std::move(earlier)), true};
}

}  // namespace mbuild::builder
