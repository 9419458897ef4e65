// How a logical line becomes an instruction: the table of instructions, and what their readers work with.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parser/ast.h"
#include "parser/diagnostic.h"
#include "parser/grammar.h"
#include "parser/lines.h"

namespace mbuild::parser {

enum class FlagKind { boolean, text, list };  // list: may be repeated

struct FlagRule {
  std::string_view name;
  FlagKind kind;
};

struct InstructionRule;

// One instruction on its way into the tree.
struct InstructionInput {
  const LogicalLine& line;
  const InstructionRule& rule;
  const grammar::Instruction& shape;
  Range whole;  // keyword to last line, heredocs included
  char escape;
  std::vector<Diagnostic>& diagnostics;
  std::vector<Heredoc> heredocs = {};    // with their bodies
  std::vector<Span> heredoc_spans = {};  // where their words stand in the line
  std::vector<Flag> flags = {};

  std::string_view arguments() const { return line.text(shape.arguments); }
  Range arguments_range() const { return line.to_source(shape.arguments); }
  Range keyword_range() const { return line.to_source(shape.keyword); }
  Word word(Span span) const { return {std::string(line.text(span)), line.to_source(span)}; }
  void error(std::string code, std::string message, Range range);
  void warn(std::string code, std::string message, Range range);

  // The values of flags. One given with an empty value counts as not given.
  std::optional<Word> text_flag(std::string_view name) const;
  std::vector<Word> list_flag(std::string_view name) const;
  std::optional<bool> boolean_flag(std::string_view name) const;
};

// What is to be known of an instruction before its arguments are read (SEMANTICS A4).
struct InstructionRule {
  std::string_view keyword;
  std::span<const FlagRule> flags;
  bool checks_flags;  // false: flags that it does not have are ignored
  bool has_heredocs;
  // Fills `body`; false after reporting what is wrong with the arguments.
  bool (*read)(InstructionInput& input, InstructionBody& body);
};

// The rule for a keyword of any case; nullptr when there is no such instruction.
const InstructionRule* find_rule(std::string_view keyword);

// Reads flags and arguments; false after reporting what is wrong with them. `comments` stays empty.
bool read_instruction(InstructionInput& input, Instruction& instruction);

// Reports a keyword that is none. Gives the rule that was most likely meant, or nullptr.
const InstructionRule* report_unknown_instruction(const LogicalLine& line, Span keyword,
                                                  std::vector<Diagnostic>& diagnostics);

// Reports flags that the instruction does not have, repeats, or gives a wrong value. False when any was.
bool check_flags(InstructionInput& input);

bool read_add(InstructionInput& input, InstructionBody& body);
bool read_arg(InstructionInput& input, InstructionBody& body);
bool read_cmd(InstructionInput& input, InstructionBody& body);
bool read_copy(InstructionInput& input, InstructionBody& body);
bool read_entrypoint(InstructionInput& input, InstructionBody& body);
bool read_env(InstructionInput& input, InstructionBody& body);
bool read_expose(InstructionInput& input, InstructionBody& body);
bool read_from(InstructionInput& input, InstructionBody& body);
bool read_healthcheck(InstructionInput& input, InstructionBody& body);
bool read_label(InstructionInput& input, InstructionBody& body);
bool read_maintainer(InstructionInput& input, InstructionBody& body);
bool read_onbuild(InstructionInput& input, InstructionBody& body);
bool read_run(InstructionInput& input, InstructionBody& body);
bool read_shell(InstructionInput& input, InstructionBody& body);
bool read_stopsignal(InstructionInput& input, InstructionBody& body);
bool read_user(InstructionInput& input, InstructionBody& body);
bool read_volume(InstructionInput& input, InstructionBody& body);
bool read_workdir(InstructionInput& input, InstructionBody& body);

// Tries a part of the line as a JSON array; false after reporting one of other things than strings.
bool read_json_array(InstructionInput& input, Span span, grammar::JsonArray& array);

// Reads a command in exec or shell form from a part of the line, as read_json_array does. An empty part gives
// no words.
bool read_command(InstructionInput& input, Span span, Command& command);

// Reports that arguments are missing. False, for a reader to return.
bool missing_arguments(InstructionInput& input, std::string_view message);

}  // namespace mbuild::parser
