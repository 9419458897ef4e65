// StageNames and ReferenceResolver: what a name in FROM, COPY --from or a mount's from= stands for. Internal
// to the stage graph.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "parser/stages.h"

#pragma GCC visibility push(default)

namespace mbuild::parser {

// All stages of a file by name. Looking up takes constant time.
class StageNames {
 public:
  explicit StageNames(const std::vector<Stage>& stages);

  // The last stage of that (lower-case) name before stage `current`; nullopt when there is none.
  std::optional<std::size_t> before(std::string_view name, std::size_t current) const;
  // The first at or after it.
  std::optional<std::size_t> from(std::string_view name, std::size_t current) const;
  std::optional<std::size_t> last(std::string_view name) const;

  // In the order of the file, for "did you mean".
  const std::vector<std::string_view>& all() const { return names_; }

 private:
  std::unordered_map<std::string_view, std::vector<std::size_t>> by_name_;  // indexes ascending
  std::vector<std::string_view> names_;
};

// A reference to a stage that comes only later, or to the stage itself.
struct ForwardReference {
  std::size_t from;
  std::size_t to;
  Range range;
  std::string message;  // what is wrong when the two do not form a cycle
};

class ReferenceResolver {
 public:
  ReferenceResolver(const std::vector<Stage>& stages, const StageOptions& options,
                    std::vector<Diagnostic>& diagnostics);

  const StageNames& names() const { return names_; }

  // FROM's image, already expanded.
  StageReference base(const Stage& stage, std::string image) const;
  // The named context that replaces the stage; nullopt when there is none.
  std::optional<StageReference> override_of(const Stage& stage) const;

  // A COPY --from or mount from= of stage `current`. nullopt after reporting, or, for a stage that is not
  // defined yet, after adding to forward_references().
  std::optional<StageReference> source(std::size_t current, const Word& from, ReferenceKind kind,
                                       std::string_view target = {});
  // Adds all of one instruction to `dependencies`, in order.
  void add_sources(std::size_t current, const Instruction& instruction,
                   std::vector<StageReference>& dependencies);

  // Reports an image whose name is none.
  void check_image(const StageReference& reference);
  // " (did you mean build?)", or nothing.
  std::string suggest(std::string_view name);

  const std::vector<ForwardReference>& forward_references() const { return forward_; }

 private:
  void report(std::string code, std::string message, Range range);
  std::optional<StageReference> find_source(std::size_t current, const Word& from, ReferenceKind kind,
                                            std::string_view target);
  std::optional<StageReference> by_index(std::size_t current, const Word& from);
  std::optional<StageReference> existing(std::size_t current, std::size_t to, Range range,
                                         std::string forward_message);
  std::optional<std::string> named_context(std::string_view name, std::string_view platform) const;

  const std::vector<Stage>& stages_;
  const StageOptions& options_;
  std::vector<Diagnostic>& diagnostics_;
  StageNames names_;
  std::vector<ForwardReference> forward_;
  std::size_t suggestions_ = 0;
};

}  // namespace mbuild::parser

#pragma GCC visibility pop
