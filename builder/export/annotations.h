// Annotations that a user asks for, and where in an image they go (BuildKit:
// exporter/containerimage/exptypes).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/base/result.h"
#include "registry/oci/platform.h"

namespace mbuild::builder {

enum class AnnotationScope {
  manifest,             // in the image manifest
  manifest_descriptor,  // on the descriptor that an index has of it
  index,                // in the index
  index_descriptor,     // on the descriptor that a layout's index.json has of the index
};

struct Annotation {
  AnnotationScope scope = AnnotationScope::manifest;
  std::optional<oci::Platform> platform;  // only of that platform's manifest; absent: of every one
  std::string key;
  std::string value;
};

// An attribute "annotation[-manifest|-manifest-descriptor|-index|-index-descriptor][[platform]].<key>";
// nullopt for one that is no annotation. `invalid_input` for a bad platform or an empty key.
Result<std::optional<Annotation>> parse_annotation(std::string_view attribute, std::string_view value);

// Those of one scope that apply to `platform` (null: not about a platform). Of two with one key, the later
// wins.
std::map<std::string, std::string> select_annotations(const std::vector<Annotation>& annotations,
                                                      AnnotationScope scope, const oci::Platform* platform);

}  // namespace mbuild::builder
