#include "parser/frontend.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/directives.h"

namespace mbuild::parser {

namespace {

// The lines at the top that begin with `//` made to begin with `#`, every byte where it was.
std::string with_hashes(std::string_view text) {
  std::string result(text);
  for (std::size_t at = 0; at < result.size();) {
    std::size_t end = std::min(result.find('\n', at), result.size());
    std::size_t begin = at + leading_spaces(std::string_view(result).substr(at, end - at));
    if (result.compare(begin, 2, "//") != 0) break;
    result.replace(begin, 2, " #");
    at = end + 1;
  }
  return result;
}

std::optional<Frontend> syntax_of(std::string text, std::uint32_t offset) {
  std::vector<Diagnostic> ignored;  // the parser reports them
  for (const Directive& directive : read_directives(Source("", std::move(text)), ignored).directives) {
    if (directive.name != "syntax") continue;
    Range range = directive.value_range;
    return Frontend{directive.value.substr(0, directive.value.find(' ')),
                    {range.begin + offset, range.end + offset}};
  }
  return std::nullopt;
}

std::string_view repository(std::string_view image) {
  if (image.starts_with("docker.io/")) image.remove_prefix(10);
  return image.substr(0, image.find_first_of(":@"));
}

}  // namespace

bool Frontend::is_built_in() const {
  std::string_view name = repository(image);
  return name == "dockerfile.v0" || name == "docker/dockerfile" || name == "docker/dockerfile-upstream";
}

bool Frontend::is_labs() const {
  std::string_view tag = std::string_view(image).substr(0, image.find('@'));
  return is_built_in() && tag.find(':') != std::string_view::npos && tag.ends_with("labs");
}

std::optional<Frontend> find_frontend(const Source& source,
                                      const std::optional<std::string>& override_image) {
  if (override_image && !override_image->empty())
    return Frontend{override_image->substr(0, override_image->find(' ')), {}};
  std::string_view text = source.text();
  std::size_t begin = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  if (text.substr(begin).starts_with("#!")) begin = std::min(text.find('\n', begin), text.size() - 1) + 1;
  auto offset = static_cast<std::uint32_t>(begin);
  if (auto found = syntax_of(std::string(text.substr(begin)), offset)) return found;
  return syntax_of(with_hashes(text.substr(begin)), offset);
}

std::vector<Diagnostic> check_frontend(const Source& source,
                                       const std::optional<std::string>& override_image) {
  std::optional<Frontend> frontend = find_frontend(source, override_image);
  if (!frontend || frontend->is_built_in()) return {};
  return {
      {Severity::error,
       "unsupported-frontend",
       "syntax " + frontend->image +
           " is a frontend image, which is not run: remove the line, or read the file as a Dockerfile with "
           "--build-arg BUILDKIT_SYNTAX=docker/dockerfile",
       frontend->range,
       {},
       {}}};
}

}  // namespace mbuild::parser
