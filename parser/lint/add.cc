// AddOfPlainFiles.
#include <algorithm>
#include <array>

#include "parser/characters.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

// Whether ADD may do with the source what COPY cannot: download it, or unpack it.
bool may_need_add(std::string_view source) {
  constexpr std::array<std::string_view, 12> endings = {".tar", ".tgz", ".tbz2", ".txz",  ".tzst", ".gz",
                                                        ".bz2", ".xz",  ".zst",  ".lzma", ".git",  ".tb2"};
  std::string lower = to_lower(source);
  bool archive =
      std::any_of(endings.begin(), endings.end(), [&](std::string_view e) { return lower.ends_with(e); });
  return archive || lower.find("://") != std::string::npos || lower.starts_with("git@") ||
         lower.find_first_of("$*?[") != std::string::npos;
}

}  // namespace

void check_add(LintContext& context) {
  for (const Instruction& instruction : context.file.instructions) {
    const auto* add = std::get_if<CopyInstruction>(&instruction.body);
    if (!add || !add->add || add->checksum || add->keep_git_dir || add->unpack) continue;
    bool needed = std::any_of(add->sources.begin(), add->sources.end(),
                              [](const Word& source) { return may_need_add(source.text); });
    if (needed) continue;
    context.report("AddOfPlainFiles", "ADD would unpack an archive of this name; COPY copies what is there",
                   instruction.keyword_range, {replace("Write COPY", instruction.keyword_range, "COPY")});
  }
}

}  // namespace mbuild::parser
