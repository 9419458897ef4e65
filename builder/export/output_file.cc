#include "builder/export/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "registry/base/atomic_file.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

Result<void> check_cancel(const std::atomic<bool>* cancel) {
  if (cancel != nullptr && cancel->load(std::memory_order_relaxed))
    return fail(ErrorKind::cancelled, "cancelled");
  return {};
}

class StreamOutput : public OutputFile {
 public:
  StreamOutput(Fd owned, int fd, const std::atomic<bool>* cancel)
      : owned_(std::move(owned)), fd_(fd), cancel_(cancel) {}

  Result<void> write(ByteView data) override {
    while (!data.empty()) {
      MBUILD_CHECK(check_cancel(cancel_));
      const ssize_t size = ::write(fd_, data.data(), data.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0) return fail_errno(errno, "write the output");
      data = data.subspan(static_cast<std::size_t>(size));
    }
    return {};
  }
  Result<void> commit() override { return {}; }

 private:
  Fd owned_;
  int fd_;
  const std::atomic<bool>* cancel_;
};

class FileOutput : public OutputFile {
 public:
  FileOutput(Fd dir, AtomicFile file, const std::atomic<bool>* cancel)
      : dir_(std::move(dir)), file_(std::move(file)), cancel_(cancel) {}

  Result<void> write(ByteView data) override {
    MBUILD_CHECK(check_cancel(cancel_));
    return file_.write(data);
  }
  Result<void> commit() override {
    MBUILD_CHECK(check_cancel(cancel_));
    return file_.commit();
  }

 private:
  Fd dir_;  // outlives file_
  AtomicFile file_;
  const std::atomic<bool>* cancel_;
};

Result<std::unique_ptr<OutputFile>> open_descriptor(int fd, const std::atomic<bool>* cancel) {
  if (fd < 0) return fail(ErrorKind::invalid_input, "no destination: dest=FILE is needed");
  if (::isatty(fd) == 1)
    return fail(ErrorKind::invalid_input, "the destination is a terminal: dest=FILE is needed");
  return std::make_unique<StreamOutput>(Fd(), fd, cancel);
}

Result<std::unique_ptr<OutputFile>> open_path(const std::string& dest, const std::atomic<bool>* cancel) {
  struct stat status {};
  const bool exists = ::stat(dest.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) return fail_errno(errno, "open");
  if (exists && S_ISDIR(status.st_mode)) return fail(ErrorKind::invalid_input, "it is a directory");
  if (exists && !S_ISREG(status.st_mode)) {
    Fd fd = MBUILD_TRY(fs_at::open_trusted(dest, O_WRONLY | O_NOCTTY));
    const int raw = fd.get();
    return std::make_unique<StreamOutput>(std::move(fd), raw, cancel);
  }
  // A rename would replace the link instead of the file that it leads to.
  std::error_code error;
  const auto target = exists ? std::filesystem::canonical(dest, error) : std::filesystem::path(dest);
  if (error) return fail_errno(error.value(), "resolve");
  const std::string parent = target.has_parent_path() ? target.parent_path().string() : ".";
  if (!target.has_filename()) return fail(ErrorKind::invalid_input, "it is a directory");
  Fd dir = MBUILD_TRY(fs_at::open_trusted(parent, O_RDONLY | O_DIRECTORY));
  AtomicFile file = MBUILD_TRY(AtomicFile::create(dir.get(), target.filename().string()));
  return std::make_unique<FileOutput>(std::move(dir), std::move(file), cancel);
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::open(const std::string& dest, int output_fd,
                                                     const std::atomic<bool>* cancel) {
  if (dest.empty() || dest == "-") return open_descriptor(output_fd, cancel);
  return MBUILD_TRY_AS("write " + dest, open_path(dest, cancel));
}

}  // namespace mbuild::builder
