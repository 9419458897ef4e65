// PseudoTerminal: a terminal for a program that runs elsewhere, connected to the one that mbuild was started
// on.
#pragma once

#include <termios.h>

#include <memory>
#include <thread>

#include "registry/base/fd.h"
#include "registry/base/result.h"

namespace mbuild::cli {

// While it lives the terminal at standard input is raw, what is typed goes to the program, what the program
// writes comes to standard output, and the size follows. Afterwards the terminal is as it was.
class PseudoTerminal {
 public:
  // `unsupported` when standard input is no terminal.
  static Result<std::unique_ptr<PseudoTerminal>> connect();
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;
  ~PseudoTerminal();

  int program_side() const { return slave_.get(); }

 private:
  PseudoTerminal(Fd master, Fd slave, const termios& before);
  void carry(const std::stop_token& stop);

  Fd master_;
  Fd slave_;
  termios before_;
  std::jthread carrier_;
};

}  // namespace mbuild::cli
