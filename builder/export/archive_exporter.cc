#include "builder/export/archive_exporter.h"

#include <fcntl.h>

#include "builder/export/archive_files.h"
#include "builder/export/output_file.h"
#include "builder/export/rewrite_times.h"
#include "registry/base/file_lock.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr const char* kIndexLock = "index.json.lock";  // as BuildKit calls it

// What both kinds of archive have in common; `docker` adds manifest.json.
class ArchiveExporter : public Exporter {
 public:
  ArchiveExporter(const ExportAttributes& attributes, const ExportServices& services, bool docker)
      : attributes_(attributes), services_(services), docker_(docker) {}

  std::string title() const override {
    const std::string to = attributes_.dest.empty() || attributes_.dest == "-" ? "" : " " + attributes_.dest;
    return std::string("exporting to ") + (docker_ ? "docker " : "oci ") +
           (attributes_.tar ? "archive" : "layout") + to;
  }
  std::optional<CompressionOptions> wanted_compression() const override { return attributes_.compression; }

  Result<ExportResult> run(const ExportInput& given, const ExportProgress& progress) override {
    if (docker_ && given.needs_index()) {
      return fail(ErrorKind::unsupported,
                  "a docker archive holds one platform's image, not an index or attestations: type=oci can "
                  "hold them");
    }
    std::unique_ptr<OutputFile> output;  // first: a destination that cannot be written to costs no time
    if (attributes_.tar)
      output = MBUILD_TRY(OutputFile::open(attributes_.dest, services_.output_fd, services_.cancel));
    const ExportInput input = MBUILD_TRY(rewrite_times(given, attributes_, services_));
    const auto& names = attributes_.names.empty() ? input.names : attributes_.names;
    const PackedResult packed = MBUILD_TRY(pack(input, attributes_, names, services_, progress));
    if (output) {
      MBUILD_CHECK(write_tar(*output, packed, names, progress));
    } else {
      MBUILD_CHECK_AS("write the layout " + attributes_.dest, write_directory(packed, names, progress));
    }
    ExportResult result;
    result.root = packed.root;
    if (packed.index_json.empty()) result.config = input.images.front().id;
    for (const oci::Reference& name : names) result.names.push_back(name.str());
    return result;
  }

 private:
  Result<void> write_tar(OutputFile& output, const PackedResult& packed,
                         const std::vector<oci::Reference>& names, const ExportProgress& progress) const {
    const auto sink = make_tar_sink(output);
    MBUILD_CHECK(write_blobs(*sink, packed, services_, progress));
    MBUILD_CHECK(sink->file("index.json", layout_index(packed, names)));
    if (docker_) MBUILD_CHECK(sink->file("manifest.json", docker_manifest(packed.images.front(), names)));
    MBUILD_CHECK(sink->file("oci-layout", kOciLayout));
    MBUILD_CHECK(sink->finish());
    return output.commit();
  }

  // index.json last: what it names is there. Several builds may write into one layout.
  Result<void> write_directory(const PackedResult& packed, const std::vector<oci::Reference>& names,
                               const ExportProgress& progress) const {
    const auto sink = MBUILD_TRY(make_directory_sink(attributes_.dest));
    MBUILD_CHECK(write_blobs(*sink, packed, services_, progress));
    MBUILD_CHECK(sink->file("oci-layout", kOciLayout));
    const Fd dir = MBUILD_TRY(fs_at::open_trusted(attributes_.dest, O_RDONLY | O_DIRECTORY));
    const FileLock lock =
        MBUILD_TRY(FileLock::take(dir.get(), kIndexLock, LockKind::exclusive, services_.cancel));
    if (docker_) MBUILD_CHECK(sink->file("manifest.json", docker_manifest(packed.images.front(), names)));
    const auto existing = MBUILD_TRY(read_index(dir.get()));
    MBUILD_CHECK(sink->file("index.json", layout_index(packed, names, existing)));
    return sink->finish();
  }

  static Result<std::optional<oci::Index>> read_index(int dir) {
    const auto there = MBUILD_TRY(fs_at::stat_if_exists(dir, "index.json", fs_at::Links::refuse));
    if (!there) return std::nullopt;
    const std::string json = MBUILD_TRY(fs_at::read_file(dir, "index.json", fs_at::Links::refuse, 16 << 20));
    return oci::Index::parse(json);
  }

  ExportAttributes attributes_;
  ExportServices services_;
  bool docker_;
};

}  // namespace

std::unique_ptr<Exporter> make_oci_exporter(const ExportAttributes& attributes,
                                            const ExportServices& services) {
  return std::make_unique<ArchiveExporter>(attributes, services, false);
}

std::unique_ptr<Exporter> make_docker_exporter(const ExportAttributes& attributes,
                                               const ExportServices& services) {
  return std::make_unique<ArchiveExporter>(attributes, services, true);
}

}  // namespace mbuild::builder
