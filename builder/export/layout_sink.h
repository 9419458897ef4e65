// LayoutSink: where the files of an image archive go: into a tar stream, or into a directory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "registry/base/stream.h"

namespace mbuild::builder {

// Files come in the order of their paths. Not thread-safe.
class LayoutSink {
 public:
  using Content = std::function<Result<void>(ByteSink&)>;

  virtual ~LayoutSink() = default;
  virtual Result<void> directory(const std::string& path) = 0;
  // `content` writes exactly `size` bytes; other than that is an `internal` error. It may not be called when
  // what is at the destination needs no writing.
  virtual Result<void> file(const std::string& path, std::uint64_t size, const Content& content) = 0;
  virtual Result<void> finish() = 0;

  Result<void> file(const std::string& path, std::string_view text);
};

// A tar into `output` (borrowed) that is a function of the files alone: root's, modes 0755 and 0644, times 0.
std::unique_ptr<LayoutSink> make_tar_sink(ByteSink& output);

// Into the directory `path`, made when missing. Files appear by rename. One under blobs/ that has the right
// size is taken as being there already; nothing else is removed.
Result<std::unique_ptr<LayoutSink>> make_directory_sink(const std::string& path);

}  // namespace mbuild::builder
