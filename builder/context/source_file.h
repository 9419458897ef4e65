// SourceFile and SourceDirectory: what a tree held when it was walked.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "builder/context/xattrs.h"
#include "registry/oci/digest.h"
#include "registry/oci/entry.h"

namespace mbuild::builder {

// What tells that a file was not touched since it was looked at. Times are nanoseconds since the epoch.
struct FileIdentity {
  std::uint64_t size = 0;
  std::int64_t mtime = 0;
  std::int64_t ctime = 0;
  std::uint64_t inode = 0;

  static FileIdentity of(const struct stat& status);
  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

struct SourceDirectory;

// Why a name is listed.
enum class Presence : std::uint8_t {
  selected,
  // A directory that the ignore file leaves out, above something that it lets in again. Lands like any other.
  reincluded,
  // A directory that --parents does not ask for or that --exclude leaves out, above something they let in.
  // When it has to be made it gets its own metadata; one that exists keeps all but its mode (BuildKit's
  // createParentDirs).
  implied,
};

// One name of a directory. The walk fills in all but what needs a regular file to be opened: its `content`
// and `xattrs` are set by fingerprint().
struct SourceFile {
  std::string name;  // one path component; empty for the root of a tree
  oci::EntryType type = oci::EntryType::regular;
  std::uint32_t mode = 0;  // 07777
  std::uint32_t uid = 0;   // as the tree's ownership policy has it
  std::uint32_t gid = 0;
  std::uint32_t device_major = 0;  // of device nodes
  std::uint32_t device_minor = 0;
  FileIdentity identity;
  std::uint64_t device = 0;  // of the file system it lies on
  bool shared = false;       // a regular file that has other names, here or elsewhere
  bool reowned = false;      // `uid` and `gid` are not those it has where it lies
  bool socket = false;       // lands as an empty regular file, which `type` says it is
  Presence presence = Presence::selected;
  // Changed so shortly before it was hashed that a further change could go unnoticed.
  bool racy = false;
  std::string link;     // target of a symlink; of a hardlink, its first name, from the walk's root
  oci::Digest content;  // of a regular file's bytes
  XattrMap xattrs;
  std::unique_ptr<SourceDirectory> children;  // of a directory

  bool is_directory() const { return type == oci::EntryType::directory; }
};

struct SourceDirectory {
  std::string path;               // below the tree's root; empty: the root
  std::vector<SourceFile> files;  // by name, bytewise
};

}  // namespace mbuild::builder
