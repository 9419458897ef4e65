#include "builder/build/lint_request.h"

#include <fcntl.h>

#include "builder/context/ignore_filter.h"
#include "parser/remote_source.h"
#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr const char* kCheckArgument = "BUILDKIT_DOCKERFILE_CHECK";

Result<parser::PatternMatcher> ignored_files(const BuildRequest& request) {
  if (request.context_dir.empty()) return parser::PatternMatcher();
  Fd context = MBUILD_TRY(fs_at::open_trusted(request.context_dir, O_RDONLY | O_DIRECTORY));
  std::string path = request.dockerfile_path;
  if (parser::source_kind(path) != parser::SourceKind::local) path.clear();
  const bool apart = path.empty() && !request.dockerfile_path.empty();
  if (path.empty() && !apart && !request.dockerfile_text) path = request.context_dir + "/Dockerfile";
  if (path.empty()) return MBUILD_TRY(load_ignore_filter(context.get(), -1, "")).matcher;
  std::size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  Fd directory = MBUILD_TRY(fs_at::open_trusted(folder, O_RDONLY | O_DIRECTORY));
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return MBUILD_TRY(load_ignore_filter(context.get(), directory.get(), name)).matcher;
}

}  // namespace

Result<parser::LintResult> lint_request(const BuildRequest& request, const parser::Dockerfile& dockerfile,
                                        const parser::StageGraph& graph, parser::LintOptions options) {
  for (const auto& [name, value] : request.build_args) {
    options.build_args[name] = value;
    if (name != kCheckArgument) continue;
    auto config = parser::parse_lint_config(value);
    if (!config)
      return fail(ErrorKind::invalid_input,
                  std::string("--build-arg ") + kCheckArgument + ": " + config.error());
    options.config = std::move(*config);
  }
  parser::PatternMatcher ignored = MBUILD_TRY(ignored_files(request));
  if (!ignored.empty()) options.ignored = &ignored;
  return parser::lint(dockerfile, graph, options);
}

}  // namespace mbuild::builder
