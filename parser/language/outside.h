// Outside: what an editor's answers take from beyond the text, given by the caller.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parser/environment.h"
#include "parser/ignore_file.h"

namespace mbuild::parser::language {

// A file or directory of the build context that .dockerignore lets through.
struct ContextFile {
  std::string name;  // one path component
  bool directory = false;
};

// What is known of an image without asking a registry.
struct ImageFacts {
  std::string name;              // as people write it: "debian:bookworm"
  std::string id;                // "sha256:..."
  std::string platform;          // "linux/amd64"
  std::string created;           // RFC 3339; empty when the image does not say
  std::uint64_t size_bytes = 0;  // of all layers, uncompressed
  std::size_t layers = 0;
  std::string user, working_directory;
  std::vector<std::string> entrypoint, command, ports;
  Variables environment;
};

// The names in an image's /etc/passwd and /etc/group.
struct ImageUsers {
  std::vector<std::string> users, groups;
};

// One step of the last build of this file.
struct BuiltStep {
  enum class Outcome { executed, cached, same_result, failed, cancelled };
  unsigned first_line = 0, last_line = 0;  // 1-based, in the text that was built
  std::string text;                        // the instruction as it was then, blanks at its ends aside
  Outcome outcome = Outcome::executed;
  std::int64_t milliseconds = 0;
  std::uint64_t size_bytes = 0;  // of the layer; 0: none, or not known
  std::string reason;            // why it was no hit, or what failed
};
using LastBuild = std::vector<BuiltStep>;

// Nothing here may wait for a disk or a network: an implementation answers from what it has at hand, and
// "nothing known" is always right. Called from the thread of the request.
class Outside {
 public:
  virtual ~Outside() = default;
  // The entries of a folder of the context ("" is its top), as far as they are known.
  virtual std::vector<ContextFile> files(std::string_view folder) const = 0;
  // Null when there is no .dockerignore.
  virtual std::shared_ptr<const PatternMatcher> ignored() const = 0;
  // The names of the local store's images, as people write them.
  virtual std::vector<std::string> images() const = 0;
  virtual std::optional<ImageFacts> image(std::string_view name) const = 0;
  virtual std::optional<ImageUsers> users(std::string_view image) const = 0;
  virtual LastBuild last_build() const = 0;
};

// Knows nothing.
class NothingOutside : public Outside {
 public:
  std::vector<ContextFile> files(std::string_view) const override { return {}; }
  std::shared_ptr<const PatternMatcher> ignored() const override { return nullptr; }
  std::vector<std::string> images() const override { return {}; }
  std::optional<ImageFacts> image(std::string_view) const override { return std::nullopt; }
  std::optional<ImageUsers> users(std::string_view) const override { return std::nullopt; }
  LastBuild last_build() const override { return {}; }
};

}  // namespace mbuild::parser::language
