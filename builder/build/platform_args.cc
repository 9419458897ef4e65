#include "builder/build/platform_args.h"

namespace mbuild::builder {

namespace {

void add(std::map<std::string, std::string>& args, const std::string& prefix, const oci::Platform& platform) {
  args[prefix + "PLATFORM"] = platform.str();
  args[prefix + "OS"] = platform.os;
  args[prefix + "OSVERSION"] = platform.os_version;
  args[prefix + "ARCH"] = platform.architecture;
  args[prefix + "VARIANT"] = platform.variant;
}

}  // namespace

std::map<std::string, std::string> platform_args(const oci::Platform& build, const oci::Platform& target) {
  std::map<std::string, std::string> args;
  add(args, "BUILD", build);
  add(args, "TARGET", target);
  return args;
}

}  // namespace mbuild::builder
