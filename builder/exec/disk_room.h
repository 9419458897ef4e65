// Whether the disk that holds the store is full, and what to do about it.
#pragma once

#include <string>

namespace mbuild::builder {

// Less than a mebibyte is free to this user, or no more files can be made. False when it cannot be told.
bool disk_is_full(const std::string& store_root);

// For the hint of an error.
std::string make_room_hint(const std::string& store_root);

}  // namespace mbuild::builder
