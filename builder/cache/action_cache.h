// ActionCache: the store's `actions/<ab>/<key>` files: cache key -> what the step of that key gave.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "builder/events.h"
#include "registry/base/fd.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

// What a step gave when it ran.
struct ActionResult {
  std::string layer;        // its id in the LayerStore; whether it is still there is the caller's to find out
  oci::Digest fingerprint;  // of the layer: keys the steps after it
  std::int64_t created = 0;  // seconds since the epoch
  Resources resources;       // what running it cost
  // Written in an earlier boot or by another machine and never confirmed: a power cut may have lost what it
  // names, so the layer is to be verified before it is used (DESIGN.md, "Crash rule"). Ignored by store().
  bool needs_check = false;
};

// Safe for any number of threads and processes, on a shared folder too: each record is one small file that
// appears by rename. Nothing about a record is trusted: one that is unreadable, damaged, of another format or
// under another key's name is as good as absent.
class ActionCache {
 public:
  static Result<ActionCache> open(const std::string& store_root);

  // Marks the record as used now, at most once an hour: its mtime is the time of its last use.
  std::optional<ActionResult> find(const oci::Digest& key) const;
  // The same, without marking it as used.
  std::optional<ActionResult> peek(const oci::Digest& key) const;
  Result<void> store(const oci::Digest& key, const ActionResult& result) const;
  // The caller has verified, after a find() that asked for it, that `result` is whole: no later find() asks
  // again.
  Result<void> confirm(const oci::Digest& key, const ActionResult& result) const;
  Result<void> remove(const oci::Digest& key) const;  // absent is success

 private:
  ActionCache(Fd dir, std::string boot) : dir_(std::move(dir)), boot_(std::move(boot)) {}
  Result<void> write(const oci::Digest& key, const ActionResult& result, bool confirmed) const;

  Fd dir_;
  std::string boot_;  // of this machine; empty when it is not to be had, and then nothing is of this boot
};

}  // namespace mbuild::builder
