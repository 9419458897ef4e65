// Changing the "auths" of a config.json or auth.json, and nothing else in it.
#pragma once

#include <string>

#include "registry/base/result.h"
#include "registry/remote/credentials.h"

namespace mbuild::remote {

// The file appears whole, with mode 0600; its folder is made (0700) when it is missing. A symbolic link is
// followed. `key` names the registry as the file does.
Result<void> set_auth(const std::string& path, const std::string& key, const Credentials& credentials);

// Gives whether there was an entry. A missing file has none.
Result<bool> remove_auth(const std::string& path, const std::string& key);

}  // namespace mbuild::remote
