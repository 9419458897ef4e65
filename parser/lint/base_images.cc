// UnpinnedBaseImage, PossibleStageTypo.
#include <algorithm>
#include <unordered_set>

#include "parser/characters.h"
#include "parser/image_name.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"
#include "parser/suggest.h"

namespace mbuild::parser {

namespace {

void check_pin(LintContext& context, const StageReference& reference) {
  if (reference.kind != StageReference::Kind::image) return;
  auto image = parse_image_name(reference.name);
  if (!image || !image->digest.empty()) return;
  std::string tag = image->tag.empty() ? "latest" : image->tag;
  context.report("UnpinnedBaseImage",
                 "tag " + quote(tag) + " of " + quote(image->familiar_name()) +
                     " can be moved: add its digest, as in " + image->familiar_name() + ":" + tag +
                     "@sha256:...",
                 reference.range);
}

// Names of one word, as stages have: neither host, path, tag nor digest.
bool may_be_stage(std::string_view name) {
  return name.find_first_of("/:@") == std::string_view::npos;
}

}  // namespace

void check_base_images(LintContext& context) {
  // Each search looks at all names; a file that is wrong everywhere must not take quadratic time.
  constexpr std::size_t most_searches = 100;
  std::size_t searches = 0;
  std::vector<std::string_view> names;
  std::unordered_set<std::string_view> base_names;
  for (const Stage& stage : context.graph.stages)
    if (stage.base.kind == StageReference::Kind::image) base_names.insert(stage.base.name);
  for (const Stage& stage : context.graph.stages) {
    for (const StageReference& reference : stage.dependencies) {
      check_pin(context, reference);
      bool source = &reference != &stage.dependencies.front();
      bool image = reference.kind == StageReference::Kind::image && may_be_stage(reference.name);
      // A file that builds on the image knows it by this name.
      if (!image || (source && base_names.contains(reference.name)) || ++searches > most_searches) continue;
      std::string_view meant = closest(reference.name, names);
      if (meant.empty() || (!source && to_lower(meant) == to_lower(reference.name))) continue;
      std::string fixed(meant);
      context.report("PossibleStageTypo",
                     quote(reference.name) +
                         " is no stage of this file and so an image: did you mean stage " + quote(meant) +
                         "?",
                     reference.range, {replace("Use stage " + fixed, reference.range, fixed)});
    }
    if (!stage.name.empty()) names.push_back(stage.name);
  }
}

}  // namespace mbuild::parser
