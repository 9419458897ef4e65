#include "parser/format.h"

#include <algorithm>
#include <span>

#include "parser/characters.h"
#include "parser/format_lines.h"
#include "parser/meaning.h"
#include "parser/text_edit.h"

namespace mbuild::parser {

namespace {

// The parts of an instruction between which blanks mean nothing, in order.
class Atoms {
 public:
  explicit Atoms(const Instruction& instruction) {
    add(instruction.keyword_range);
    for (const Flag& flag : instruction.flags) add(flag.range);
    std::visit([this](const auto& body) { add_body(body); }, instruction.body);
    std::stable_sort(ranges_.begin(), ranges_.end(), [](Range a, Range b) { return a.begin < b.begin; });
  }

  const std::vector<Range>& ranges() const { return ranges_; }
  const std::vector<Range>& arrays() const { return arrays_; }

 private:
  void add(Range range) {
    if (!range.empty()) ranges_.push_back(range);
  }
  void add(const Word& word) { add(word.range); }
  void add(const std::vector<Word>& words) {
    for (const Word& word : words) add(word);
  }
  void add_pair(const KeyValue& pair, bool legacy) {
    if (!legacy && pair.value)
      return add(Range{pair.key.range.begin, std::max(pair.key.range.end, pair.value->range.end)});
    add(pair.key);
    if (pair.value) add(*pair.value);
  }
  void add_pairs(const std::vector<KeyValue>& pairs, bool legacy = false) {
    for (const KeyValue& pair : pairs) add_pair(pair, legacy);
  }
  void add_array(Range range) {
    add(range);
    arrays_.push_back(range);
  }
  void add_command(const Command& command) {
    if (command.exec_form)
      add_array(command.range);
    else
      add(command.range);
  }

  void add_body(const FromInstruction& from) {
    add(from.image);
    add(from.as_range);
    if (from.stage_name) add(*from.stage_name);
  }
  void add_body(const ArgInstruction& arg) { add_pairs(arg.arguments); }
  void add_body(const EnvInstruction& env) { add_pairs(env.variables, env.legacy_form); }
  void add_body(const LabelInstruction& label) { add_pairs(label.labels, label.legacy_form); }
  void add_body(const RunInstruction& run) { add_command(run.command); }
  void add_body(const CmdInstruction& cmd) { add_command(cmd.command); }
  void add_body(const EntrypointInstruction& entrypoint) { add_command(entrypoint.command); }
  void add_body(const HealthcheckInstruction& health) { add_command(health.command); }
  void add_body(const CopyInstruction& copy) {
    if (copy.json_form) return;  // its words are parts of one array
    add(copy.sources);
    add(copy.destination);
    for (const Heredoc& heredoc : copy.heredocs) add(heredoc.range);
  }
  void add_body(const WorkdirInstruction& workdir) { add(workdir.path); }
  void add_body(const UserInstruction& user) { add(user.user); }
  void add_body(const ExposeInstruction& expose) { add(expose.ports); }
  void add_body(const VolumeInstruction& volume) {
    if (!volume.json_form) add(volume.paths);
  }
  void add_body(const StopSignalInstruction& signal) { add(signal.signal); }
  void add_body(const MaintainerInstruction& maintainer) { add(maintainer.name); }
  void add_body(const ShellInstruction&) {}
  void add_body(const OnbuildInstruction&) {}

  std::vector<Range> ranges_;
  std::vector<Range> arrays_;
};

// `["a","b"]` with a blank after each comma; empty for one that is not on a single line.
std::string formatted_array(std::string_view text) {
  std::string result;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '\n') return "";
    if (in_string && c == '\\' && i + 1 < text.size()) {
      result += c;
      result += text[++i];
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (!in_string && is_blank(c)) continue;
    result += c;
    if (!in_string && c == ',') result += ' ';
  }
  return result;
}

class Formatter {
 public:
  Formatter(const ParseResult& parsed, const FormatOptions& options)
      : file_(parsed.dockerfile), lines_(file_, options) {}

