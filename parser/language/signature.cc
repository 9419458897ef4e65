#include "parser/language/signature.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/language/cursor.h"
#include "parser/language/instruction_docs.h"

namespace mbuild::parser::language {

namespace {

// The words of a form after its keyword.
Signature read_form(std::string_view form) {
  Signature signature{std::string(form), {}};
  std::size_t begin = form.find(' ') + 1;
  while (begin < form.size()) {
    const std::size_t end = std::min(form.find(' ', begin), form.size());
    signature.parameters.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)});
    begin = end + 1;
  }
  return signature;
}

bool is_json_form(const Signature& signature) {
  return signature.label.find("[\"") != std::string::npos;
}

std::size_t count_json_words(const Cursor& cursor) {
  std::size_t commas = 0;
  for (const CursorWord& word : cursor.words)
    commas += static_cast<std::size_t>(std::ranges::count(word.text, ','));
  return commas + static_cast<std::size_t>(std::ranges::count(cursor.current.text, ','));
}

// A directive has one value, which is its only parameter.
std::optional<SignatureHelp> directive_help(const Analysis& analysis, std::uint32_t offset) {
  for (const Directive& directive : analysis.file().directives) {
    if (!directive.range.contains(offset) && offset != directive.range.end) continue;
    for (const FlagDoc& doc : directive_docs()) {
      if (doc.name != directive.name) continue;
      Signature signature{std::string(doc.name) + "=value", {}};
      signature.parameters.push_back({static_cast<std::uint32_t>(doc.name.size() + 1),
                                      static_cast<std::uint32_t>(signature.label.size())});
      return SignatureHelp{{std::move(signature)}, std::string(doc.summary)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<SignatureHelp> signature_help(const Analysis& analysis, std::uint32_t offset) {
  const Cursor cursor = cursor_at(analysis, offset);
  if (cursor.place == Cursor::Place::directive) return directive_help(analysis, offset);
  if (cursor.place != Cursor::Place::instruction) return std::nullopt;
  const InstructionDoc* doc = find_instruction_doc(cursor.keyword);
  if (!doc) return std::nullopt;
  SignatureHelp help;
  help.documentation = doc->summary;
  for (std::string_view form : doc->forms) help.signatures.push_back(read_form(form));

  std::size_t arguments = cursor.arguments();
  bool json = cursor.current.text.starts_with('[');
  for (const CursorWord& word : cursor.words) json = json || word.text.starts_with('[');
  const bool flag = cursor.current.text.starts_with("--") && arguments == 0;
  if (json) arguments = count_json_words(cursor);
  const auto fits = [&](const Signature& signature) {
    const bool flags = signature.label.find("[flags]") != std::string::npos;
    return is_json_form(signature) == json && signature.parameters.size() > arguments + (flags ? 1 : 0);
  };
  auto active = std::ranges::find_if(help.signatures, fits);
  if (active == help.signatures.end())
    active =
        std::ranges::find_if(help.signatures, [&](const Signature& s) { return is_json_form(s) == json; });
  if (active == help.signatures.end()) active = help.signatures.begin();
  help.active_signature = static_cast<std::size_t>(active - help.signatures.begin());
  const bool flags = active->label.find("[flags]") != std::string::npos;
  help.active_parameter = flag ? 0 : arguments + (flags ? 1 : 0);
  help.active_parameter = std::min(help.active_parameter, active->parameters.size() - 1);
  return help;
}

}  // namespace mbuild::parser::language
