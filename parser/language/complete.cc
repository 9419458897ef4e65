#include "parser/language/complete.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/language/complete_parts.h"
#include "parser/language/instruction_docs.h"
#include "parser/lint.h"

namespace mbuild::parser::language {

namespace {

using Kind = Completion::Kind;

std::string snippet_of(const InstructionDoc& doc) {
  static constexpr std::pair<std::string_view, std::string_view> bodies[] = {
      {"ADD", "${1:source} ${2:destination}"},
      {"ARG", "${1:name}"},
      {"CMD", "[\"${1:executable}\"]"},
      {"COPY", "${1:source} ${2:destination}"},
      {"ENTRYPOINT", "[\"${1:executable}\"]"},
      {"ENV", "${1:name}=${2:value}"},
      {"EXPOSE", "${1:port}"},
      {"FROM", "${1:image}"},
      {"HEALTHCHECK", "--interval=${1:30s} CMD ${2:command}"},
      {"LABEL", "${1:key}=${2:value}"},
      {"MAINTAINER", "${1:name}"},
      {"ONBUILD", "${1:INSTRUCTION}"},
      {"RUN", "${1:command}"},
      {"SHELL", "[\"${1:executable}\", \"${2:parameter}\"]"},
      {"STOPSIGNAL", "${1:signal}"},
      {"USER", "${1:user}"},
      {"VOLUME", "${1:path}"},
      {"WORKDIR", "${1:path}"},
  };
  for (const auto& [keyword, body] : bodies)
    if (keyword == doc.keyword) return std::string(keyword) + " " + std::string(body);
  return std::string(doc.keyword);
}

void add_keywords(CompletionList& list, bool snippets, bool triggers_only) {
  for (const InstructionDoc& doc : instruction_docs()) {
    const bool chained = doc.keyword == "FROM" || doc.keyword == "ONBUILD" || doc.keyword == "MAINTAINER";
    if (triggers_only && chained) continue;
    Completion* item = list.add(Kind::keyword, std::string(doc.keyword), std::string(doc.forms.front()),
                                std::string(doc.summary));
    if (!item || !snippets) continue;
    item->edit.text = snippet_of(doc);
    item->snippet = true;
  }
}

void add_directives(const Analysis& analysis, std::uint32_t offset, CompletionList& list) {
  const Range line = analysis.source().line_range(analysis.source().line_of(offset));
  const std::string_view written = analysis.text({line.begin, offset});
  const std::size_t equals = written.find('=');
  if (equals == std::string_view::npos) {
    const std::size_t name = std::min(written.find_first_not_of("# \t"), written.size());
    list.set_word(written.substr(name), {line.begin + static_cast<std::uint32_t>(name), offset});
    for (const FlagDoc& directive : directive_docs())
      if (!analysis.file().directive(directive.name) ||
          analysis.file().directive(directive.name)->range.contains(offset))
        list.add(Kind::keyword, std::string(directive.name) + "=", "", std::string(directive.summary));
    return;
  }
  std::string_view value = written.substr(equals + 1);
  const std::size_t start = std::max<std::size_t>(value.find_last_of(",=") + 1, 0);
  list.set_word(value.substr(start), {line.begin + static_cast<std::uint32_t>(equals + 1 + start), offset});
  const std::string_view name = trim(written.substr(1, equals - 1));
  if (to_lower(name) == "check" && value.find("skip") != std::string_view::npos) {
    for (const LintRule& rule : lint_rules())
      list.add(Kind::value, std::string(rule.name), "", std::string(rule.description));
    return;
  }
  for (const FlagDoc& directive : directive_docs())
    if (directive.name == to_lower(name))
      for (std::string_view text : directive.values) list.add(Kind::value, std::string(text), "", "");
}

}  // namespace

std::vector<Completion> complete(const Analysis& analysis, const Outside& outside, std::uint32_t offset,
                                 bool snippets, std::size_t limit) {
  const Cursor cursor = cursor_at(analysis, offset);
  CompletionList list(limit);
  list.set_word(cursor.current.text, cursor.current.range);
  switch (cursor.place) {
    case Cursor::Place::directive:
      add_directives(analysis, offset, list);
      break;
    case Cursor::Place::comment:
      break;
    case Cursor::Place::heredoc_body:
      add_variables(analysis, outside, offset, list);
      break;
    case Cursor::Place::keyword:
      add_keywords(list, snippets, false);
      break;
    case Cursor::Place::instruction:
      if (cursor.keyword == "ONBUILD")
        add_keywords(list, snippets, true);
      else if (!add_variables(analysis, outside, offset, list))
        add_arguments({analysis, outside, cursor, offset}, list);
      break;
  }
  return list.take();
}

}  // namespace mbuild::parser::language
