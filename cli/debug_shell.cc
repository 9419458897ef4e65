#include "cli/debug_shell.h"

#include <unistd.h>

#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/pseudo_terminal.h"
#include "cli/report.h"

namespace mbuild::cli {

int run_debug_shell(builder::DebugRequest request) {
  Result<int> code = [&]() -> Result<int> {
    std::unique_ptr<PseudoTerminal> terminal;
    request.input = STDIN_FILENO;
    if (::isatty(STDIN_FILENO) == 1) {
      terminal = MBUILD_TRY(PseudoTerminal::connect());
      request.input = terminal->program_side();
      request.terminal = true;
    }
    InterruptGuard interrupts(request.cancel);
    return builder::debug_step(request, [](builder::OutputStream stream, std::string_view text) {
      std::FILE* out = stream == builder::OutputStream::standard_output ? stdout : stderr;
      std::fwrite(text.data(), 1, text.size(), out);
      std::fflush(out);
    });
  }();
  return code ? *code : report_error(code.error());
}

}  // namespace mbuild::cli
