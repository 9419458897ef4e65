// `mbuild build --call`: what docker buildx tells of a Dockerfile instead of building it.
#pragma once

#include <optional>
#include <string>

#include "builder/build.h"
#include "builder/check.h"
#include "registry/base/result.h"

namespace mbuild::cli {

struct BuildCall {
  enum class Method { check, outline, targets };
  Method method = Method::check;
  bool json = false;
  bool ignore_status = false;  // exit with 0 whatever is found
};

// "check", "outline" or "targets", with ",format=json|text" and ",ignorestatus=true" behind it; "lint" is
// check. nullopt for "build". `invalid_input` for anything else.
Result<std::optional<BuildCall>> parse_call(const std::string& text);

// The warnings of BuildKit's rules as buildx prints them, and the first error that keeps the file from being
// built.
std::string check_report(const builder::CheckedDockerfile& checked);
// The same as the JSON of BuildKit's frontend (moby: frontend/subrequests/lint).
std::string check_report_json(const builder::CheckedDockerfile& checked);

// Prints the answer; gives the exit code: failed for a check that found something, and for a file that cannot
// be built.
int run_call(const BuildCall& call, const builder::BuildRequest& request);

}  // namespace mbuild::cli
