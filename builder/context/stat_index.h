// StatIndex: what earlier builds learnt of the files of one build context, so that an unchanged file costs
// one stat instead of being read again.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "builder/context/source_file.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// What reading a regular file tells.
struct FileFacts {
  oci::Digest content;
  XattrMap xattrs;
};

// One file of the store's `contexts/` folder (DESIGN.md, "The store"). It is a cache: whatever is wrong with
// it, it is as if it were empty. Thread-safe; safe for processes that use the same file at once (the last to
// save wins).
class StatIndex {
 public:
  // The file `name` in `folder`, a directory descriptor that must stay open as long as the index is used.
  static std::unique_ptr<StatIndex> open(int folder, std::string name);

  // Whether such a file is what save() wrote.
  static bool is_whole(int folder, const std::string& name);

  // The name for a context, from what tells it from others: its canonical path.
  static std::string name_for(std::string_view context);

  // What is known of the file at `path`, if it is still the one that was described.
  std::optional<FileFacts> find(std::string_view path, const FileIdentity& identity) const;

  // Remembers a file that was read from `hashed_at` (nanoseconds since the epoch) on and had this identity
  // before and after, unless it is_racy().
  void record(std::string path, const FileIdentity& identity, FileFacts facts, std::int64_t hashed_at);

  // Whether a file of this identity could change after `hashed_at` without its ctime showing it: git's rule
  // (Documentation/technical/racy-git.txt), with room for the kernel's clock tick, and for file systems that
  // keep whole seconds.
  static bool is_racy(const FileIdentity& identity, std::int64_t hashed_at);

  // Writes the file anew when something was recorded. What no build asked for in the last 32 of them goes.
  Result<void> save();

 private:
  struct Known {
    FileIdentity identity;
    FileFacts facts;
    unsigned unused = 0;  // saves since a build last asked for it
    mutable std::atomic<bool> used{false};
  };

  StatIndex(int folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  bool load();
  std::string encode() const;

  const int folder_;
  const std::string name_;
  std::string text_;                                   // of the file; the keys of known_ point into it
  std::unordered_map<std::string_view, Known> known_;  // what the file said; fixed once it is loaded
  std::mutex mutex_;
  std::unordered_map<std::string, std::pair<FileIdentity, FileFacts>> added_;
};

}  // namespace mbuild::builder
