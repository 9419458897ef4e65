#include "parser/stage_references.h"

#include <algorithm>
#include <charconv>

#include "parser/characters.h"
#include "parser/image_name.h"
#include "parser/mount.h"
#include "parser/suggest.h"

namespace mbuild::parser {

namespace {

// As Go's strconv.Atoi reads it; nullopt for what is no number.
std::optional<long long> read_index(std::string_view text) {
  std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  if (digits.starts_with('-') && text.starts_with('+')) return std::nullopt;
  long long value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string quoted(std::string_view text) {
  std::string result(1, '"');
  result += text;
  result += '"';
  return result;
}

// `from=` of a mount as a word of its own; nullopt without one. What is wrong with a mount its reader
// reports.
std::optional<Word> mount_from(const Word& mount) {
  auto from = find_mount_from(mount.text);
  if (!from || !*from) return std::nullopt;
  Word result{(*from)->name, mount.range};
  bool as_written = mount.range.size() == mount.text.size();
  if (as_written)
    result.range = {mount.range.begin + static_cast<std::uint32_t>((*from)->begin),
                    mount.range.begin + static_cast<std::uint32_t>((*from)->end)};
  return result;
}

std::string mount_target(const Word& mount) {
  auto read = read_mount(mount.text);
  return read ? read->target : "";
}

}  // namespace

StageNames::StageNames(const std::vector<Stage>& stages) {
  for (const Stage& stage : stages) {
    if (stage.name.empty()) continue;
    by_name_[stage.name].push_back(stage.index);
    names_.push_back(stage.name);
  }
}

std::optional<std::size_t> StageNames::before(std::string_view name, std::size_t current) const {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  auto at = std::lower_bound(found->second.begin(), found->second.end(), current);
  if (at == found->second.begin()) return std::nullopt;
  return *std::prev(at);
}

std::optional<std::size_t> StageNames::from(std::string_view name, std::size_t current) const {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  auto at = std::lower_bound(found->second.begin(), found->second.end(), current);
  if (at == found->second.end()) return std::nullopt;
  return *at;
}

std::optional<std::size_t> StageNames::last(std::string_view name) const {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second.back();
}

ReferenceResolver::ReferenceResolver(const std::vector<Stage>& stages, const StageOptions& options,
                                     std::vector<Diagnostic>& diagnostics)
    : stages_(stages), options_(options), diagnostics_(diagnostics), names_(stages) {}

void ReferenceResolver::report(std::string code, std::string message, Range range) {
  diagnostics_.push_back({Severity::error, std::move(code), std::move(message), range, {}, {}});
}

// Neither "scratch" nor "context" can be replaced.
std::optional<std::string> ReferenceResolver::named_context(std::string_view name,
                                                            std::string_view platform) const {
  std::string lower = to_lower(name);
  if (options_.named_contexts.empty() || lower == "scratch" || lower == "context") return std::nullopt;
  auto given = [this](const std::string& wanted) {
    const auto& all = options_.named_contexts;
    return std::find(all.begin(), all.end(), wanted) != all.end();
  };
  std::string normal = context_name(name);
  std::string for_platform = normal + "::" + std::string(platform);
  if (!platform.empty() && given(for_platform)) return for_platform;
  if (given(normal)) return normal;
  return std::nullopt;
}

std::optional<StageReference> ReferenceResolver::override_of(const Stage& stage) const {
  if (stage.name.empty()) return std::nullopt;
  auto context = named_context(stage.name, stage.platform);
  if (!context) return std::nullopt;
  return StageReference{StageReference::Kind::named_context, 0, std::move(*context),
                        stage.from_instruction().image.range, StageReference::Use::base};
}

// Stages are compared with the name as it is written: `FROM Base` is an image even where a stage "base"
// exists.
StageReference ReferenceResolver::base(const Stage& stage, std::string image) const {
  StageReference result{StageReference::Kind::image, 0, std::move(image),
                        stage.from_instruction().image.range, StageReference::Use::base};
  if (auto earlier = names_.before(result.name, stage.index)) {
    result.kind = StageReference::Kind::stage;
    result.stage = *earlier;
  } else if (result.name == "scratch") {
    result.kind = StageReference::Kind::scratch;
  } else if (auto context = named_context(result.name, stage.platform)) {
    result.kind = StageReference::Kind::named_context;
    result.name = std::move(*context);
  }
  return result;
}

std::optional<StageReference> ReferenceResolver::existing(std::size_t current, std::size_t to, Range range,
                                                          std::string forward_message) {
  if (to >= current) {
    forward_.push_back({current, to, range, std::move(forward_message)});
    return std::nullopt;
  }
  return StageReference{StageReference::Kind::stage, to, stages_[to].name, range, StageReference::Use::copy};
}

std::optional<StageReference> ReferenceResolver::by_index(std::size_t current, const Word& from) {
  long long index = *read_index(from.text);
  if (index < 0 || static_cast<std::size_t>(index) >= stages_.size()) {
    report("invalid-stage-index",
           "invalid stage index " + std::to_string(index) + ": the file has stages 0 to " +
               std::to_string(stages_.size() - 1),
           from.range);
    return std::nullopt;
  }
  return existing(current, static_cast<std::size_t>(index), from.range,
                  "cannot copy from stage " + quoted(from.text) +
                      ", it needs to be defined before current stage " +
                      quoted(stages_[current].display_name()));
}

std::optional<StageReference> ReferenceResolver::source(std::size_t current, const Word& from,
                                                        ReferenceKind kind, std::string_view target) {
  std::optional<StageReference> result = find_source(current, from, kind, target);
  if (result) {
    result->use = kind == ReferenceKind::copy ? StageReference::Use::copy : StageReference::Use::mount;
    check_image(*result);
  }
  return result;
}

std::optional<StageReference> ReferenceResolver::find_source(std::size_t current, const Word& from,
                                                             ReferenceKind kind, std::string_view target) {
  bool copy = kind == ReferenceKind::copy;
  if (from.text.find('$') != std::string::npos) {
    report(
        "variable-in-from",
        copy ? "variable expansion is not supported for --from, define a new stage with FROM using ARG from "
               "global scope as a workaround"
             : "'from' doesn't support variable expansion, define alias stage instead",
        from.range);
    return std::nullopt;
  }
  if (copy && read_index(from.text)) return by_index(current, from);
  std::string name = to_lower(from.text);
  if (auto earlier = names_.before(name, current)) return existing(current, *earlier, from.range, "");
  if (auto later = names_.from(name, current)) {
    return existing(current, *later, from.range,
                    copy ? "cannot copy from stage " + quoted(from.text) +
                               ", it needs to be defined before current stage " +
                               quoted(stages_[current].display_name())
                         : "cannot mount from stage " + quoted(from.text) + " to " + quoted(target) +
                               ", stage needs to be defined before current command");
  }
  StageReference result{StageReference::Kind::image, 0, from.text, from.range, StageReference::Use::copy};
  if (from.text == "scratch") {
    result.kind = StageReference::Kind::scratch;
  } else if (auto context = named_context(from.text, stages_[current].platform)) {
    result.kind = StageReference::Kind::named_context;
    result.name = std::move(*context);
  }
  return result;
}

void ReferenceResolver::check_image(const StageReference& reference) {
  if (reference.kind != StageReference::Kind::image) return;
  if (auto name = parse_image_name(reference.name); !name)
    report("invalid-image-name",
           "failed to parse stage name " + quoted(reference.name) + ": " + name.error() +
               suggest(reference.name),
           reference.range);
}

std::string ReferenceResolver::suggest(std::string_view name) {
  // Each looks at all names; a file that is wrong everywhere must not take quadratic time.
  constexpr std::size_t most_suggestions = 100;
  return ++suggestions_ > most_suggestions ? "" : did_you_mean(name, names_.all());
}

void ReferenceResolver::add_sources(std::size_t current, const Instruction& instruction,
                                    std::vector<StageReference>& dependencies) {
  auto add = [&](std::optional<StageReference> reference) {
    if (reference) dependencies.push_back(std::move(*reference));
  };
  if (const auto* copy = std::get_if<CopyInstruction>(&instruction.body)) {
    if (copy->from) add(source(current, *copy->from, ReferenceKind::copy));
  } else if (const auto* run = std::get_if<RunInstruction>(&instruction.body)) {
    for (const Word& mount : run->mounts)
      if (auto from = mount_from(mount))
        add(source(current, *from, ReferenceKind::mount, mount_target(mount)));
  }
}

}  // namespace mbuild::parser
