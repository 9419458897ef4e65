#include "builder/build/load_context.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "builder/build/dockerfile_input.h"
#include "builder/build/overlaid_context.h"
#include "parser/remote_source.h"
#include "registry/base/archive_head.h"
#include "registry/base/copy_stream.h"
#include "registry/base/fd_stream.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

// A stream whose begin has been looked at.
class ResumedSource : public ByteSource {
 public:
  ResumedSource(std::string head, std::unique_ptr<ByteSource> rest)
      : head_(std::move(head)), rest_(std::move(rest)) {}
  Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (done_ == head_.size()) return rest_->read(buffer);
    const ByteView left = bytes_of(head_).subspan(done_);
    const std::size_t size = std::min(left.size(), buffer.size());
    std::copy_n(left.begin(), size, buffer.begin());
    done_ += size;
    return size;
  }

 private:
  std::string head_;
  std::unique_ptr<ByteSource> rest_;
  std::size_t done_ = 0;
};

// Reads on until `head` is as long as telling an archive takes, or the source ends.
Result<std::string> read_head(ByteSource& source, std::string head = {}) {
  std::size_t size = head.size();
  head.resize(std::max(size, kArchiveHead));
  while (size < head.size()) {
    const std::size_t count = MBUILD_TRY(source.read(std::as_writable_bytes(std::span(head).subspan(size))));
    if (count == 0) break;
    size += count;
  }
  head.resize(size);
  return head;
}

// The Dockerfile of files that were fetched; its name is none that a local file could have been found by.
Result<parser::Source> dockerfile_in(SourceFiles& files, const std::string& location,
                                     const BuildRequest& request) {
  const SourceTree tree = MBUILD_TRY(files.open());
  std::vector<std::string> names = {request.dockerfile_path};
  if (request.dockerfile_path.empty()) names = {"Dockerfile", "dockerfile"};
  for (const std::string& name : names) {
    if (!MBUILD_TRY(fs_at::open_if_exists(tree.root, name, O_PATH, fs_at::Links::in_root))) continue;
    return parser::Source(
        location + ":" + name,
        MBUILD_TRY_AS("read " + name,
                      fs_at::read_file(tree.root, name, fs_at::Links::in_root, kLargestDockerfile)));
  }
  return std::unexpected(
      Error(ErrorKind::not_found, fmt::format("the build context has no {}", names.front()))
          .with_hint("name the Dockerfile with -f, as a path in the context"));
}

bool is_apart(const BuildRequest& request) {
  return request.dockerfile_text || parser::source_kind(request.dockerfile_path) == parser::SourceKind::http;
}

Result<std::string> read_download(SourceFetcher& fetcher, const std::string& url) {
  FdSource source(MBUILD_TRY(fetcher.download(url)), "the download");
  return read_all(source, kLargestDockerfile);
}

// The Dockerfile of a build whose context does not hold it.
Result<parser::Source> dockerfile_apart(const BuildRequest& request, SourceFetcher& fetcher) {
  if (request.dockerfile_text)
    return parser::Source(request.dockerfile_path.empty() ? "Dockerfile" : request.dockerfile_path,
                          *request.dockerfile_text);
  return parser::Source(parser::without_password(request.dockerfile_path),
                        MBUILD_TRY(read_download(fetcher, request.dockerfile_path)));
}

Result<LoadedContext> with_files(SourceFilesPtr files, std::string location, const BuildRequest& request,
                                 SourceFetcher& fetcher) {
  parser::Source dockerfile =
      MBUILD_TRY(is_apart(request) ? dockerfile_apart(request, fetcher)
                                   : dockerfile_in(*files, parser::without_password(location), request));
  LoadedContext loaded{std::move(dockerfile), std::move(location), {}, {}};
  loaded.context.files = std::move(files);
  return loaded;
}

// What came is no archive: it is the Dockerfile, and there is no context.
Result<LoadedContext> dockerfile_alone(std::string text, const std::string& name,
                                       const BuildRequest& request) {
  if (request.dockerfile_text || !request.dockerfile_path.empty())
    return fail(ErrorKind::invalid_input,
                "ambiguous Dockerfile source: the context is no archive, and so a Dockerfile itself, but "
                "another one is named");
  return LoadedContext{parser::Source(name, std::move(text)), "", {}, {}};
}

