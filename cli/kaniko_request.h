// What kaniko's options mean, as a request of mbuild's.
#pragma once

#include <optional>

#include "builder/build.h"
#include "builder/unpacked_context.h"
#include "cli/kaniko_options.h"
#include "cli/temporary_folder.h"

namespace mbuild::cli {

// The request, and what it refers to as long as it is used.
struct KanikoBuild {
  TemporaryFolder folder;  // registries.json, certificates, an unpacked context, a credential
  std::optional<builder::UnpackedContext> unpacked;
  builder::BuildRequest request;
};

// Reads standard input for tar://stdin. Usage mistakes are `invalid_input`, as are contexts of a kind that is
// not supported, by name. Contexts on servers are the build's to fetch.
Result<KanikoBuild> make_kaniko_build(const KanikoOptions& options);

// Writes the digest files.
Result<void> write_kaniko_results(const KanikoOptions& options, const builder::BuiltImage& image);

}  // namespace mbuild::cli
