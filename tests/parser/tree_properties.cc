#include "tests/parser/tree_properties.h"

#include <algorithm>

#include "parser/characters.h"
#include "parser/print.h"

namespace mbuild::parser {

namespace {

// Whether `text` is what remains of `written` when some of its characters are left out.
bool is_subsequence(std::string_view text, std::string_view written) {
  std::size_t i = 0;
  for (char c : written) {
    if (i < text.size() && text[i] == c) ++i;
  }
  return i == text.size();
}

class Checker {
 public:
  explicit Checker(const ParseResult& result)
      : result_(result),
        source_(result.dockerfile.source),
        file_{0, static_cast<std::uint32_t>(source_.text().size())} {}

  std::vector<std::string> run();

 private:
  void expect(bool holds, std::string_view what, Range range);
  void inside(Range outer, Range inner, std::string_view what);
  void word(Range outer, const Word& word, bool decoded);
  void word(Range outer, const std::optional<Word>& optional, bool decoded) {
    if (optional) word(outer, *optional, decoded);
  }
  void words(Range outer, const std::vector<Word>& words, bool decoded);
  void pairs(Range outer, const std::vector<KeyValue>& pairs);
  void command(Range outer, const Command& command);
  void heredocs(Range outer, const std::vector<Heredoc>& heredocs);
  void comments(const std::vector<Comment>& comments);
  void instruction(Range outer, const Instruction& instruction);
  void body(Range range, const InstructionBody& body);
  void diagnostics();
  void cover();

