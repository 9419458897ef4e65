// ExposeProtoCasing, ExposeInvalidFormat.
#include "parser/characters.h"
#include "parser/lint/checks.h"
#include "parser/lint/context.h"

namespace mbuild::parser {

namespace {

// "[ip:][host-port:]port[/protocol]", as far as no variable hides it.
void check_port(LintContext& context, const Word& port) {
  if (port.text.find_first_of("$'\"") != std::string::npos) return;
  std::string_view text = port.text;
  std::size_t slash = text.find('/');
  std::string_view protocol = slash == std::string_view::npos ? "" : text.substr(slash + 1);
  std::string_view address = text.substr(0, slash);
  if (to_lower(protocol) != protocol)
    context.report("ExposeProtoCasing", "protocol " + quote(protocol) + " should be lower case", port.range,
                   {replace("Write it in lower case", port.range, to_lower(text))});
  if (std::size_t colon = address.rfind(':'); colon != std::string_view::npos)
    context.report("ExposeInvalidFormat",
                   "EXPOSE takes ports of the container: " + quote(text) +
                       " also names an address or a port of the host",
                   port.range,
                   {replace("Keep the container's port", port.range, std::string(text.substr(colon + 1)))});
}

}  // namespace

void check_expose(LintContext& context) {
  for (const Instruction& instruction : context.file.instructions)
    if (const auto* expose = std::get_if<ExposeInstruction>(&instruction.body))
      for (const Word& port : expose->ports) check_port(context, port);
}

}  // namespace mbuild::parser
