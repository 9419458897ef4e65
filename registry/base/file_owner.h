// Owners of files, for processes that can give files away and for those that can only note it.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <string_view>

namespace mbuild {

// How many users the user namespace of this process knows (user_namespaces(7)); 0 when that cannot be read.
std::uint64_t count_mapped_users();

// Whether this process is in a user namespace of one id, whose files can have no other owner. There the
// functions below note an owner in extended attributes instead: "user.mbuild.owner" of a regular file or a
// directory; of anything else, which can have no such attribute, one of its directory (it does not move with
// the file). Everywhere else they are fchown(2) and fchownat(2), and what stat(2) says is the owner. Found
// out once a process.
bool owners_are_recorded();

// Like fchown(2): 0, or -1 and errno. -1 leaves an id as it is. Where owners are noted, an O_PATH descriptor
// will do, and only regular files and directories have one.
int set_owner(int fd, uid_t uid, gid_t gid);
// Like fchownat(2) with AT_SYMLINK_NOFOLLOW.
int set_owner_at(int directory, const char* name, uid_t uid, gid_t gid);

// Puts the owner that is noted into `status`, which is that of the file; by its directory where it may not be
// opened. What cannot be read is not noted.
void read_owner(int fd, struct stat& status);
void read_owner_at(int directory, const char* name, struct stat& status);

// Whether an extended attribute is such a note: no part of any image, and nothing that an archive may set.
bool is_owner_record(std::string_view xattr);

}  // namespace mbuild
