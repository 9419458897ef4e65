#include "builder/build/dockerfile_input.h"

#include <fmt/format.h>

#include "builder/build/trusted_file.h"
#include "parser/frontend.h"
#include "parser/remote_source.h"

namespace mbuild::builder {

Result<parser::Source> load_dockerfile(const BuildRequest& request) {
  if (request.dockerfile_text)
    return parser::Source(request.dockerfile_path.empty() ? "Dockerfile" : request.dockerfile_path,
                          *request.dockerfile_text);
  if (request.context_fd >= 0 || !request.context_url.empty() ||
      parser::source_kind(request.dockerfile_path) == parser::SourceKind::http)
    return std::unexpected(Error(ErrorKind::unsupported, "the Dockerfile is not on this machine")
                               .with_hint("give its text with -f -"));
  std::string path =
      request.dockerfile_path.empty() ? request.context_dir + "/Dockerfile" : request.dockerfile_path;
  Result<std::string> text = read_trusted_file(path, kLargestDockerfile);
  if (!text && text.error().kind() == ErrorKind::not_found && path.ends_with("/Dockerfile")) {
    std::string lower = path.substr(0, path.size() - 10) + "dockerfile";
    if (Result<std::string> other = read_trusted_file(lower, kLargestDockerfile))
      return parser::Source(lower, std::move(*other));
  }
  if (!text)
    return std::unexpected(
        std::move(text)
            .error()
            .context("read " + path)
            .with_hint("name the Dockerfile with -f, or run mbuild with the folder that holds it"));
  return parser::Source(path, std::move(*text));
}

std::vector<parser::Diagnostic> frontend_problems(const BuildRequest& request, const parser::Source& source) {
  std::optional<std::string> given;
  for (const auto& [name, value] : request.build_args)
    if (name == "BUILDKIT_SYNTAX") given = value;
  return parser::check_frontend(source, given);
}

Result<void> check_diagnostics(const std::vector<parser::Diagnostic>& diagnostics,
                               const parser::Source& source, std::string_view prefix,
                               const std::function<void(Notice)>& notice) {
  std::optional<Error> error;
  std::string message;
  for (const parser::Diagnostic& diagnostic : diagnostics) {
    SourceLines lines = lines_of(source, diagnostic.range);
    if (diagnostic.severity != parser::Severity::error) {
      notice({Notice::Level::warning, diagnostic.code, diagnostic.message, lines});
    } else if (!error) {
      message = fmt::format("{} on line {}: {}", prefix, lines.first, diagnostic.message);
      error = Error(ErrorKind::invalid_input, message).with_source(lines);
    } else {
      message += fmt::format("\n  line {}: {}", lines.first, diagnostic.message);
    }
  }
  if (!error) return {};
  return std::unexpected(Error(ErrorKind::invalid_input, message).with_source(*error->source()));
}

}  // namespace mbuild::builder
