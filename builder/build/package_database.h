// The packages of a root file system, as its package managers' databases have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "registry/base/result.h"

namespace mbuild::builder {

struct InstalledPackage {
  std::string manager;  // "deb" or "apk": the type of its package URL
  std::string name;
  std::string version;
  std::string architecture;
  std::string supplier;  // "Debian Bash Maintainers <...>"; empty when it is not known
  std::string license;   // an SPDX expression or whatever the database says; empty when it says nothing
  std::string homepage;
};

struct InstalledPackages {
  std::string distribution;                // ID of os-release: "debian"; empty when there is none
  std::string version;                     // VERSION_ID
  std::string pretty_name;                 // PRETTY_NAME
  std::vector<InstalledPackage> packages;  // sorted by manager, name, version, architecture
  bool unread_rpm = false;                 // there is an rpm database, which is not read
};

// Reads dpkg's status and status.d, and apk's installed file, beneath the directory descriptor `root`. What a
// damaged database still says is taken; one that is too big to be one is an error.
Result<InstalledPackages> read_packages(int root);

// The stanzas of dpkg's status file whose package is installed (deb-control(5), dpkg(1)).
std::vector<InstalledPackage> parse_dpkg(std::string_view status);
// The entries of apk's installed file (apk-tools: doc/apk.5).
std::vector<InstalledPackage> parse_apk(std::string_view installed);

}  // namespace mbuild::builder