Result<LoadedContext> from_stream(const BuildRequest& request, SourceFetcher& fetcher) {
  Fd copy(::fcntl(request.context_fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail_errno(errno, "read the build context");
  auto rest = std::make_unique<FdSource>(std::move(copy), "the build context");
  std::string head = MBUILD_TRY(read_head(*rest, request.context_head));
  const bool archive = looks_like_archive(bytes_of(head));
  auto stream = std::make_unique<ResumedSource>(std::move(head), std::move(rest));
  if (archive) return with_files(MBUILD_TRY(fetcher.archive(std::move(stream))), "-", request, fetcher);
  return dockerfile_alone(MBUILD_TRY(read_all(*stream, kLargestDockerfile)), "-:Dockerfile", request);
}

bool is_true(const std::string& value) {
  return value == "1" || value == "true" || value == "TRUE" || value == "True";
}

// The build argument BUILDKIT_CONTEXT_KEEP_GIT_DIR asks for what the address may ask for itself.
std::string context_address(const BuildRequest& request) {
  std::string url = request.context_url;
  const bool git = parser::context_kind(url) == parser::SourceKind::git;
  for (const auto& [name, value] : request.build_args) {
    if (!git || name != "BUILDKIT_CONTEXT_KEEP_GIT_DIR" || !is_true(value)) continue;
    if (url.find("keep-git-dir") != std::string::npos) continue;
    const std::size_t hash = std::min(url.find('#'), url.size());
    const char separator = url.find('?') < hash ? '&' : '?';
    url.insert(hash, separator + std::string("keep-git-dir=true"));
  }
  return url;
}

Result<LoadedContext> from_url(const BuildRequest& request, SourceFetcher& fetcher) {
  const std::string url = context_address(request);
  if (parser::context_kind(url) == parser::SourceKind::http) {
    FdSource body(MBUILD_TRY(fetcher.download(url)), "the download");
    if (!looks_like_archive(bytes_of(MBUILD_TRY(read_head(body)))))
      return dockerfile_alone(MBUILD_TRY(read_download(fetcher, url)), parser::without_password(url),
                              request);
  }
  return with_files(MBUILD_TRY(fetcher.context(url, {})), url, request, fetcher);
}

// A directory's ignore file is looked for beside the Dockerfile too.
Result<LoadedContext> from_plain_directory(const BuildRequest& request, SourceFetcher& fetcher) {
  if (is_apart(request) && !(request.dockerfile_text && !request.dockerfile_path.empty()))
    return LoadedContext{MBUILD_TRY(dockerfile_apart(request, fetcher)), request.context_dir, {}, {}};
  LoadedContext loaded{MBUILD_TRY(load_dockerfile(request)), request.context_dir, {}, {}};
  const std::string path =
      request.dockerfile_path.empty() ? request.context_dir + "/Dockerfile" : request.dockerfile_path;
  const std::size_t slash = path.rfind('/');
  loaded.dockerfile_directory = MBUILD_TRY(fs_at::open_trusted(
      slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY | O_DIRECTORY));
  loaded.context.dockerfile_directory = loaded.dockerfile_directory.get();
  loaded.context.dockerfile = path.substr(slash == std::string::npos ? 0 : slash + 1);
  return loaded;
}

Result<LoadedContext> from_directory(const BuildRequest& request, SourceFetcher& fetcher) {
  if (request.context_files.empty()) return from_plain_directory(request, fetcher);
  BuildRequest with_text = request;
  if (const std::string* text = overlaid_dockerfile(request)) with_text.dockerfile_text = *text;
  LoadedContext loaded = MBUILD_TRY(from_plain_directory(with_text, fetcher));
  loaded.context.files =
      MBUILD_TRY_AS("build context", overlaid_context(request, loaded.context, MBUILD_TRY(fetcher.folder())));
  return loaded;
}

}  // namespace

Result<LoadedContext> load_context(const BuildRequest& request, SourceFetcher& fetcher) {
  if (request.context_fd >= 0) return MBUILD_TRY_AS("build context", from_stream(request, fetcher));
  if (!request.context_url.empty()) return from_url(request, fetcher);
  return from_directory(request, fetcher);
}

}  // namespace mbuild::builder
