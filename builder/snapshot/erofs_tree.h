// A layer's archive as a tree in memory, for the EROFS index.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "builder/snapshot/layer_apply.h"
#include "registry/base/result.h"
#include "registry/oci/entry.h"

namespace mbuild::builder {

struct ErofsNode {
  using Children = std::map<std::string, ErofsNode*>;

  oci::EntryType type = oci::EntryType::regular;  // never a hardlink
  std::uint32_t mode = 0;                         // permission bits
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int64_t mtime = 0;
  std::uint64_t size = 0;         // of regular files
  std::uint64_t data_offset = 0;  // of their contents in the archive; a multiple of 512
  std::string link;               // of symlinks
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::unique_ptr<std::map<std::string, std::string>> xattrs;
  Children children;
  ErofsNode* parent = nullptr;  // of directories; the root's is itself
  std::uint32_t links = 0;      // names, of anything but a directory
  bool implied = false;
  std::uint64_t position = 0;  // of its inode in the image: the image writer's own

  bool is_directory() const { return type == oci::EntryType::directory; }
  // As OverlayForm::is_whiteout() has it.
  bool is_whiteout() const {
    return type == oci::EntryType::character_device && device_major == 0 && device_minor <= 1;
  }
};

// Takes the members of an archive one after the other, with the same meaning as apply_layer() gives them.
class ErofsTree {
 public:
  ErofsTree();

  // `data_offset` is where the contents of a regular file that has any begin in the archive. Errors are those
  // of apply_layer(), less what only a file system has.
  Result<void> add(const oci::Entry& entry, std::uint64_t data_offset);

  ErofsNode& root() { return *root_; }
  AppliedLayer summary() const;

 private:
  struct Place {
    ErofsNode* directory = nullptr;
    std::string name;
  };
  Result<Place> place(const std::string& path, bool make);
  Result<ErofsNode*> resolve(const std::string& path, bool make);
  Result<void> add_directory(const Place& place, const oci::Entry& entry);
  Result<void> add_hardlink(const Place& place, const oci::Entry& entry);
  ErofsNode* make_directory(ErofsNode* parent, const std::string& name, bool opaque);
  ErofsNode* make_node();
  void make_opaque(ErofsNode* directory);
  void clear(const Place& place);
  static void drop_names(ErofsNode* node);
  void put(const Place& place, ErofsNode* node);

  std::deque<ErofsNode> nodes_;  // those that were replaced stay, unreachable
  ErofsNode* root_;
  std::string last_path_;
  ErofsNode* last_ = nullptr;
  AppliedLayer summary_;
};

}  // namespace mbuild::builder
