// Links to images, downloads and files.
#include "parser/glob.h"
#include "parser/image_name.h"
#include "parser/language/structure.h"
#include "parser/path.h"
#include "parser/remote_source.h"

namespace mbuild::parser::language {

namespace {

// The page about an image; empty for registries that have none.
std::string image_page(const ImageName& name) {
  if (name.domain == "docker.io") {
    if (name.path.starts_with("library/")) return "https://hub.docker.com/_/" + name.path.substr(8);
    return "https://hub.docker.com/r/" + name.path;
  }
  if (name.domain == "quay.io" || name.domain == "ghcr.io")
    return "https://" + name.domain + (name.domain == "quay.io" ? "/repository/" : "/") + name.path;
  if (name.domain == "mcr.microsoft.com") return "https://mcr.microsoft.com/artifact/mar/" + name.path;
  return "";
}

void add_image(const StageReference& reference, Range range, std::vector<Link>& links) {
  if (reference.kind != StageReference::Kind::image || range.empty()) return;
  const auto name = parse_image_name(reference.name);
  if (!name) return;
  std::string page = image_page(*name);
  if (!page.empty()) links.push_back({range, std::move(page), "", name->familiar_name()});
}

bool is_known(const Outside& outside, std::string_view path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view folder = slash == std::string_view::npos ? "" : path.substr(0, slash);
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  for (const ContextFile& file : outside.files(folder))
    if (file.name == name) return !file.directory;
  return false;
}

void add_sources(const CopyInstruction& copy, const Outside& outside, std::vector<Link>& links) {
  if (copy.from || copy.json_form) return;
  for (const Word& source : copy.sources) {
    if (source_kind(source.text) == SourceKind::http) {
      if (source.text.find_first_of("$\"'\\ ") == std::string::npos)
        links.push_back({source.range, without_password(source.text), "", "the download"});
      continue;
    }
    if (source_kind(source.text) != SourceKind::local || has_wildcards(source.text)) continue;
    if (source.text.find_first_of("$\"'") != std::string::npos) continue;
    std::string path = clean_path("/" + source.text).substr(1);
    if (!path.empty() && is_known(outside, path))
      links.push_back({source.range, "", path, "the file in the context"});
  }
}

}  // namespace

std::vector<Link> document_links(const Analysis& analysis, const Outside& outside) {
  std::vector<Link> links;
  for (const Stage& stage : analysis.graph().stages) {
    add_image(stage.base, stage.from_instruction().image.range, links);
    for (const Instruction* instruction : stage.instructions) {
      const auto* copy = std::get_if<CopyInstruction>(&instruction->body);
      if (!copy) continue;
      if (copy->from)
        for (const StageReference& reference : stage.dependencies)
          if (reference.range == copy->from->range) add_image(reference, reference.range, links);
      add_sources(*copy, outside, links);
    }
  }
  return links;
}

}  // namespace mbuild::parser::language
