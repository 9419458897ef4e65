// ExportAttributes: what `--output type=TYPE,key=value,...` says, checked (SEMANTICS C4).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builder/export/annotations.h"
#include "registry/base/compress.h"
#include "registry/oci/reference.h"

namespace mbuild::builder {

enum class ExportType { image, oci, docker, local, tar };

struct ExportAttributes {
  ExportType type = ExportType::image;
  std::string dest;  // a path, "-" for the output descriptor, or empty: the type's default

  // image, oci, docker
  std::vector<oci::Reference> names;  // empty: the tags of the build
  bool oci_media_types = true;
  CompressionOptions compression;
  bool force_compression = false;
  std::vector<Annotation> annotations;
  std::optional<std::optional<std::int64_t>>
      source_date_epoch;  // seconds; present but empty: none, whatever the build
  bool rewrite_timestamp = false;

  bool tar = true;  // oci, docker: false writes a directory

  // image
  bool store = true;  // give the image its names in the image store
  bool push = false;
  bool push_by_digest = false;
  bool insecure = false;        // registry.insecure: the registry client is to be told of the names' hosts
  bool name_canonical = false;  // report "name@digest" too

  // local, tar
  std::string attestation_prefix;      // of the names of attestations' files
  std::optional<bool> platform_split;  // a folder for each platform; absent: when there are several
};

// "image", "oci", ..., and "registry", which is "image" with push=true. `invalid_input` names the type,
// attribute or value that is wrong and what there is instead.
Result<ExportAttributes> parse_export_attributes(std::string_view type,
                                                 const std::map<std::string, std::string>& attributes);

}  // namespace mbuild::builder
