#include "parser/language/tokens.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/language/occurrences.h"

namespace mbuild::parser::language {

namespace {

class Collector {
 public:
  explicit Collector(const Analysis& analysis) : analysis_(analysis) {}
  std::vector<Token> run();

 private:
  void add(TokenKind kind, Range range, bool definition = false) {
    if (!range.empty()) tokens_.push_back({kind, definition, range});
  }
  void visit(const Instruction& instruction);
  bool in_comment(std::uint32_t offset) const;
  void words_in(Range range);
  void first_word_in(Range range);
  void strings_in(Range range);
  std::vector<Token> in_lines(std::vector<Token> tokens) const;

  const Analysis& analysis_;
  std::vector<Token> tokens_;
};

// Quoted parts, of JSON arrays and of shell commands alike.
void Collector::strings_in(Range range) {
  const std::string_view text = analysis_.text(range);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
      continue;
    }
    if (text[i] != '"' && text[i] != '\'') continue;
    std::size_t end = i + 1;
    while (end < text.size() && text[end] != text[i]) end += text[end] == '\\' && text[i] == '"' ? 2 : 1;
    if (end >= text.size()) return;
    add(TokenKind::string,
        {range.begin + static_cast<std::uint32_t>(i), range.begin + static_cast<std::uint32_t>(end + 1)});
    i = end;
  }
}

bool Collector::in_comment(std::uint32_t offset) const {
  const auto& comments = analysis_.file().comments;
  const auto after = std::ranges::upper_bound(comments, offset, {},
                                              [](const Comment& comment) { return comment.range.begin; });
  return after != comments.begin() && std::prev(after)->range.contains(offset);
}

// Paths, values and names; what is more than that about one of them lies over it.
void Collector::words_in(Range range) {
  const std::string_view text = analysis_.text(range);
  for (std::size_t begin = 0; (begin = text.find_first_not_of(" \t\r\n", begin)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", begin), text.size());
    const Range word{range.begin + static_cast<std::uint32_t>(begin),
                     range.begin + static_cast<std::uint32_t>(end)};
    const bool continues = end - begin == 1 && text[begin] == analysis_.file().escape;
    if (!continues && !in_comment(word.begin)) {
      // A name and its value, without what stands between them.
      const auto equals =
          word.begin + static_cast<std::uint32_t>(std::min(text.find('=', begin), end) - begin);
      add(TokenKind::string, {word.begin, equals});
      add(TokenKind::string, {std::min(equals + 1, word.end), word.end});
    }
    begin = end;
  }
}

// An instruction within one, or NONE.
void Collector::first_word_in(Range range) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const std::string_view text = analysis_.text(range);
  const std::size_t begin = std::min(text.find_first_of(letters), text.size());
  const std::size_t end = std::min(text.find_first_not_of(letters, begin), text.size());
  add(TokenKind::keyword,
      {range.begin + static_cast<std::uint32_t>(begin), range.begin + static_cast<std::uint32_t>(end)});
}

// Whether its arguments are for a shell, whose own words an editor's grammar colours better.
bool is_for_shell(const Instruction& instruction) {
  return instruction.keyword == "RUN" || instruction.keyword == "CMD" ||
         instruction.keyword == "ENTRYPOINT" || instruction.keyword == "HEALTHCHECK" ||
         instruction.keyword == "ONBUILD";
}

void Collector::visit(const Instruction& instruction) {
  add(TokenKind::keyword, instruction.keyword_range);
  for (const Flag& flag : instruction.flags) {
    const std::uint32_t end = flag.range.begin + 2 + static_cast<std::uint32_t>(flag.name.size());
    add(TokenKind::flag, {flag.range.begin, std::min(end, flag.range.end)});
    if (end + 1 < flag.range.end) add(TokenKind::string, {end + 1, flag.range.end});
  }
  if (const auto* from = std::get_if<FromInstruction>(&instruction.body)) {
    add(TokenKind::image, from->image.range);
    add(TokenKind::keyword, from->as_range);
  }
  if (const auto* expose = std::get_if<ExposeInstruction>(&instruction.body))
    for (const Word& port : expose->ports) add(TokenKind::number, port.range);
  std::uint32_t begin = instruction.keyword_range.end;
  for (const Flag& flag : instruction.flags) begin = std::max(begin, flag.range.end);
  std::uint32_t end = instruction.range.end;
  for (const Heredoc& heredoc : heredocs_of(instruction)) end = std::min(end, heredoc.range.begin);
  if (begin >= end) return;
  if (instruction.keyword == "HEALTHCHECK" || instruction.keyword == "ONBUILD") first_word_in({begin, end});
  strings_in({begin, end});
  if (!is_for_shell(instruction) && instruction.keyword != "FROM" && instruction.keyword != "EXPOSE")
    words_in({begin, end});
}

// Each within one line, and none over another: names win over the words that hold them.
std::vector<Token> Collector::in_lines(std::vector<Token> tokens) const {
  const Source& source = analysis_.source();
  std::vector<Token> result;
  for (const Token& token : tokens) {
    for (unsigned line = source.line_of(token.range.begin); line <= source.line_count(); ++line) {
      const Range whole = source.line_range(line);
      if (whole.begin >= token.range.end) break;
      const Range part{std::max(whole.begin, token.range.begin), std::min(whole.end, token.range.end)};
      if (part.begin < part.end) result.push_back({token.kind, token.definition, part});
    }
  }
  std::ranges::stable_sort(result, [](const Token& a, const Token& b) {
    return a.range.begin != b.range.begin ? a.range.begin < b.range.begin : a.range.end > b.range.end;
  });
  return result;
}

// Cuts outer tokens where inner ones begin and end.
std::vector<Token> flatten(const std::vector<Token>& nested) {
  std::vector<Token> flat;
  std::vector<Token> open;
  std::uint32_t at = 0;
  const auto close_until = [&](std::uint32_t offset) {
    while (!open.empty()) {
      const Token& top = open.back();
      const std::uint32_t end = std::min(top.range.end, offset);
      if (at < end) flat.push_back({top.kind, top.definition, {at, end}});
      at = std::max(at, end);
      if (top.range.end > offset) return;
      open.pop_back();
    }
  };
  for (const Token& token : nested) {
    close_until(token.range.begin);
    at = std::max(at, token.range.begin);
    open.push_back(token);
  }
  close_until(UINT32_MAX);
  return flat;
}

std::vector<Token> Collector::run() {
  const Dockerfile& file = analysis_.file();
  for (const Directive& directive : file.directives) {
    add(TokenKind::macro, directive.range);
    add(TokenKind::string, directive.value_range);
  }
  for (const Comment& comment : file.comments) add(TokenKind::comment, comment.range);
  for (const Instruction& instruction : file.instructions) visit(instruction);
  for (const UnreadInstruction& unread : analysis_.parsed().unread)
    add(TokenKind::keyword, unread.keyword_range);
  for (const Occurrence& name : find_occurrences(analysis_)) {
    const TokenKind kind = name.kind == NameKind::stage      ? TokenKind::stage
                           : name.kind == NameKind::variable ? TokenKind::variable
                                                             : TokenKind::heredoc;
    add(kind, name.range, name.definition);
  }
  return flatten(in_lines(std::move(tokens_)));
}

}  // namespace

std::vector<Token> semantic_tokens(const Analysis& analysis) {
  return Collector(analysis).run();
}

}  // namespace mbuild::parser::language