  std::vector<EditGroup> run() {
    unsigned next_line = 1;
    for (const Instruction& instruction : file_.instructions) {
      EditGroup& between = groups_.emplace_back();
      lines_.format_between(next_line, lines_.first_line(instruction) - 1, &instruction, between);
      format_instruction(instruction);
      next_line = file_.source.line_of(instruction.range.end) + 1;
    }
    unsigned last = file_.source.line_count();
    lines_.format_between(next_line, last, nullptr, groups_.emplace_back());
    std::erase_if(groups_, [](const EditGroup& group) { return group.empty(); });
    return std::move(groups_);
  }

 private:
  void format_instruction(const Instruction& instruction) {
    EditGroup edits;
    lines_.change(instruction.keyword_range, instruction.keyword, edits);
    if (const auto* from = std::get_if<FromInstruction>(&instruction.body); from && !from->as_range.empty())
      lines_.change(from->as_range, "AS", edits);
    Atoms atoms(instruction);
    for (std::size_t i = 1; i < atoms.ranges().size(); ++i)
      lines_.format_gap({atoms.ranges()[i - 1].end, atoms.ranges()[i].begin}, edits);
    for (Range array : atoms.arrays())
      if (std::string text = formatted_array(file_.source.text(array)); !text.empty())
        lines_.change(array, std::move(text), edits);
    EditGroup tidied;
    lines_.tidy(instruction, tidied);
    // A gap has taken care of the line ends within it.
    std::erase_if(tidied, [&](const TextEdit& edit) {
      return std::any_of(edits.begin(), edits.end(),
                         [&](const TextEdit& other) { return overlap(edit, other); });
    });
    edits.insert(edits.end(), tidied.begin(), tidied.end());
    groups_.push_back(std::move(edits));
  }

  static bool overlap(const TextEdit& a, const TextEdit& b) {
    return a.range.begin < b.range.end && b.range.begin < a.range.end;
  }

  const Dockerfile& file_;
  LineFormatter lines_;
  std::vector<EditGroup> groups_;
};

// Of groups that each may change the meaning, those that do not.
class MeaningKeeper {
 public:
  explicit MeaningKeeper(const Dockerfile& file) : file_(file), meaning_(meaning_of(file)) {}

  std::vector<TextEdit> keep(std::span<EditGroup> groups) const {
    std::vector<TextEdit> edits;
    for (const EditGroup& group : groups) edits.insert(edits.end(), group.begin(), group.end());
    if (edits.empty() || same(edits)) return edits;
    if (groups.size() == 1) return {};
    edits = keep(groups.first(groups.size() / 2));
    std::vector<TextEdit> rest = keep(groups.subspan(groups.size() / 2));
    edits.insert(edits.end(), rest.begin(), rest.end());
    return same(edits) ? edits : std::vector<TextEdit>();
  }

 private:
  bool same(const std::vector<TextEdit>& edits) const {
    ParseResult changed = parse(Source(file_.source.name(), apply_edits(file_.source.text(), edits)));
    return changed.ok() && meaning_of(changed.dockerfile) == meaning_;
  }

  const Dockerfile& file_;
  std::string meaning_;
};

}  // namespace

std::vector<TextEdit> format_edits(const ParseResult& parsed, const FormatOptions& options) {
  if (!parsed.ok()) return {};
  std::vector<EditGroup> groups = Formatter(parsed, options).run();
  std::vector<TextEdit> edits = MeaningKeeper(parsed.dockerfile).keep(groups);
  std::stable_sort(edits.begin(), edits.end(),
                   [](const TextEdit& a, const TextEdit& b) { return a.range.begin < b.range.begin; });
  return edits;
}

std::string format(const ParseResult& parsed, const FormatOptions& options) {
  return apply_edits(parsed.dockerfile.source.text(), format_edits(parsed, options));
}

}  // namespace mbuild::parser
