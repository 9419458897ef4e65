// prepare(): a request and its Dockerfile, read and checked, before anything is fetched or run.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "builder/build.h"
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

// Everything that can be wrong with the request itself is found here.
Result<PreparedBuild> prepare(const BuildRequest& request, const std::function<void(Notice)>& notice);

}  // namespace mbuild::builder
