#include "builder/context/ignore_filter.h"

#include <fcntl.h>

#include <optional>

#include "registry/base/fs_at.h"

namespace mbuild::builder {

namespace {

constexpr std::uint64_t kLargest = std::uint64_t{16} << 20;

Result<std::optional<std::string>> read_if_there(int directory, const std::string& name) {
  const auto fd = MBUILD_TRY(fs_at::open_if_exists(directory, name, O_PATH, fs_at::Links::in_root));
  if (!fd) return std::nullopt;
  return MBUILD_TRY(fs_at::read_file(directory, name, fs_at::Links::in_root, kLargest));
}

std::unexpected<Error> bad_pattern(const std::string& file, const parser::PatternError& error) {
  const std::string where = error.line == 0 ? file : file + ":" + std::to_string(error.line);
  return fail(ErrorKind::invalid_input, where + ": " + error.message);
}

Result<IgnoreFilter> parse(std::string file, const std::string& text) {
  auto patterns = parser::read_ignore_file(text);
  if (!patterns) return bad_pattern(file, patterns.error());
  auto matcher = parser::PatternMatcher::compile(*patterns);
  if (!matcher) return bad_pattern(file, matcher.error());
  return IgnoreFilter{
      .file = std::move(file), .patterns = std::move(*patterns), .matcher = std::move(*matcher)};
}

}  // namespace

Result<IgnoreFilter> load_ignore_filter(int context, int dockerfile_directory, std::string_view dockerfile) {
  if (dockerfile_directory >= 0) {
    std::string own = std::string(dockerfile) + ".dockerignore";
    const auto text = MBUILD_TRY(read_if_there(dockerfile_directory, own));
    if (text) return parse(std::move(own), *text);
  }
  const auto text = MBUILD_TRY(read_if_there(context, ".dockerignore"));
  if (!text) return IgnoreFilter{};
  return parse(".dockerignore", *text);
}

}  // namespace mbuild::builder
