// AtomicFile: a file that appears whole under its name, or not at all.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "registry/base/fd.h"
#include "registry/base/stream.h"

namespace mbuild {

// Written to a temporary name in the same directory, then renamed. Destruction without commit() removes it; a
// killed process leaves a file whose name starts with kTemporaryPrefix. Move-only, not thread-safe.
class AtomicFile : public ByteSink {
 public:
  static constexpr std::string_view kTemporaryPrefix = ".tmp-";

  // Removes what killed processes left in `dir`, best effort: each writer holds a lock (flock(2)) on its
  // file, which ends with it. Where there are no locks nothing is removed.
  static void sweep(int dir);

  // `dir` is borrowed and must stay open until commit() or destruction; `name` has no slash. The umask does
  // not touch `mode`.
  static Result<AtomicFile> create(int dir, std::string name, mode_t mode = 0644);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  ~AtomicFile() override;

  int fd() const { return fd_.get(); }  // open for reading and writing; -1 after commit()
  Result<void> write(ByteView data) override;
  Result<void> write(std::string_view text);

  // Closes and renames into place, replacing what is there. A failure leaves nothing behind. No fsync:
  // DESIGN.md, "Crash rule".
  Result<void> commit();
  // The same under another final name, for content whose name is its digest.
  Result<void> commit_as(const std::string& name);

 private:
  AtomicFile(int dir, std::string name, std::string temporary, Fd fd);
  void discard();

  int dir_ = -1;
  std::string name_;
  std::string temporary_;
  Fd fd_;
};

}  // namespace mbuild
