// ScratchFolder: a folder for files that are fetched for one build.
#pragma once

#include <string>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// Removed, with all that is in it, when this goes. Move-only.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  // Makes `name`, open to its owner alone, in `parent`: a directory descriptor that must stay open as long as
  // this lives.
  static Result<ScratchFolder> make(int parent, std::string name);
  ScratchFolder(ScratchFolder&& other) noexcept;
  ScratchFolder& operator=(ScratchFolder&& other) noexcept;
  ~ScratchFolder();

  int fd() const { return fd_.get(); }  // O_RDONLY | O_DIRECTORY; -1: none
  explicit operator bool() const { return parent_ >= 0; }
  std::string path() const;  // absolute, for programs; empty when it is not to be had

 private:
  ScratchFolder(int parent, std::string name, Fd fd)
      : parent_(parent), name_(std::move(name)), fd_(std::move(fd)) {}
  void remove() noexcept;

  int parent_ = -1;
  std::string name_;
  Fd fd_;
};

}  // namespace mbuild::builder
