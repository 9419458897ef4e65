// ImageName: an image reference as FROM and --from spell it, checked without asking any registry.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace mbuild::parser {

// The normal form of github.com/distribution/reference: "ubuntu" is {docker.io, library/ubuntu}.
struct ImageName {
  std::string domain;
  std::string path;
  std::string tag;     // empty when not given
  std::string digest;  // the same; with its algorithm

  // As people write it: without "docker.io/library/", tag and digest.
  std::string familiar_name() const;
};

// Fails with upstream's texts, "invalid reference format" foremost.
std::expected<ImageName, std::string> parse_image_name(std::string_view text);

// The name under which --build-context replaces an image or a stage: the familiar name with its tag, unless
// that is "latest" (moby: dockerui's namedContext). What is no image name is given back as it is.
std::string context_name(std::string_view text);

}  // namespace mbuild::parser
