#include "cli/password.h"

#include <fcntl.h>
#include <signal.h>
#include <termios.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "registry/base/fd.h"
#include "registry/base/fd_stream.h"

namespace mbuild::cli {

namespace {

// No echo for the life of the object. Signals that would end or stop the process wait that long.
class SilentTerminal {
 public:
  explicit SilentTerminal(int terminal) : terminal_(terminal) {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) sigaddset(&blocked, signal);
    pthread_sigmask(SIG_BLOCK, &blocked, &signals_);
    known_ = tcgetattr(terminal_, &before_) == 0;
    if (!known_) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ICANON | ECHONL;
    silent.c_lflag &= ~static_cast<tcflag_t>(ISIG);  // ^C arrives as a byte, and is seen to below
    tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    if (known_) tcsetattr(terminal_, TCSAFLUSH, &before_);
    pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  int terminal_;
  bool known_ = false;
  termios before_{};
  sigset_t signals_{};
};

constexpr char kInterrupt = '\x03';

Result<std::string> read_line(int terminal) {
  std::string line;
  for (char c; ::read(terminal, &c, 1) == 1 && c != '\n';) {
    if (c == kInterrupt) return fail(ErrorKind::cancelled, "interrupted");
    line += c;
  }
  return line;
}

Result<Fd> open_terminal(const std::string& prompt, const std::string& instead) {
  Fd terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!terminal) return fail(ErrorKind::invalid_input, "there is no terminal to ask at: " + instead);
  MBUILD_CHECK(FdSink(terminal.get(), "the terminal").write(bytes_of(prompt)));
  return terminal;
}

}  // namespace

Result<std::string> ask_password(const std::string& prompt, const std::string& instead) {
  Fd terminal = MBUILD_TRY(open_terminal(prompt, instead));
  SilentTerminal silent(terminal.get());
  return read_line(terminal.get());
}

Result<std::string> ask_line(const std::string& prompt, const std::string& instead) {
  Fd terminal = MBUILD_TRY(open_terminal(prompt, instead));
  return read_line(terminal.get());
}

Result<std::string> read_password_from_stdin() {
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.empty()) return fail(ErrorKind::invalid_input, "standard input holds no password");
  return text;
}

}  // namespace mbuild::cli
