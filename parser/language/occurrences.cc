#include "parser/language/occurrences.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "parser/characters.h"
#include "parser/expandable.h"
#include "parser/language/variable_scan.h"
#include "parser/mount.h"

namespace mbuild::parser::language {

namespace {

// Sets of numbers that turn out to be the same.
class Sets {
 public:
  std::size_t add() {
    parents_.push_back(parents_.size());
    return parents_.size() - 1;
  }
  std::size_t find(std::size_t i) {
    while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parents_[find(b)] = find(a); }

 private:
  std::vector<std::size_t> parents_;
};

Range cut(Range range, std::size_t from, std::size_t size) {
  const auto begin = range.begin + static_cast<std::uint32_t>(from);
  return {begin, begin + static_cast<std::uint32_t>(size)};
}

class Finder {
 public:
  explicit Finder(const Analysis& analysis) : analysis_(analysis), file_(analysis.file()) {
    for (const Stage& stage : analysis.graph().stages) stage_starts_.emplace(stage.from, stage.index);
  }

  std::vector<Occurrence> run();

 private:
  // A variable's name in a stage; 0 is the part before the first FROM, n + 1 stage n.
  struct Variable {
    std::size_t set;
    bool defined = false;
  };
  Variable& variable(std::string_view name, std::size_t scope);
  Variable* known(std::string_view name, std::size_t scope);

  void visit(const Instruction& instruction);
  void visit_unread(const UnreadInstruction& unread);
  void visit_from(const FromInstruction& from);
  void visit_definitions(const std::vector<KeyValue>& pairs, bool arguments);
  void visit_run(const RunInstruction& run);
  void visit_mount(const Word& mount);
  void visit_heredocs(const std::vector<Heredoc>& heredocs, bool shell);
  void stage_reference(std::string_view name, Range range, bool index_allowed);
  void use_variables(Range range, bool shell, bool raw_quotes);
  void add_variable(std::string_view name, Range range, bool definition, std::size_t scope);

