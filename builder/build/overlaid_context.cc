#include "builder/build/overlaid_context.h"

#include <fcntl.h>

#include "builder/context/local_context.h"
#include "builder/context/rooted_path.h"
#include "builder/context/selection.h"
#include "builder/exec/copy_engine.h"
#include "parser/path.h"
#include "registry/base/atomic_file.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::string_view kIgnoreFile = ".dockerignore";

class OverlaidFiles : public SourceFiles {
 public:
  OverlaidFiles(ScratchFolder folder, IgnoreFilter ignore)
      : folder_(std::move(folder)), ignore_(std::move(ignore)) {}
  Result<std::string> version() override { return std::string(); }
  Result<SourceTree> open() override {
    return SourceTree{.root = folder_.fd(),
                      .ignore = ignore_.matcher,
                      .ownership = Ownership::root,
                      .index = nullptr,
                      .immutable = true};
  }

 private:
  ScratchFolder folder_;
  IgnoreFilter ignore_;
};

Result<void> write_file(int root, const std::string& path, const std::string& content) {
  const std::string below = below_root(path);
  if (below.empty() || path.starts_with('/') || below != parser::clean_path(path))
    return fail(ErrorKind::invalid_input, path + ": no path of a file in the build context");
  const Fd directory = MBUILD_TRY(fs_at::make_directories(root, directory_of(below), 0755));
  AtomicFile file = MBUILD_TRY(AtomicFile::create(directory.get(), std::string(name_of_path(below)), 0644));
  MBUILD_CHECK(file.write(content));
  return file.commit();
}

const std::string* find_file(const BuildRequest& request, std::string_view path) {
  for (const auto& [name, content] : request.context_files)
    if (parser::clean_path(name) == path) return &content;
  return nullptr;
}

// The path of the Dockerfile in the context; empty when it lies elsewhere.
std::string dockerfile_path(const BuildRequest& request) {
  if (request.dockerfile_path.empty()) return "Dockerfile";
  const std::string path = parser::clean_path(request.dockerfile_path);
  const std::string directory = parser::clean_path(request.context_dir);
  if (directory == ".") return path;
  return path.starts_with(directory + "/") ? path.substr(directory.size() + 1) : "";
}

// The ignore file that applies, read from the files as they are said to be: `apart` is an empty folder.
Result<IgnoreFilter> ignore_filter(const BuildRequest& request, const MainContext& main, int context,
                                   int apart) {
  const std::string own = main.dockerfile + std::string(kIgnoreFile);
  const std::string* text = find_file(request, dockerfile_path(request) + std::string(kIgnoreFile));
  if (!text && main.dockerfile_directory >= 0 &&
      MBUILD_TRY(fs_at::stat_if_exists(main.dockerfile_directory, own, fs_at::Links::in_root)))
    return load_ignore_filter(context, main.dockerfile_directory, main.dockerfile);
  if (!text) text = find_file(request, kIgnoreFile);
  if (!text) return load_ignore_filter(context, -1, "");
  MBUILD_CHECK(write_file(apart, std::string(kIgnoreFile), *text));
  return load_ignore_filter(apart, -1, "");
}

}  // namespace

const std::string* overlaid_dockerfile(const BuildRequest& request) {
  return request.dockerfile_text ? nullptr : find_file(request, dockerfile_path(request));
}

Result<SourceFilesPtr> overlaid_context(const BuildRequest& request, const MainContext& main,
                                        ScratchFolder folder) {
  const Fd context = MBUILD_TRY(fs_at::open_trusted(request.context_dir, O_RDONLY | O_DIRECTORY));
  IgnoreFilter ignore = MBUILD_TRY(ignore_filter(request, main, context.get(), folder.fd()));
  MBUILD_CHECK(fs_at::remove_tree(folder.fd(), std::string(kIgnoreFile)));

  // Whatever is there is taken as it is: nothing was read of it before.
  const SourceTree tree{.root = context.get(),
                        .ignore = ignore.matcher,
                        .ownership = Ownership::keep,
                        .index = nullptr,
                        .immutable = true};
  const Selection selection = MBUILD_TRY(select_path(tree, ""));
  MBUILD_TRY(copy_files(tree, selection, folder.fd(), "/", {}));
  for (const auto& [path, content] : request.context_files)
    MBUILD_CHECK(write_file(folder.fd(), path, content));
  return std::make_shared<OverlaidFiles>(std::move(folder), std::move(ignore));
}

}  // namespace mbuild::builder
