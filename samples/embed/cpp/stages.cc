// Prints the stages of a Dockerfile on standard input, and what is wrong with it: the parser alone.
#include <cstdio>
#include <iostream>
#include <iterator>

#include "parser/parse.h"
#include "parser/stages.h"

using namespace mbuild::parser;

int main() {
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  ParseResult parsed = parse(Source("Dockerfile", std::move(text)));
  for (const Diagnostic& found : parsed.diagnostics)
    std::printf("line %u: %s: %s\n", parsed.dockerfile.source.line_of(found.range.begin), found.code.c_str(),
                found.message.c_str());
  StageOptions options;
  options.platform_args = default_platform_args();
  StageResult stages = resolve_stages(parsed.dockerfile, options);
  if (!parsed.ok() || !stages.ok()) return 1;
  for (const Stage& stage : stages.graph.stages)
    std::printf("stage %s: %zu instruction(s)\n", stage.display_name().c_str(), stage.instructions.size());
}
