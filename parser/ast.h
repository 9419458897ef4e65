// The abstract syntax tree of a Dockerfile. Plain data: a function of the text alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "parser/source.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// One argument as written, after continuation lines are joined but before quotes are removed and variables
// expanded (expand.h does both). `range` covers it in the source, line breaks of a continuation included.
struct Word {
  std::string text;
  Range range;
};

// `--name=value`; `--name` alone has no value. Quotes and escapes of the flag scanner are already removed.
// `range` is the whole flag and `value_range` its value, both as written.
struct Flag {
  std::string name;  // without the dashes
  std::optional<std::string> value;
  Range range;
  Range value_range;
};

// `<<NAME`: where it stands and what it holds. `body` is as written, including its last newline.
struct Heredoc {
  std::string name;
  std::string body;
  bool expand = true;       // false when any part of the name was quoted
  bool strip_tabs = false;  // `<<-`
  std::string descriptor;   // digits before `<<`, usually empty
  Range range;              // the word on the instruction's line
  Range body_range;         // the body's lines, without the terminator
};

// The command of RUN, CMD, ENTRYPOINT and HEALTHCHECK CMD.
struct Command {
  bool exec_form = false;          // a JSON array of strings
  std::vector<std::string> words;  // exec form: the array; shell form: the one command line
  Range range;
};

struct KeyValue {
  Word key;
  std::optional<Word> value;
};

struct FromInstruction {
  Word image;
  std::optional<Word> stage_name;  // as written, not lower-cased
  std::optional<Word> platform;    // value of --platform
  Range as_range;                  // the word AS; empty without a stage name
};
struct ArgInstruction {
  std::vector<KeyValue> arguments;  // `NAME` (no value) or `NAME=default`
};
struct EnvInstruction {
  std::vector<KeyValue> variables;
  bool legacy_form = false;  // `ENV key rest of line`
};
struct LabelInstruction {
  std::vector<KeyValue> labels;
  bool legacy_form = false;
};
struct RunInstruction {
  Command command;
  std::vector<Heredoc> heredocs;
  std::vector<Word> mounts;  // value of each --mount, still one CSV line; mount.h reads it
  std::optional<Word> network;
  std::optional<Word> security;
  std::vector<Word> devices;
};
// COPY and ADD.
struct CopyInstruction {
  bool add = false;
  std::vector<Word> sources;  // without heredocs
  Word destination;
  bool json_form = false;         // the arguments are a JSON array
  std::vector<Heredoc> heredocs;  // sources given in place
  std::optional<Word> from;
  std::optional<Word> chown;
  std::optional<Word> chmod;
  bool link = false;
  bool parents = false;
  std::vector<Word> exclude;
  std::optional<Word> checksum;      // ADD
  std::optional<bool> keep_git_dir;  // ADD
  std::optional<bool> unpack;        // ADD
};
struct WorkdirInstruction {
  Word path;
};
struct UserInstruction {
  Word user;
};
struct CmdInstruction {
  Command command;
};
struct EntrypointInstruction {
  Command command;
};
struct ExposeInstruction {
  std::vector<Word> ports;
};
struct VolumeInstruction {
  std::vector<Word> paths;
  bool json_form = false;  // a JSON array
};
struct StopSignalInstruction {
  Word signal;
};
// Durations are nanoseconds, 0 when the flag was not given.
struct HealthcheckInstruction {
  bool none = false;
  Command command;  // exec form becomes CMD, shell form CMD-SHELL
  long long interval = 0;
  long long timeout = 0;
  long long start_period = 0;
  long long start_interval = 0;
  int retries = 0;
};
struct ShellInstruction {
  std::vector<std::string> shell;
};
struct MaintainerInstruction {
  Word name;
};
struct Instruction;
struct OnbuildInstruction {
  std::string trigger;                       // what goes into the image's config, heredoc bodies appended
  std::shared_ptr<const Instruction> inner;  // the same, parsed
};

using InstructionBody =
    std::variant<FromInstruction, ArgInstruction, EnvInstruction, LabelInstruction, RunInstruction,
                 CopyInstruction, WorkdirInstruction, UserInstruction, CmdInstruction, EntrypointInstruction,
                 ExposeInstruction, VolumeInstruction, StopSignalInstruction, HealthcheckInstruction,
                 ShellInstruction, MaintainerInstruction, OnbuildInstruction>;

struct Comment {
  std::string text;  // after `#`, as written
  Range range;       // from `#` to the end of the line
};

struct Instruction {
  InstructionBody body;
  std::string keyword;  // upper case: "COPY"
  Range keyword_range;
  Range range;              // the first line to the end of the last, heredoc bodies and terminators included
  std::vector<Flag> flags;  // as written, for tools; the body holds their meaning
  std::vector<Comment> comments;  // directly above (a bare `#` ends the run), for descriptions and `check=`
  std::string original;           // the logical line: continuations joined, comments inside removed
  Range blank_line;  // the first blank line among its continuation lines; empty when there is none
};

// `# syntax=`, `# escape=`, `# check=` at the top of the file.
struct Directive {
  std::string name;  // lower case
  std::string value;
  Range range;
  Range value_range;
};

struct Dockerfile {
  Source source;
  std::vector<Directive> directives;
  char escape = '\\';  // or '`'
  std::vector<Instruction> instructions;
  std::vector<Comment> comments;  // every comment, in order

  const Directive* directive(std::string_view name) const {
    for (const Directive& d : directives)
      if (d.name == name) return &d;
    return nullptr;
  }
};

}  // namespace mbuild::parser

#pragma GCC visibility pop
