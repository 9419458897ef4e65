// semantic_tokens(): what each piece of the text is, for an editor's colours.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "parser/language/analysis.h"

namespace mbuild::parser::language {

enum class TokenKind { comment, keyword, flag, string, variable, stage, image, number, macro, heredoc };

// LSP's names for them, in the order of TokenKind (LSP 3.17, "Predefined token types").
inline constexpr std::array<std::string_view, 10> token_type_names = {
    "comment", "keyword",   "parameter", "string", "variable",
    "class",   "namespace", "number",    "macro",  "label"};

struct Token {
  TokenKind kind = TokenKind::keyword;
  bool definition = false;
  Range range;  // within one line, not empty
};

// By position, without overlaps.
std::vector<Token> semantic_tokens(const Analysis& analysis);

}  // namespace mbuild::parser::language
