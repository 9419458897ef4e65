#include "parser/language/complete_parts.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/language/size_text.h"
#include "parser/language/variable_scan.h"
#include "parser/language/variables.h"

namespace mbuild::parser::language {

using Kind = Completion::Kind;

void CompletionList::set_word(std::string_view written, Range replaced) {
  word_ = to_lower(written);
  replaced_ = replaced;
}

Completion* CompletionList::add(Kind kind, std::string label, std::string detail, std::string documentation) {
  if (items_.size() >= limit_ || !to_lower(label).starts_with(word_)) return nullptr;
  TextEdit edit{replaced_, label};
  items_.push_back(
      {kind, std::move(label), std::move(detail), std::move(documentation), std::move(edit), false});
  return &items_.back();
}

bool add_variables(const Analysis& analysis, const Outside& outside, std::uint32_t offset,
                   CompletionList& list) {
  const std::string_view text = analysis.source().text();
  std::uint32_t begin = offset;
  while (begin > 0 && is_name_character(text[begin - 1])) --begin;
  const bool braces = begin > 1 && text[begin - 1] == '{' && text[begin - 2] == '$';
  if (!braces && (begin == 0 || text[begin - 1] != '$')) return false;
  std::uint32_t end = offset;
  while (end < text.size() && is_name_character(text[end])) ++end;
  list.set_word(text.substr(begin, offset - begin), {begin, end});
  const bool closed = end < text.size() && (text[end] == '}' || text[end] == ':');
  for (const VisibleVariable& variable : variables_at(analysis, outside, offset)) {
    Completion* item = list.add(Kind::variable, variable.name, variable.value.value_or("not set"),
                                "From " + variable.origin + ".");
    if (item && braces && !closed) item->edit.text += "}";
  }
  return true;
}

void add_stages(const CompletionPlace& place, bool indexes, CompletionList& list) {
  const Stage* current = place.analysis.stage_at(place.offset);
  const auto& stages = place.analysis.graph().stages;
  std::size_t before = current ? current->index : stages.size();
  // A FROM that is being written begins no stage yet.
  if (place.cursor.keyword == "FROM" && current && place.cursor.line.begin > current->from->range.end)
    before = stages.size();
  for (std::size_t i = before; i > 0; --i) {
    const Stage& stage = stages[i - 1];
    const std::string base = "FROM " + stage.from_instruction().image.text;
    if (!stage.name.empty())
      list.add(Kind::stage, stage.from_instruction().stage_name->text, base, stage.description);
    if (indexes) list.add(Kind::stage, std::to_string(stage.index), base, stage.display_name());
  }
}

void add_images(const Outside& outside, CompletionList& list) {
  for (const std::string& name : outside.images()) {
    Completion* item = list.add(Kind::image, name, "", "");
    if (!item) continue;
    if (const auto image = outside.image(name)) item->detail = size_text(image->size_bytes);
  }
}

void add_files(const Outside& outside, CompletionList& list) {
  std::string folder(list.word());
  folder.erase(folder.rfind('/') + 1);
  std::string prefix = folder;
  while (folder.starts_with("./")) folder.erase(0, 2);
  while (folder.starts_with('/')) folder.erase(0, 1);
  if (folder.ends_with('/')) folder.pop_back();
  for (const ContextFile& file : outside.files(folder))
    list.add(file.directory ? Kind::folder : Kind::file, prefix + file.name + (file.directory ? "/" : ""), "",
             "");
}

void add_working_directory(const CompletionPlace& place, CompletionList& list) {
  const Stage* stage = place.analysis.stage_at(place.offset);
  if (!stage) return;
  std::string path;
  for (const Instruction* instruction : stage->instructions) {
    if (instruction->range.begin >= place.offset) break;
    if (const auto* workdir = std::get_if<WorkdirInstruction>(&instruction->body)) path = workdir->path.text;
  }
  if (!path.starts_with('/')) return;
  if (!path.ends_with('/')) path += '/';
  list.add(Kind::folder, std::move(path), "the working directory", "");
}

void add_users(const CompletionPlace& place, CompletionList& list) {
  const Stage* stage = place.analysis.stage_at(place.offset);
  const auto& stages = place.analysis.graph().stages;
  while (stage && stage->base.kind == StageReference::Kind::stage && stage->base.stage < stage->index)
    stage = &stages[stage->base.stage];
  if (!stage || stage->base.kind != StageReference::Kind::image) return;
  const std::string& image = stage->base.name;
  const std::optional<ImageUsers> known = place.outside.users(image);
  if (!known) return;
  const std::size_t colon = list.word().find(':');
  if (colon == std::string_view::npos) {
    for (const std::string& user : known->users) list.add(Kind::user, user, "user of " + image, "");
    return;
  }
  const std::string user(list.word().substr(0, colon + 1));
  for (const std::string& group : known->groups) list.add(Kind::user, user + group, "group of " + image, "");
}

}  // namespace mbuild::parser::language
