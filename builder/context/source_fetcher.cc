#include "builder/context/source_fetcher.h"

#include <fmt/format.h>

#include "builder/context/git_files.h"
#include "builder/context/http_files.h"
#include "builder/context/tar_context.h"

namespace mbuild::builder {

namespace {

class EmptyFiles final : public SourceFiles {
 public:
  EmptyFiles(int work, std::string name) : work_(work), name_(std::move(name)) {}
  Result<std::string> version() override { return std::string("nothing"); }
  Result<SourceTree> open() override {
    const std::lock_guard lock(mutex_);
    if (!folder_) folder_ = MBUILD_TRY(ScratchFolder::make(work_, name_));
    return SourceTree{.root = folder_.fd(),
                      .ignore = {},
                      .ownership = Ownership::root,
                      .index = nullptr,
                      .immutable = true};
  }

 private:
  const int work_;
  const std::string name_;
  std::mutex mutex_;
  ScratchFolder folder_;
};

}  // namespace

SourceFilesPtr SourceFetcher::known(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : found->second;
}

SourceFilesPtr SourceFetcher::remember(const std::string& key, SourceFilesPtr files) {
  const std::lock_guard lock(mutex_);
  return known_.try_emplace(key, std::move(files)).first->second;
}

std::string SourceFetcher::next_name() {
  const std::lock_guard lock(mutex_);
  return std::to_string(next_++);
}

Result<SourceFilesPtr> SourceFetcher::http_file(const std::string& url, const std::string& name,
                                                const std::string& checksum,
                                                std::function<void(std::uint64_t, std::uint64_t)> progress) {
  const std::string key = fmt::format("http {} {} {}", url, name, checksum);
  if (SourceFilesPtr files = known(key)) return files;
  HttpFilesRequest request;
  request.url = url;
  request.name = name;
  if (!checksum.empty()) request.checksum = MBUILD_TRY_AS("ADD --checksum", oci::Checksum::parse(checksum));
  request.options.secrets = options_.secrets;
  request.options.progress = std::move(progress);
  request.work = options_.work;
  request.work_name = next_name();
  return remember(key, std::make_shared<HttpFiles>(std::move(request), downloads_, blobs_));
}

std::shared_ptr<HttpFiles> SourceFetcher::archive_at(const std::string& url) {
  HttpFilesRequest request;
  request.url = url;
  request.options.secrets = options_.secrets;
  request.work = options_.work;
  request.work_name = next_name();
  request.unpacked_limit = options_.unpacked_limit;
  const std::lock_guard lock(mutex_);
  std::shared_ptr<HttpFiles>& files = archives_[url];
  if (!files) files = std::make_shared<HttpFiles>(std::move(request), downloads_, blobs_);
  return files;
}

Result<Fd> SourceFetcher::download(const std::string& url) {
  return archive_at(url)->content();
}

Result<SourceFilesPtr> SourceFetcher::open_repository(const parser::GitSource& source,
                                                      const std::string& ssh_socket, const std::string& key) {
  if (SourceFilesPtr files = known(key)) return files;
  if (options_.offline)
    return fail(ErrorKind::unsupported,
                fmt::format("git {}: not asked, as --offline says", source.display()));
  GitFilesRequest request;
  request.source = source;
  request.secrets = options_.secrets;
  request.ssh_socket = ssh_socket;
  request.environment = options_.environment;
  request.cancel = options_.cancel;
  request.work = options_.work;
  request.work_name = next_name();
  return remember(key, std::make_shared<GitFiles>(std::move(request)));
}

Result<SourceFilesPtr> SourceFetcher::repository(const parser::GitSource& source) {
  const std::string key =
      fmt::format("git {}\n{}\n{}\n{} {} {} {} {}", source.remote, source.ref, source.subdir, source.checksum,
                  source.keep_git_dir, source.submodules, source.commit_time, source.fetch_by_commit);
  return open_repository(source, options_.ssh_socket, key);
}

Result<SourceFilesPtr> SourceFetcher::context(const std::string& location, LocalContextRequest request) {
  if (location.empty()) return std::make_shared<EmptyFiles>(options_.work, next_name());
  switch (parser::context_kind(location)) {
    case parser::SourceKind::http:
      return archive_at(location);
    case parser::SourceKind::git: {
      auto source = parser::read_git_source(location);
      if (!source)
        return fail(ErrorKind::invalid_input,
                    fmt::format("build context {}: {}", parser::without_password(location), source.error()));
      return open_repository(*source, options_.context_ssh_socket, "context " + location);
    }
    case parser::SourceKind::local:
      break;
  }
  request.directory = location;
  request.index_folder = options_.index_folder;
  return std::make_shared<LocalContext>(MBUILD_TRY(LocalContext::open(request)));
}

Result<SourceFilesPtr> SourceFetcher::archive(std::unique_ptr<ByteSource> stream) {
  return std::make_shared<TarContext>(
      MBUILD_TRY(TarContext::unpack(std::move(stream), options_.work, next_name(), options_.unpacked_limit)));
}

}  // namespace mbuild::builder
