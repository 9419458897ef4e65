// Dockerfiles in the C interface.
#include <algorithm>
#include <cstdlib>

#include "builder/library/c_error.h"
#include "parser/ast_json.h"
#include "parser/expand.h"
#include "parser/lint.h"
#include "parser/parse.h"
#include "parser/stages.h"

namespace {

using mbuild::Error;
using mbuild::ErrorKind;
using namespace mbuild::library;
namespace parser = mbuild::parser;

constexpr std::size_t kLargest = 16 << 20;

parser::StageOptions stage_options(const char* target, const mbuild_build_arg* args, std::size_t count) {
  parser::StageOptions options;
  options.platform_args = parser::default_platform_args();
  if (target) options.target = target;
  for (std::size_t i = 0; i < count; ++i) options.build_args[args[i].name] = args[i].value;
  return options;
}

}  // namespace

struct mbuild_dockerfile {
  mbuild_dockerfile(parser::Source text, const parser::StageOptions& options)
      : source(text), parsed(parser::parse(std::move(text))) {
    stages = parser::resolve_stages(parsed.dockerfile, options);
    parser::LintOptions lint;
    lint.build_args = options.build_args;
    ok = parsed.ok() && stages.ok();
    diagnostics = parsed.diagnostics;
    add(stages.diagnostics);
    if (ok) add(parser::lint(parsed.dockerfile, stages.graph, lint).diagnostics);
    std::ranges::stable_sort(diagnostics, {}, [](const auto& one) { return one.range.begin; });
    json = parser::to_json(parsed);
    if (!ok) return;
    for (const parser::Stage& stage : stages.graph.stages) names.push_back(stage.display_name());
  }

  void add(const std::vector<parser::Diagnostic>& found) {
    diagnostics.insert(diagnostics.end(), found.begin(), found.end());
  }

  mbuild_range range(parser::Range part) const {
    const parser::Position begin = source.position(part.begin), end = source.position(part.end);
    return {part.begin, part.end, begin.line, begin.column, end.line, end.column};
  }

  parser::Source source;
  parser::ParseResult parsed;
  parser::StageResult stages;  // points into `parsed`
  std::vector<parser::Diagnostic> diagnostics;
  std::vector<std::string> names;  // of the stages
  std::string json;
  bool ok = false;
};

extern "C" {

mbuild_dockerfile* mbuild_dockerfile_parse(const char* text, size_t size, const char* name,
                                           const char* target, const mbuild_build_arg* args, size_t arg_count,
                                           mbuild_error** error) {
  return guarded(static_cast<mbuild_dockerfile*>(nullptr), error, [&]() -> mbuild_dockerfile* {
    if (size > kLargest) {
      give_error(Error(ErrorKind::invalid_input, "the Dockerfile is larger than 16 MiB"), error);
      return nullptr;
    }
    return new mbuild_dockerfile(parser::Source(name ? name : "Dockerfile", std::string(text, size)),
                                 stage_options(target, args, arg_count));
  });
}

void mbuild_dockerfile_free(mbuild_dockerfile* dockerfile) {
  delete dockerfile;
}
int mbuild_dockerfile_ok(const mbuild_dockerfile* dockerfile) {
  return dockerfile->ok;
}
const char* mbuild_dockerfile_json(const mbuild_dockerfile* dockerfile) {
  return dockerfile->json.c_str();
}

size_t mbuild_diagnostic_count(const mbuild_dockerfile* dockerfile) {
  return dockerfile->diagnostics.size();
}

int mbuild_diagnostic_get(const mbuild_dockerfile* dockerfile, size_t index, mbuild_diagnostic* out,
                          size_t size) {
  if (index >= dockerfile->diagnostics.size()) return 0;
  const parser::Diagnostic& found = dockerfile->diagnostics[index];
  return give<mbuild_diagnostic>({static_cast<int>(found.severity), found.code.c_str(), found.message.c_str(),
                                  dockerfile->range(found.range)},
                                 out, size);
}

size_t mbuild_instruction_count(const mbuild_dockerfile* dockerfile) {
  return dockerfile->parsed.dockerfile.instructions.size();
}

int mbuild_instruction_get(const mbuild_dockerfile* dockerfile, size_t index, mbuild_instruction* out,
                           size_t size) {
  if (index >= mbuild_instruction_count(dockerfile)) return 0;
  const parser::Instruction& found = dockerfile->parsed.dockerfile.instructions[index];
  return give<mbuild_instruction>(
      {found.keyword.c_str(), found.original.c_str(), dockerfile->range(found.range),
       dockerfile->range(found.keyword_range), found.flags.size()},
      out, size);
}

int mbuild_flag_get(const mbuild_dockerfile* dockerfile, size_t instruction, size_t index, mbuild_flag* out,
                    size_t size) {
  if (instruction >= mbuild_instruction_count(dockerfile)) return 0;
  const auto& flags = dockerfile->parsed.dockerfile.instructions[instruction].flags;
  if (index >= flags.size()) return 0;
  const parser::Flag& flag = flags[index];
  return give<mbuild_flag>(
      {flag.name.c_str(), flag.value ? flag.value->c_str() : nullptr, dockerfile->range(flag.range)}, out,
      size);
}

size_t mbuild_stage_count(const mbuild_dockerfile* dockerfile) {
  return dockerfile->names.size();
}

int mbuild_stage_get(const mbuild_dockerfile* dockerfile, size_t index, mbuild_stage* out, size_t size) {
  if (index >= dockerfile->names.size()) return 0;
  const parser::StageGraph& graph = dockerfile->stages.graph;
  const parser::Stage& stage = graph.stages[index];
  return give<mbuild_stage>({dockerfile->names[index].c_str(), dockerfile->range(stage.range),
                             std::ranges::find(graph.needed, index) != graph.needed.end(),
                             graph.target == index, stage.dependencies.size()},
                            out, size);
}

int mbuild_reference_get(const mbuild_dockerfile* dockerfile, size_t stage, size_t index,
                         mbuild_reference* out, size_t size) {
  if (stage >= dockerfile->names.size()) return 0;
  const auto& references = dockerfile->stages.graph.stages[stage].dependencies;
  if (index >= references.size()) return 0;
  const parser::StageReference& found = references[index];
  return give<mbuild_reference>({static_cast<int>(found.kind), static_cast<int>(found.use), found.stage,
                                 found.name.c_str(), dockerfile->range(found.range)},
                                out, size);
}

char* mbuild_expand(const char* word, char escape, mbuild_lookup lookup, void* user, mbuild_error** error) {
  return guarded(static_cast<char*>(nullptr), error, [&]() -> char* {
    auto find = [&](std::string_view name) -> std::optional<std::string> {
      const char* value = lookup ? lookup(std::string(name).c_str(), user) : nullptr;
      return value ? std::optional<std::string>(value) : std::nullopt;
    };
    auto expanded = parser::expand(word, find, {.escape = escape});
    if (expanded) return ::strdup(expanded->text.c_str());
    give_error(Error(ErrorKind::invalid_input, std::move(expanded).error().message).context("expand"), error);
    return nullptr;
  });
}

}  // extern "C"
