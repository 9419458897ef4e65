// What a web server gives, as files: one file for ADD, or an unpacked archive as a build context.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "builder/context/download.h"
#include "builder/context/scratch_folder.h"
#include "builder/context/source_files.h"
#include "builder/context/tar_context.h"

namespace mbuild::builder {

struct HttpFilesRequest {
  std::string url;
  std::string name;  // of the file; empty: it is an archive, and its members are the files
  std::optional<oci::Checksum> checksum;
  DownloadOptions options;
  int work = -1;                     // where folders may be made; borrowed as long as this lives
  std::string work_name;             // of the one that is
  std::uint64_t unpacked_limit = 0;  // TarContext::unpack()'s
};

// Downloads when version(), open() or content() is called first. A file for ADD is 0600, belongs to 0:0 and
// is as old as the server says, else from 1970 (SEMANTICS A11).
class HttpFiles final : public SourceFiles {
 public:
  // `downloads` and `blobs` are borrowed.
  HttpFiles(HttpFilesRequest request, const Downloads& downloads, const oci::ContentStore& blobs)
      : request_(std::move(request)), downloads_(downloads), blobs_(blobs) {}

  Result<std::string> version() override;
  Result<SourceTree> open() override;
  // What the server says; else, of an archive, that of the newest file in it.
  Result<std::optional<std::int64_t>> time() override;

  // The file's bytes, from their begin.
  Result<Fd> content();

 private:
  Result<const Download*> fetch();
  Result<Fd> open_blob();
  Result<void> make_file();
  Result<bool> is_archive(int blob) const;
  Result<void> unpack();

  const HttpFilesRequest request_;
  const Downloads& downloads_;
  const oci::ContentStore& blobs_;
  std::mutex mutex_;
  std::optional<Download> download_;
  ScratchFolder folder_;               // of a file
  std::unique_ptr<TarContext> files_;  // of an archive
};

}  // namespace mbuild::builder
