// parse() and parse_trigger() of any bytes: they end, and every property of a tree holds.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "parser/ast_json.h"
#include "tests/parser/tree_properties.h"

namespace {

void check(const mbuild::parser::ParseResult& result) {
  for (const std::string& broken : mbuild::parser::broken_properties(result)) {
    std::fprintf(stderr, "broken property: %s\n", broken.c_str());
    std::abort();
  }
  mbuild::parser::to_json(result);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(mbuild::parser::parse(mbuild::parser::Source("Dockerfile", text)));
  check(mbuild::parser::parse_trigger(text));
  return 0;
}
