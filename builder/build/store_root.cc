#include "builder/build/store_root.h"

#include <unistd.h>

#include <cstdlib>

#include "builder/build.h"

namespace mbuild::builder {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::string default_store_root() {
  if (std::string root = variable("MBUILD_ROOT"); !root.empty()) return root;
  if (geteuid() == 0) return "/var/lib/mbuild";
  if (std::string data = variable("XDG_DATA_HOME"); !data.empty()) return data + "/mbuild";
  return variable("HOME") + "/.local/share/mbuild";
}

std::string store_root_of(const std::string& given) {
  return given.empty() ? default_store_root() : given;
}

}  // namespace mbuild::builder
