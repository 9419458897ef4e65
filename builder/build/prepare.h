// prepare(): a request and its Dockerfile, read and checked, before any image is fetched or step is run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "builder/build.h"
#include "builder/build/source_epoch.h"
#include "builder/export/attributes.h"
#include "builder/plan/lower.h"
#include "parser/parse.h"
#include "registry/oci/reference.h"

namespace mbuild::builder {

struct PreparedBuild {
  parser::Dockerfile dockerfile;
  std::vector<LowerTarget> targets;  // one for each platform
  std::vector<oci::Reference> tags;
  std::vector<ExportAttributes> outputs;
  std::optional<std::int64_t> epoch;  // SOURCE_DATE_EPOCH, seconds
};

Result<std::vector<oci::Reference>> parse_tags(const std::vector<std::string>& tags);

// Everything that can be wrong with the request itself is found here. Fetches nothing but what
// SOURCE_DATE_EPOCH names. `context` is where the main context is,
// as LowerOptions::context_dir has it.
Result<PreparedBuild> prepare(const BuildRequest& request, parser::Source dockerfile,
                              const std::string& context, const EpochSources& epoch_sources,
                              const std::function<void(Notice)>& notice);

}  // namespace mbuild::builder
