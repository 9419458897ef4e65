// The store's `work/` folder: things in the making, which vanish with the process that makes them.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::builder {

// A folder that is removed, with all that is in it, when this goes. Move-only.
class WorkFolder {
 public:
  WorkFolder(WorkFolder&& other) noexcept = default;
  WorkFolder& operator=(WorkFolder&& other) noexcept;
  ~WorkFolder();

  int fd() const { return fd_.get(); }               // O_RDONLY | O_DIRECTORY
  const std::string& path() const { return path_; }  // beneath the store's root, for the program's own use

 private:
  friend class WorkArea;
  WorkFolder(std::shared_ptr<const Fd> session, std::string name, std::string path, Fd fd);
  void remove();

  std::shared_ptr<const Fd> session_;
  std::string name_;
  std::string path_;
  Fd fd_;
};

// This process's part of `work/`: `<pid>-<n>/`. Its owner holds a flock(2) on the file `lock` in it for as
// long as it lives; the kernel lets go of that when the process dies in whatever way, so neither reused pids
// nor containers with pids of their own on one store can deceive. Thread-safe.
class WorkArea {
 public:
  // Removes first what dead processes left.
  static Result<std::unique_ptr<WorkArea>> open(const std::string& folder);
  WorkArea(const WorkArea&) = delete;
  WorkArea& operator=(const WorkArea&) = delete;
  ~WorkArea();

  Result<WorkFolder> make_folder();

 private:
  WorkArea(Fd work, std::string name, std::string path, Fd session, Fd lock);

  Fd work_;
  std::string name_;
  std::string path_;
  std::shared_ptr<const Fd> session_;
  Fd lock_;
  std::atomic<unsigned> next_{0};
};

}  // namespace mbuild::builder
