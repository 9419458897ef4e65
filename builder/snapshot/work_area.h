// The store's `work/` folder: things in the making, which vanish with the process that makes them.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "registry/base/fd.h"
#include "registry/base/result.h"
#include "registry/base/worker_pool.h"

namespace mbuild::builder {

class WorkArea;

// A folder whose contents are removed some time after this goes (what was borrowed first returns, see
// LoanRecord); it then serves again. Move-only; the area outlives it.
class WorkFolder {
 public:
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&& other) noexcept;
  ~WorkFolder();

  int fd() const { return fd_.get(); }  // O_RDONLY | O_DIRECTORY
  std::string path() const;             // for messages

  // Renames it to a place outside the area, where it stays. False, with nothing done, when that name is
  // taken.
  Result<bool> move_out(int directory, const std::string& name);

 private:
  friend class WorkArea;
  WorkFolder(WorkArea* area, std::string name, Fd fd)
      : area_(area), name_(std::move(name)), fd_(std::move(fd)) {}
  void remove();

  WorkArea* area_;  // null: nothing to remove
  std::string name_;
  Fd fd_;
};

// This process's part of `work/`: `<pid>-<n>/`. Its owner holds a flock(2) on the file `lock` in it for as
// long as it lives; the kernel lets go of that when the process dies in whatever way, so neither reused pids
// nor containers with pids of their own on one store can deceive. Thread-safe.
class WorkArea {
 public:
  static constexpr const char* kLockFile = "lock";  // in `work/`, and in each process's part

  // Returns what steps of dead processes had borrowed (see LoanRecord), and removes what else those left, on
  // a thread of its own.
  static Result<std::unique_ptr<WorkArea>> open(const std::string& folder);
  WorkArea(const WorkArea&) = delete;
  WorkArea& operator=(const WorkArea&) = delete;

  // The names of what dead processes left in `folder`, of which everything borrowed is returned.
  static Result<std::vector<std::string>> abandoned(const std::string& folder);

  Result<WorkFolder> make_folder();  // empty and private to the owner
  // The same with something that exists and is moved in to be removed. It has no fd().
  Result<WorkFolder> move_in(int directory, const std::string& name);

  // For what is written in the one beside the lock, and read by others while its owner lives. Whoever holds a
  // flock(2) on the other lets nobody start meanwhile.
  int lock_file() const { return session_->lock.get(); }
  int work_folder() const { return work_.get(); }  // with the other

  // Runs something slow that nobody waits for on a thread of the area's own; its destructor waits.
  void run_later(std::move_only_function<void()> task) { later_.submit(std::move(task)); }

 private:
  friend class WorkFolder;
  // The folder and the lock that says that its owner lives; removed when this goes.
  struct Session {
    Session(int work_folder, std::string folder_name, Fd opened, Fd held);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    int work;
    std::string name;
    Fd folder;
    Fd lock;
  };
  struct Idle {
    std::string name;
    Fd folder;
  };
  static Result<std::unique_ptr<Session>> make_session(int work);
  WorkArea(Fd work, std::string path, std::unique_ptr<Session> session);
  int folder() const { return session_->folder.get(); }
  std::string next_name() { return std::to_string(next_++); }
  void recycle(const std::string& name);

  Fd work_;
  std::string path_;
  std::unique_ptr<Session> session_;
  std::atomic<unsigned> next_{0};
  std::mutex mutex_;
  std::vector<Idle> idle_;
  WorkerPool later_;  // goes first, and before it goes runs what uses the others
};

}  // namespace mbuild::builder
