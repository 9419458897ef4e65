#include "builder/export/annotations.h"

#include <utility>

namespace mbuild::builder {

namespace {

// Longest first: one name is the beginning of another.
constexpr std::pair<std::string_view, AnnotationScope> kPrefixes[] = {
    {"annotation-manifest-descriptor", AnnotationScope::manifest_descriptor},
    {"annotation-index-descriptor", AnnotationScope::index_descriptor},
    {"annotation-manifest", AnnotationScope::manifest},
    {"annotation-index", AnnotationScope::index},
    {"annotation", AnnotationScope::manifest},
};

std::optional<AnnotationScope> take_scope(std::string_view& rest) {
  for (const auto& [prefix, scope] : kPrefixes) {
    if (!rest.starts_with(prefix)) continue;
    const char after = rest.size() > prefix.size() ? rest[prefix.size()] : '\0';
    if (after != '.' && after != '[') continue;
    rest.remove_prefix(prefix.size());
    return scope;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<Annotation>> parse_annotation(std::string_view attribute, std::string_view value) {
  std::string_view rest = attribute;
  const auto scope = take_scope(rest);
  if (!scope) return std::nullopt;
  const std::string action = "attribute " + std::string(attribute);

  Annotation annotation{*scope, std::nullopt, {}, std::string(value)};
  if (rest.front() == '[') {
    const auto end = rest.find("].");
    if (end == std::string_view::npos)
      return fail(ErrorKind::invalid_input, action + ": expected \"[platform].key\"");
    annotation.platform = MBUILD_TRY_AS(action, oci::Platform::parse(rest.substr(1, end - 1)));
    rest.remove_prefix(end + 1);
  }
  annotation.key = rest.substr(1);
  if (annotation.key.empty()) return fail(ErrorKind::invalid_input, action + ": the key is missing");
  return annotation;
}

std::map<std::string, std::string> select_annotations(const std::vector<Annotation>& annotations,
                                                      AnnotationScope scope, const oci::Platform* platform) {
  std::map<std::string, std::string> selected;
  for (const Annotation& annotation : annotations) {
    if (annotation.scope != scope) continue;
    if (annotation.platform && (platform == nullptr || *annotation.platform != *platform)) continue;
    selected[annotation.key] = annotation.value;
  }
  return selected;
}

}  // namespace mbuild::builder
