#include "builder/export/layout_sink.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "registry/base/atomic_file.h"
#include "registry/base/fs_at.h"
#include "registry/oci/entry.h"
#include "registry/oci/tar_header.h"

namespace mbuild::builder {

namespace {

// Passes on exactly so many bytes.
class ExactSink : public ByteSink {
 public:
  ExactSink(ByteSink& next, std::uint64_t size) : next_(next), left_(size) {}
  Result<void> write(ByteView data) override {
    if (data.size() > left_) return fail(ErrorKind::internal, "more bytes than were announced");
    left_ -= data.size();
    return next_.write(data);
  }
  Result<void> finish() const {
    if (left_ != 0) return fail(ErrorKind::internal, "fewer bytes than were announced");
    return {};
  }

 private:
  ByteSink& next_;
  std::uint64_t left_;
};

Result<void> write_exactly(ByteSink& output, std::uint64_t size, const LayoutSink::Content& content) {
  ExactSink exact(output, size);
  MBUILD_CHECK(content(exact));
  return exact.finish();
}

class TarSink : public LayoutSink {
 public:
  explicit TarSink(ByteSink& output) : output_(output) {}

  Result<void> directory(const std::string& path) override {
    oci::Entry entry;
    entry.path = path;
    entry.type = oci::EntryType::directory;
    entry.mode = 0755;
    return header(entry);
  }

  Result<void> file(const std::string& path, std::uint64_t size, const Content& content) override {
    oci::Entry entry;
    entry.path = path;
    entry.mode = 0644;
    entry.size = size;
    MBUILD_CHECK(header(entry));
    MBUILD_CHECK_AS("write " + path, write_exactly(output_, size, content));
    return output_.write(ByteView(kZeros).first(oci::tar_padding(size)));
  }

  Result<void> finish() override { return output_.write(kZeros); }

 private:
  Result<void> header(const oci::Entry& entry) {
    std::string bytes;
    MBUILD_CHECK(oci::append_tar_header(entry, bytes));
    return output_.write(bytes_of(bytes));
  }

  static constexpr std::array<std::byte, 2 * oci::kTarBlock> kZeros{};
  ByteSink& output_;
};

class DirectorySink : public LayoutSink {
 public:
  explicit DirectorySink(Fd root) : root_(std::move(root)) {}

  Result<void> directory(const std::string& path) override {
    MBUILD_CHECK(fs_at::make_directories(root_.get(), path, 0755));
    return {};
  }

  Result<void> file(const std::string& path, std::uint64_t size, const Content& content) override {
    const std::string action = "write " + path;
    const std::filesystem::path split(path);
    if (path.starts_with("blobs/")) {
      const auto there =
          MBUILD_TRY_AS(action, fs_at::stat_if_exists(root_.get(), path, fs_at::Links::refuse));
      if (there && S_ISREG(there->st_mode) && static_cast<std::uint64_t>(there->st_size) == size) return {};
    }
    const Fd parent = MBUILD_TRY(fs_at::make_directories(root_.get(), split.parent_path().string(), 0755));
    AtomicFile file = MBUILD_TRY_AS(action, AtomicFile::create(parent.get(), split.filename().string()));
    MBUILD_CHECK_AS(action, write_exactly(file, size, content));
    return file.commit();
  }

  Result<void> finish() override { return {}; }

 private:
  Fd root_;
};

}  // namespace

Result<void> LayoutSink::file(const std::string& path, std::string_view text) {
  return file(path, text.size(), [text](ByteSink& sink) { return sink.write(bytes_of(text)); });
}

std::unique_ptr<LayoutSink> make_tar_sink(ByteSink& output) {
  return std::make_unique<TarSink>(output);
}

Result<std::unique_ptr<LayoutSink>> make_directory_sink(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return fail_errno(error.value(), "make directory " + path);
  return std::make_unique<DirectorySink>(MBUILD_TRY(fs_at::open_trusted(path, O_RDONLY | O_DIRECTORY)));
}

}  // namespace mbuild::builder
