// Analysis: one state of a Dockerfile's text, and what the parser makes of it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "parser/language/outside.h"
#include "parser/parse.h"
#include "parser/stages.h"

namespace mbuild::parser::language {

// What a build would be given besides the text; an editor's settings.
struct AnalysisOptions {
  StageOptions stages;
  std::vector<std::string> enable;  // opt-in rules of lint()
};

// Immutable, and safe to read from any thread. All offsets of the answers in this folder count in its source.
class Analysis {
 public:
  // Stage ARGs of the platform are default_platform_args() where `options` has none. Linear in the text.
  Analysis(Source source, AnalysisOptions options);
  Analysis(const Analysis&) = delete;  // the graph points into the tree
  Analysis& operator=(const Analysis&) = delete;

  const Source& source() const { return parsed_.dockerfile.source; }
  const Dockerfile& file() const { return parsed_.dockerfile; }
  const ParseResult& parsed() const { return parsed_; }
  const StageGraph& graph() const { return stages_.graph; }
  const AnalysisOptions& options() const { return options_; }
  std::string_view text(Range range) const { return source().text(range); }

  // What `mbuild check` says of the file: the same codes, texts and order.
  std::vector<Diagnostic> diagnostics(const Outside& outside) const;

  // The instruction whose lines hold the offset; null between instructions.
  const Instruction* instruction_at(std::uint32_t offset) const;
  // The last instruction that begins at or before the offset; null when there is none.
  const Instruction* instruction_before(std::uint32_t offset) const;
  // The stage that the offset lies in; null before the first FROM.
  const Stage* stage_at(std::uint32_t offset) const;
  // The last stage before `current` that has the name, whatever its letter case; null when there is none.
  const Stage* stage_named(std::string_view name, std::size_t current) const;
  // The heredoc whose body holds the offset; null when none does.
  const Heredoc* heredoc_at(std::uint32_t offset) const;

 private:
  AnalysisOptions options_;
  ParseResult parsed_;
  StageResult stages_;
};

// The heredocs of RUN, COPY and ADD, in order; empty for others.
const std::vector<Heredoc>& heredocs_of(const Instruction& instruction);

}  // namespace mbuild::parser::language
