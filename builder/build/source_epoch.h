// SOURCE_DATE_EPOCH: the time that an image is to say it was made, or the name of what gives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "builder/context/source_fetcher.h"
#include "builder/plan/lower.h"
#include "parser/ast.h"

namespace mbuild::builder {

inline constexpr std::string_view kSourceDateEpoch = "SOURCE_DATE_EPOCH";

struct SourceEpoch {
  std::optional<std::int64_t> seconds;
  bool word = false;  // a name was given, not the number
};

// Where it may come from. Borrowed.
struct EpochSources {
  SourceFiles* context;  // the main one; null: a directory, or none
  SourceFetcher& fetcher;
};

// The build argument, else the default of a global ARG: seconds since 1970 up to year 9999; nothing;
// "context"; the name of a context; or that of a stage, which must be FROM scratch with nothing but ARG and
// one ADD of one URL or repository. A name stands for the time that its source says (SourceFiles::time()),
// and for none where there is none: a directory, an image (SEMANTICS A7; moby dockerfile2llb/epoch.go).
// Fetches what is named. `invalid_input` for everything else.
Result<SourceEpoch> find_source_epoch(const parser::Dockerfile& dockerfile, const LowerOptions& options,
                                      const EpochSources& sources);

// Has steps see the number in the place of the name; where there is none, no value.
void set_source_epoch(const SourceEpoch& epoch, LowerOptions& options);

}  // namespace mbuild::builder
