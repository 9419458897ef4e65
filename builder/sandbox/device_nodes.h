// The nodes and links in a step's /dev.
#pragma once

#include <span>

#include "registry/base/result.h"

namespace mbuild::builder {

// null, zero, full, random, urandom and tty.
std::span<const char* const> device_names();

// Makes the nodes in the folder `dev`, with umask 0. False when the kernel lets this user make none.
Result<bool> make_device_nodes(int dev);

// fd, stdin, stdout, stderr, core and ptmx.
Result<void> make_device_links(int dev);

// All that a /dev without mounts can have: nodes, or just a file for null where they cannot be made, links,
// and a folder for shared memory. Whatever the umask.
Result<void> fill_plain_dev(int dev);

}  // namespace mbuild::builder
