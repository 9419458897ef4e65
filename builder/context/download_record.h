// What the store knows of a URL that was downloaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "registry/base/result.h"
#include "registry/oci/digest.h"

namespace mbuild::builder {

struct DownloadRecord {
  std::string etag;           // as the server sent it; empty: none
  std::string last_modified;  // the same
  oci::Digest content;
  std::uint64_t size = 0;
};

// One small file a URL in `folder` (a directory descriptor), atomically replaced. Anything wrong with one is
// as good as absent.
std::optional<DownloadRecord> read_download_record(int folder, const std::string& url);
// The same by the file's name.
std::optional<DownloadRecord> read_download_file(int folder, const std::string& name);
Result<void> write_download_record(int folder, const std::string& url, const DownloadRecord& record);

}  // namespace mbuild::builder