  const Analysis& analysis_;
  const Dockerfile& file_;
  std::unordered_map<const Instruction*, std::size_t> stage_starts_;
  std::size_t scope_ = 0;
  Sets sets_;
  std::unordered_map<std::string, std::unordered_map<std::size_t, Variable>> variables_;
  std::unordered_map<std::string, std::size_t> stages_by_name_;  // the last before the current one
  std::string current_stage_;
  std::vector<Occurrence> found_;
  std::size_t heredocs_ = 0;
};

Finder::Variable& Finder::variable(std::string_view name, std::size_t scope) {
  auto& scopes = variables_[std::string(name)];
  auto found = scopes.find(scope);
  if (found == scopes.end()) found = scopes.emplace(scope, Variable{sets_.add()}).first;
  return found->second;
}

// The variable as it is defined in the scope or in a stage that it is from.
Finder::Variable* Finder::known(std::string_view name, std::size_t scope) {
  auto scopes = variables_.find(std::string(name));
  if (scopes == variables_.end()) return nullptr;
  const auto& stages = analysis_.graph().stages;
  while (true) {
    auto found = scopes->second.find(scope);
    if (found != scopes->second.end() && found->second.defined) return &found->second;
    if (scope == 0 || scope > stages.size()) return nullptr;
    const StageReference& base = stages[scope - 1].base;
    if (base.kind != StageReference::Kind::stage || base.stage + 1 >= scope) return nullptr;
    scope = base.stage + 1;
  }
}

void Finder::add_variable(std::string_view name, Range range, bool definition, std::size_t scope) {
  Variable* inherited = known(name, scope);
  Variable& own = variable(name, scope);
  inherited = known(name, scope);  // the table may have moved
  if (inherited) sets_.join(inherited->set, own.set);
  if (definition) own.defined = true;
  found_.push_back({NameKind::variable, own.set, definition, false, std::string(name), range});
}

void Finder::use_variables(Range range, bool shell, bool raw_quotes) {
  const char escape = shell ? '\\' : file_.escape;
  for (const VariableUse& use : find_variable_uses(file_.source, range, escape, raw_quotes)) {
    // A shell has variables of its own.
    if (shell && !known(use.name, scope_)) continue;
    add_variable(use.name, use.range, false, scope_);
  }
}

void Finder::stage_reference(std::string_view name, Range range, bool index_allowed) {
  if (index_allowed && !name.empty() && std::all_of(name.begin(), name.end(), is_digit)) {
    std::size_t index = 0;
    const auto read = std::from_chars(name.data(), name.data() + name.size(), index);
    if (read.ec == std::errc() && index + 1 < scope_)
      found_.push_back({NameKind::stage, index, false, true, std::string(name), range});
    return;
  }
  const std::string lower = to_lower(name);
  auto stage = stages_by_name_.find(lower);
  if (stage != stages_by_name_.end())
    found_.push_back({NameKind::stage, stage->second, false, false, lower, range});
}

void Finder::visit_from(const FromInstruction& from) {
  const std::size_t at = scope_;
  scope_ = 0;  // FROM sees the arguments before it alone
  if (from.platform) use_variables(from.platform->range, false, false);
  use_variables(from.image.range, false, false);
  scope_ = at;
  if (!current_stage_.empty() && scope_ > 1) stages_by_name_[std::exchange(current_stage_, "")] = scope_ - 2;
  stage_reference(from.image.text, from.image.range, false);
  if (!from.stage_name) return;
  const std::string name = to_lower(from.stage_name->text);
  current_stage_ = name;  // a stage cannot refer to itself
  found_.push_back({NameKind::stage, scope_ - 1, true, false, name, from.stage_name->range});
}

void Finder::visit_definitions(const std::vector<KeyValue>& pairs, bool arguments) {
  for (const KeyValue& pair : pairs)
    if (pair.value) use_variables(pair.value->range, false, false);
  for (const KeyValue& pair : pairs) {
    const std::string_view written = file_.source.text(pair.key.range);
    if (written.find('$') != std::string_view::npos) {
      use_variables(pair.key.range, false, false);
      continue;
    }
    const std::size_t quote = !written.empty() && (written[0] == '"' || written[0] == '\'') ? 1 : 0;
    std::size_t end = quote;
    while (end < written.size() && is_name_character(written[end])) ++end;
    if (end == quote) continue;
    const std::string_view name = written.substr(quote, end - quote);
    add_variable(name, cut(pair.key.range, quote, name.size()), true, scope_);
    if (!arguments || pair.value || scope_ == 0) continue;
    if (Variable* global = known(name, 0)) sets_.join(global->set, variable(name, scope_).set);
  }
}

void Finder::visit_mount(const Word& mount) {
  const std::string_view written = file_.source.text(mount.range);
  if (written == mount.text) {
    if (auto from = find_mount_from(mount.text); from && *from) {
      const Range range = cut(mount.range, (*from)->begin, (*from)->end - (*from)->begin);
      stage_reference((*from)->name, range, false);
    }
  }
  use_variables(mount.range, false, false);
}

void Finder::visit_heredocs(const std::vector<Heredoc>& heredocs, bool shell) {
  for (const Heredoc& heredoc : heredocs) {
    const std::string_view word = file_.source.text(heredoc.range);
    const std::size_t name_at = word.find(heredoc.name, std::min(word.find("<<") + 2, word.size()));
    const std::size_t symbol = heredocs_++;
    if (name_at != std::string_view::npos && !heredoc.name.empty())
      found_.push_back({NameKind::heredoc, symbol, true, false, heredoc.name,
                        cut(heredoc.range, name_at, heredoc.name.size())});
    const Range line = file_.source.line_range(file_.source.line_of(heredoc.body_range.end));
    const std::string_view end = file_.source.text(line);
    if (end.ends_with(heredoc.name) && line.begin >= heredoc.body_range.end && !heredoc.name.empty())
      found_.push_back({NameKind::heredoc, symbol, false, false, heredoc.name,
                        cut(line, end.size() - heredoc.name.size(), heredoc.name.size())});
    if (heredoc.expand) use_variables(heredoc.body_range, shell, true);
  }
}

void Finder::visit_run(const RunInstruction& run) {
  for (const Word& mount : run.mounts) visit_mount(mount);
  if (!run.command.exec_form) use_variables(run.command.range, true, false);
  visit_heredocs(run.heredocs, true);
}

void Finder::visit(const Instruction& instruction) {
  const InstructionBody& body = instruction.body;
  if (const auto start = stage_starts_.find(&instruction); start != stage_starts_.end())
    scope_ = start->second + 1;
  if (const auto* from = std::get_if<FromInstruction>(&body)) return visit_from(*from);
  if (const auto* env = std::get_if<EnvInstruction>(&body)) return visit_definitions(env->variables, false);
  if (const auto* arg = std::get_if<ArgInstruction>(&body)) return visit_definitions(arg->arguments, true);
  if (const auto* run = std::get_if<RunInstruction>(&body)) return visit_run(*run);
  if (const auto* cmd = std::get_if<CmdInstruction>(&body); cmd && !cmd->command.exec_form)
    return use_variables(cmd->command.range, true, false);
  if (const auto* point = std::get_if<EntrypointInstruction>(&body); point && !point->command.exec_form)
    return use_variables(point->command.range, true, false);
  for (const Word* word : expandable_words(instruction)) use_variables(word->range, false, false);
  if (const auto* copy = std::get_if<CopyInstruction>(&body)) {
    if (copy->from) stage_reference(copy->from->text, copy->from->range, true);
    visit_heredocs(copy->heredocs, false);
  }
}

// While an instruction is being written it is mostly wrong: its uses of names that are known are uses even
// so.
void Finder::visit_unread(const UnreadInstruction& unread) {
  const Range arguments{unread.keyword_range.end, unread.range.end};
  for (const VariableUse& use : find_variable_uses(file_.source, arguments, file_.escape, false))
    if (known(use.name, scope_)) add_variable(use.name, use.range, false, scope_);
  const std::string_view text = file_.source.text(arguments);
  for (std::size_t at = 0; (at = text.find("from=", at)) != std::string_view::npos;) {
    const bool flag = at > 0 && (text[at - 1] == '-' || text[at - 1] == ',' || text[at - 1] == '=');
    at += 5;
    const std::size_t end = std::min(text.find_first_of(", \t\r\n", at), text.size());
    if (flag) stage_reference(text.substr(at, end - at), cut(arguments, at, end - at), true);
  }
}

std::vector<Occurrence> Finder::run() {
  auto unread = analysis_.parsed().unread.begin();
  const auto end = analysis_.parsed().unread.end();
  for (const Instruction& instruction : file_.instructions) {
    for (; unread != end && unread->range.begin < instruction.range.begin; ++unread) visit_unread(*unread);
    visit(instruction);
  }
  for (; unread != end; ++unread) visit_unread(*unread);
  for (Occurrence& occurrence : found_)
    if (occurrence.kind == NameKind::variable) occurrence.symbol = sets_.find(occurrence.symbol);
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Occurrence& a, const Occurrence& b) { return a.range.begin < b.range.begin; });
  return std::move(found_);
}

}  // namespace

std::vector<Occurrence> find_occurrences(const Analysis& analysis) {
  return Finder(analysis).run();
}

const Occurrence* occurrence_at(const std::vector<Occurrence>& all, std::uint32_t offset) {
  for (const Occurrence& occurrence : all) {
    if (occurrence.range.begin > offset) break;
    if (offset <= occurrence.range.end) return &occurrence;
  }
  return nullptr;
}

}  // namespace mbuild::parser::language
