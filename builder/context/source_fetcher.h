// SourceFetcher: the place where everything that comes from outside is opened: directories, downloads,
// repositories, archives.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "builder/context/download.h"
#include "builder/context/local_context.h"
#include "builder/context/scratch_folder.h"
#include "builder/context/source_files.h"
#include "parser/remote_source.h"
#include "registry/remote/environment.h"

namespace mbuild::builder {

struct SourceFetcherOptions {
  bool offline = false;   // repositories are not asked
  int work = -1;          // a folder of this build's own, that outlives the fetcher
  int index_folder = -1;  // the store's `contexts/`
  FindSecret secrets;
  std::string ssh_socket;          // for repositories; empty: none
  std::string context_ssh_socket;  // for repositories that the user names himself, as contexts
  remote::Environment environment = remote::process_environment;
  remote::CancelFlag cancel;
  std::uint64_t unpacked_limit =
      0;  // bytes that an archive of a context may unpack to; 0: as ArchiveLimits says
};

class HttpFiles;
using SourceFilesPtr = std::shared_ptr<SourceFiles>;

// Thread-safe. One object for each source, however often it is asked for; nothing is fetched before its files
// are looked at.
class SourceFetcher {
 public:
  // `downloads` and `blobs` are borrowed.
  SourceFetcher(SourceFetcherOptions options, const Downloads& downloads, const oci::ContentStore& blobs)
      : options_(std::move(options)), downloads_(downloads), blobs_(blobs) {}

  // A file for ADD.
  Result<SourceFilesPtr> http_file(const std::string& url, const std::string& name,
                                   const std::string& checksum,
                                   std::function<void(std::uint64_t, std::uint64_t)> progress);
  Result<SourceFilesPtr> repository(const parser::GitSource& source);
  // A build context: nothing when `location` is empty, a directory (its ignore file is that of `request`,
  // whose other fields are set here), or the URL of an archive or a repository, which have none (SEMANTICS
  // A9).
  Result<SourceFilesPtr> context(const std::string& location, LocalContextRequest request);
  // A stream that is an archive, given once.
  Result<SourceFilesPtr> archive(std::unique_ptr<ByteSource> stream);
  // A folder for files of this build; it must go before the fetcher does.
  Result<ScratchFolder> folder() { return ScratchFolder::make(options_.work, next_name()); }
  // The bytes behind a URL.
  Result<Fd> download(const std::string& url);

 private:
  SourceFilesPtr known(const std::string& key);
  SourceFilesPtr remember(const std::string& key, SourceFilesPtr files);
  Result<SourceFilesPtr> open_repository(const parser::GitSource& source, const std::string& ssh_socket,
                                         const std::string& key);
  std::shared_ptr<HttpFiles> archive_at(const std::string& url);
  std::string next_name();

  const SourceFetcherOptions options_;
  const Downloads& downloads_;
  const oci::ContentStore& blobs_;
  std::mutex mutex_;
  unsigned next_ = 0;
  std::map<std::string, SourceFilesPtr> known_;
  std::map<std::string, std::shared_ptr<HttpFiles>> archives_;  // by URL
};

}  // namespace mbuild::builder
