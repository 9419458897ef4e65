#include "builder/build/store_root.h"

#include <unistd.h>

#include "builder/build.h"
#include "registry/remote/environment.h"

namespace mbuild::builder {

std::string default_store_root() {
  const auto variable = [](const char* name) { return remote::process_environment(name).value_or(""); };
  if (std::string root = variable("MBUILD_ROOT"); !root.empty()) return root;
  if (geteuid() == 0) return "/var/lib/mbuild";
  if (std::string data = variable("XDG_DATA_HOME"); !data.empty()) return data + "/mbuild";
  return variable("HOME") + "/.local/share/mbuild";
}

std::string store_root_of(const std::string& given) {
  return given.empty() ? default_store_root() : given;
}

}  // namespace mbuild::builder