  const ParseResult& result_;
  const Source& source_;
  Range file_;
  std::vector<std::string> broken_;
};

void Checker::expect(bool holds, std::string_view what, Range range) {
  if (holds) return;
  broken_.push_back(std::string(what) + " [" + std::to_string(range.begin) + ", " +
                    std::to_string(range.end) + ")");
}

void Checker::inside(Range outer, Range inner, std::string_view what) {
  expect(inner.begin <= inner.end && outer.contains(inner), what, inner);
}

// A decoded word went through JSON or the flag scanner, which take quotes and escapes away.
void Checker::word(Range outer, const Word& word, bool decoded) {
  inside(outer, word.range, "word lies outside");
  if (!file_.contains(word.range)) return;
  const std::string_view written = source_.text(word.range);
  if (decoded) {
    if (written.find_first_of("\"'\\\n") == std::string_view::npos)
      expect(word.text == written, "flag's text", word.range);
  } else if (written.find('\n') == std::string_view::npos) {
    expect(word.text == written, "word's text", word.range);
  } else {
    expect(is_subsequence(word.text, written), "joined word's text", word.range);
    expect(word.text.empty() || (word.text.front() == written.front() && word.text.back() == written.back()),
           "joined word's ends", word.range);
  }
}

void Checker::words(Range outer, const std::vector<Word>& words, bool decoded) {
  std::uint32_t end = outer.begin;
  for (const Word& each : words) {
    word(outer, each, decoded);
    expect(each.range.begin >= end, "words overlap", each.range);
    end = each.range.end;
  }
}

void Checker::pairs(Range outer, const std::vector<KeyValue>& pairs) {
  std::uint32_t end = outer.begin;
  expect(!pairs.empty(), "no names", outer);
  for (const KeyValue& pair : pairs) {
    word(outer, pair.key, false);
    word(outer, pair.value, false);
    expect(!pair.key.text.empty(), "blank name", pair.key.range);
    expect(pair.key.range.begin >= end, "names overlap", pair.key.range);
    end = pair.value ? pair.value->range.end : pair.key.range.end;
    expect(pair.key.range.end <= end, "value before its name", pair.key.range);
  }
}

void Checker::command(Range outer, const Command& command) {
  inside(outer, command.range, "command lies outside");
  expect(command.exec_form || command.words.size() == 1, "shell form is one word", command.range);
}

void Checker::heredocs(Range outer, const std::vector<Heredoc>& heredocs) {
  std::uint32_t end = outer.begin, body_end = outer.begin;
  for (const Heredoc& heredoc : heredocs) {
    inside(outer, heredoc.range, "heredoc lies outside");
    inside(outer, heredoc.body_range, "heredoc's body lies outside");
    expect(!heredoc.name.empty(), "heredoc without a name", heredoc.range);
    expect(heredoc.range.begin >= end, "heredocs overlap", heredoc.range);
    expect(heredoc.body_range.begin >= body_end, "bodies overlap", heredoc.body_range);
    expect(heredoc.body == source_.text(heredoc.body_range), "heredoc's body", heredoc.body_range);
    end = heredoc.range.end;
    body_end = heredoc.body_range.end;
  }
}

void Checker::comments(const std::vector<Comment>& comments) {
  std::uint32_t end = 0;
  for (const Comment& comment : comments) {
    inside(file_, comment.range, "comment lies outside");
    expect(comment.range.begin >= end, "comments overlap", comment.range);
    expect("#" + comment.text == source_.text(comment.range), "comment's text", comment.range);
    end = comment.range.end;
  }
}

void Checker::body(Range range, const InstructionBody& any) {
  if (const auto* from = std::get_if<FromInstruction>(&any)) {
    word(range, from->image, false);
    word(range, from->stage_name, false);
    word(range, from->platform, true);
    expect(from->stage_name.has_value() == !from->as_range.empty(), "AS without a name", from->as_range);
  } else if (const auto* arg = std::get_if<ArgInstruction>(&any)) {
    pairs(range, arg->arguments);
  } else if (const auto* env = std::get_if<EnvInstruction>(&any)) {
    pairs(range, env->variables);
  } else if (const auto* label = std::get_if<LabelInstruction>(&any)) {
    pairs(range, label->labels);
  } else if (const auto* run = std::get_if<RunInstruction>(&any)) {
    command(range, run->command);
    heredocs(range, run->heredocs);
    words(range, run->mounts, true);
    words(range, run->devices, true);
  } else if (const auto* copy = std::get_if<CopyInstruction>(&any)) {
    words(range, copy->sources, copy->json_form);
    word(range, copy->destination, copy->json_form);
    heredocs(range, copy->heredocs);
    words(range, copy->exclude, true);
    for (const auto* flag : {&copy->from, &copy->chown, &copy->chmod, &copy->checksum})
      word(range, *flag, true);
    expect(copy->sources.size() + copy->heredocs.size() > 0, "copy of nothing", range);
  } else if (const auto* cmd = std::get_if<CmdInstruction>(&any)) {
    command(range, cmd->command);
  } else if (const auto* entrypoint = std::get_if<EntrypointInstruction>(&any)) {
    command(range, entrypoint->command);
  } else if (const auto* workdir = std::get_if<WorkdirInstruction>(&any)) {
    word(range, workdir->path, false);
  } else if (const auto* user = std::get_if<UserInstruction>(&any)) {
    word(range, user->user, false);
  } else if (const auto* expose = std::get_if<ExposeInstruction>(&any)) {
    words(range, expose->ports, false);
  } else if (const auto* volume = std::get_if<VolumeInstruction>(&any)) {
    words(range, volume->paths, volume->json_form);
  } else if (const auto* healthcheck = std::get_if<HealthcheckInstruction>(&any)) {
    if (!healthcheck->none) command(range, healthcheck->command);
  } else if (const auto* onbuild = std::get_if<OnbuildInstruction>(&any)) {
    expect(onbuild->inner != nullptr, "trigger without an instruction", range);
    if (onbuild->inner) instruction(range, *onbuild->inner);
  }
}

void Checker::instruction(Range outer, const Instruction& instruction) {
  inside(outer, instruction.range, "instruction lies outside");
  inside(instruction.range, instruction.keyword_range, "keyword lies outside");
  std::uint32_t end = instruction.keyword_range.end;
  for (const Flag& flag : instruction.flags) {
    inside(instruction.range, flag.range, "flag lies outside");
    inside(flag.range, flag.value_range, "flag's value lies outside");
    expect(flag.range.begin >= end, "flags overlap", flag.range);
    end = flag.range.end;
    if (flag.value) word(flag.range, Word{*flag.value, flag.value_range}, true);
  }
  const std::string_view written = source_.text(instruction.range);
  if (written.find('\n') == std::string_view::npos)
    expect(written.substr(0, instruction.original.size()) == instruction.original, "original text",
           instruction.range);
  body(instruction.range, instruction.body);
}

void Checker::diagnostics() {
  std::uint32_t begin = 0;
  for (const Diagnostic& diagnostic : result_.diagnostics) {
    inside(file_, diagnostic.range, "diagnostic lies outside");
    expect(diagnostic.range.begin >= begin, "diagnostics out of order", diagnostic.range);
    expect(!diagnostic.code.empty() && !diagnostic.message.empty(), "diagnostic without text",
           diagnostic.range);
    for (const Related& related : diagnostic.related)
      inside(file_, related.range, "related place lies outside");
    for (const Fix& fix : diagnostic.fixes) {
      for (const TextEdit& edit : fix.edits) inside(file_, edit.range, "edit lies outside");
    }
    begin = diagnostic.range.begin;
  }
}

void Checker::cover() {
  std::vector<Range> parts{{0, source_.text().starts_with("\xEF\xBB\xBF") ? 3u : 0u}};
  for (const Directive& directive : result_.dockerfile.directives) parts.push_back(directive.range);
  for (const Comment& comment : result_.dockerfile.comments) parts.push_back(comment.range);
  for (const Instruction& each : result_.dockerfile.instructions) parts.push_back(each.range);
  parts.push_back({file_.end, file_.end});
  std::sort(parts.begin(), parts.end(), [](Range a, Range b) { return a.begin < b.begin; });
  std::uint32_t end = 0;
  for (Range part : parts) {
    if (part.begin > end)
      expect(trim(source_.text({end, part.begin})).empty(), "text in no part", {end, part.begin});
    end = std::max(end, part.end);
  }
}

std::vector<std::string> Checker::run() {
  for (const Directive& directive : result_.dockerfile.directives) {
    inside(file_, directive.range, "directive lies outside");
    inside(directive.range, directive.value_range, "directive's value lies outside");
    expect(directive.value == source_.text(directive.value_range), "directive's value",
           directive.value_range);
  }
  comments(result_.dockerfile.comments);
  std::uint32_t end = 0;
  for (const Instruction& each : result_.dockerfile.instructions) {
    instruction(file_, each);
    expect(each.range.begin >= end, "instructions overlap", each.range);
    end = each.range.end;
  }
  diagnostics();
  if (result_.ok()) {
    expect(!result_.dockerfile.instructions.empty(), "nothing read and nothing reported", file_);
    cover();
  }
  expect(print(result_.dockerfile) == source_.text(), "prints back differently", file_);
  return std::move(broken_);
}

}  // namespace

std::vector<std::string> broken_properties(const ParseResult& result) {
  return Checker(result).run();
}

}  // namespace mbuild::parser
