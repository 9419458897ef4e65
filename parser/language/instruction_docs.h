// What instructions and their flags do, as an editor tells it (SEMANTICS A8 - A13; docs.docker.com,
// Dockerfile reference).
#pragma once

#include <span>
#include <string_view>

namespace mbuild::parser::language {

struct FlagDoc {
  std::string_view name;
  std::string_view summary;
  std::span<const std::string_view> values;  // the ones that can be listed
  bool boolean = false;
};

struct InstructionDoc {
  std::string_view keyword;
  std::string_view summary;
  std::span<const std::string_view> forms;  // each a signature, parameters as <name> or [name]
  std::span<const FlagDoc> flags;
};

std::span<const InstructionDoc> instruction_docs();
// By keyword in upper case; null for what is no instruction.
const InstructionDoc* find_instruction_doc(std::string_view keyword);
const FlagDoc* find_flag_doc(const InstructionDoc& instruction, std::string_view name);

// The keys of RUN --mount for a type (empty: bind).
std::span<const FlagDoc> mount_keys(std::string_view type);

// The ARGs that are there without being given, and what they hold.
struct BuiltInArgument {
  std::string_view name;
  std::string_view summary;
};
std::span<const BuiltInArgument> built_in_arguments();

// The directives at the top of a file.
std::span<const FlagDoc> directive_docs();

}  // namespace mbuild::parser::language
